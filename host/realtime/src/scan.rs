//! Going down the rows of devices until a page is full.

use std::sync::Arc;

use fettle_metadata::ModelConfig;
use fettle_series::{Backward, Columns, DeviceKey, NewestRows, RowPlace, SeriesError, SeriesStore};

use crate::table::Table;
use crate::{FoundRow, Query, RealtimeError, Start};

/// Rows that one request looks at: a tenth of a second of reading, and 55 hours of a device at 1 Hz.
pub const MOST_SCANNED: u64 = 200_000;

/// Rows that are read at once where filters decide: few at first, as most pages are full soon.
const FIRST_PIECE: u64 = 256;

/// Rows that are read at once later: a millisecond of putting them in order.
const LARGEST_PIECE: u64 = 16_384;

/// Cells that are read at once, whatever a model has: 4 MiB of numbers.
const PIECE_CELLS: u64 = 1 << 19;

/// What a scan found.
#[derive(Debug)]
pub struct Scanned {
    /// The page.
    pub rows: Vec<FoundRow>,
    /// How many rows were looked at.
    pub looked_at: u64,
    /// Of how many of these all filters hold.
    pub held: u64,
    /// Where to go on; `None` where no row is left.
    pub next: Option<Start>,
    /// Whether it ended because it had looked at [`MOST_SCANNED`] rows.
    pub gave_up: bool,
}

/// Reads the page that `query` asks for, of `devices`.
pub async fn scan(
    store: &dyn SeriesStore,
    devices: &[DeviceKey],
    query: &Arc<Query>,
) -> Result<Scanned, RealtimeError> {
    let mut down = Down { store, devices, query, behind: query.start.behind.clone() };
    let mut skip = query.start.skip;
    let mut scanned = Scanned { rows: Vec::new(), looked_at: 0, held: 0, next: None, gave_up: false };
    if query.filters.is_empty() && skip > 0 {
        if !down.pass_over(skip).await? {
            return Ok(scanned);
        }
        skip = 0;
    }
    let columns = columns_of(&query.model);
    let width = columns.signals.len() + columns.labels.len() + 1;
    let largest = (PIECE_CELLS / width as u64).clamp(FIRST_PIECE, LARGEST_PIECE);
    // One row more than the page holds tells whether there is another page.
    let page = query.page_size as u64 + 1;
    let mut piece = if query.filters.is_empty() { page } else { page.max(FIRST_PIECE) };
    loop {
        piece = piece.min(largest).min(MOST_SCANNED - scanned.looked_at);
        let found = down.read(&columns, piece).await?;
        let (table, held) = judged(Arc::clone(query), found).await?;
        for (at, held) in held.into_iter().enumerate() {
            if scanned.rows.len() == query.page_size {
                scanned.next = Some(Start { behind: down.behind, skip: 0 });
                return Ok(scanned);
            }
            down.behind = Some(table.place(at));
            scanned.looked_at += 1;
            if !held {
                continue;
            }
            scanned.held += 1;
            match skip.checked_sub(1) {
                Some(left) => skip = left,
                None => scanned.rows.push(table.row(at)),
            }
        }
        if (table.rows() as u64) < piece {
            return Ok(scanned);
        }
        let is_full = scanned.rows.len() == query.page_size;
        if is_full || scanned.looked_at >= MOST_SCANNED {
            scanned.gave_up = !is_full;
            scanned.next = Some(Start { behind: down.behind, skip });
            return Ok(scanned);
        }
        piece = piece.saturating_mul(4);
    }
}

/// The rows in their order, and of which of them all filters hold. Filters may be many, and are judged off the async
/// threads.
async fn judged(query: Arc<Query>, found: Vec<NewestRows>) -> Result<(Table, Vec<bool>), RealtimeError> {
    let is_plain = query.filters.is_empty();
    let judge = move || {
        let table = Table::new(query, found);
        let held = (0..table.rows()).map(|at| table.holds(at)).collect();
        (table, held)
    };
    if is_plain {
        return Ok(judge());
    }
    match tokio::task::spawn_blocking(judge).await {
        Ok(judged) => Ok(judged),
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(SeriesError::Stopped.into()),
        },
    }
}

/// The way down the rows of devices.
struct Down<'a> {
    store: &'a dyn SeriesStore,
    devices: &'a [DeviceKey],
    query: &'a Query,
    /// The row that it has come to.
    behind: Option<RowPlace>,
}

impl Down<'_> {
    /// The next rows, at most `rows` of them.
    async fn read(&self, columns: &Columns, rows: u64) -> Result<Vec<NewestRows>, RealtimeError> {
        let backward = Backward {
            devices: self.devices.to_vec(),
            columns: columns.clone(),
            range: self.query.range,
            behind: self.behind.clone(),
            max_rows: rows,
        };
        Ok(self.store.newest(&backward).await?)
    }

    /// Goes down so many rows without reading their values; `false` where there are no more.
    async fn pass_over(&mut self, rows: u64) -> Result<bool, RealtimeError> {
        let found = self.read(&Columns::default(), rows).await?;
        let passed: u64 = found.iter().map(|device| device.rows.frame.rows() as u64).sum();
        let last = found.iter().filter_map(|device| {
            let time = *device.rows.frame.timestamps.first()?;
            Some(RowPlace { time, device: device.device.device.clone() })
        });
        self.behind = last.max();
        Ok(passed == rows)
    }
}

/// What is read for a model.
fn columns_of(model: &ModelConfig) -> Columns {
    Columns {
        signals: model.signals.iter().map(|signal| signal.field_code.clone()).collect(),
        labels: model.labels.iter().map(|label| label.field_code.clone()).collect(),
    }
}
