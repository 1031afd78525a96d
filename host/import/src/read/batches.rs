//! Record batches of any width and any plain types, whatever file they come from.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

use super::Reading;
use super::typed::{self, Problems, TimeKind};
use crate::progress::Meter;
use crate::table::{Slot, Table};
use crate::{ImportError, ImportOptions};

/// Cells of a batch: wide files are read in batches of fewer rows.
const BATCH_CELLS: usize = 1 << 20;
const MOST_BATCH_ROWS: usize = 8_192;

/// Where the batches of a file go.
pub struct Batches<'a> {
    headers: Vec<String>,
    slots: Vec<Slot>,
    time: TimeKind,
    table: &'a mut Table,
    meter: &'a mut Meter,
    /// Rows of this file so far.
    rows: u64,
}

/// Rows of a batch of so many columns.
pub fn batch_rows(columns: usize) -> usize {
    (BATCH_CELLS / columns.max(1)).clamp(1, MOST_BATCH_ROWS)
}

/// What `read` answers, or, where a library panics on a broken file, that the file is `broken`. The import ends in either
/// case, so that nothing half done is seen again.
pub fn caught(
    broken: impl FnOnce(String) -> ImportError,
    read: impl FnOnce() -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said =
            said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("its structure is broken");
        Err(broken(said.to_owned()))
    })
}

impl<'a> Batches<'a> {
    /// Begins the file `name`, whose batches have this schema.
    pub fn begin(name: &str, schema: &Schema, reading: &'a mut Reading) -> Result<Self, ImportError> {
        let headers: Vec<String> =
            schema.fields().iter().map(|field| field.name().trim().to_owned()).collect();
        let options = reading.options;
        let (table, slots, meter) = reading.begin(name, &headers)?;
        let time = time_kind(name, schema, &slots, options)?;
        Ok(Self { headers, slots, time, table, meter, rows: 0 })
    }

    /// How many rows of this file there are so far, rejected ones among them.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// `bytes` bytes of the file are read.
    pub fn tell(&mut self, bytes: u64) {
        self.meter.at(bytes, self.table.rows() as u64);
    }

    /// Adds the sound rows of a batch; a column that cannot be read makes the file `broken`.
    pub fn add(
        &mut self,
        batch: &RecordBatch,
        broken: impl FnOnce(String) -> ImportError,
    ) -> Result<(), ImportError> {
        self.table.make_room(batch.num_rows())?;
        add(batch, &self.headers, &self.slots, &self.time, self.rows, self.table)
            .map_err(|(column, problem)| broken(format!("column `{column}`: {problem}")))?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }
}

/// How to read the time column; refuses columns that are neither numbers nor texts.
fn time_kind(
    name: &str,
    schema: &Schema,
    slots: &[Slot],
    options: &ImportOptions,
) -> Result<TimeKind, ImportError> {
    let mut time = None;
    for (field, slot) in schema.fields().iter().zip(slots) {
        let data_type = typed::plain_type(field.data_type());
        let checked = match slot {
            Slot::Time => TimeKind::of(data_type, options.time_format.as_ref(), &options.time_zone)
                .map(|kind| time = Some(kind)),
            Slot::Signal(_) | Slot::Label(_) => typed::check(data_type),
        };
        checked
            .map_err(|why| ImportError::columns(name, format!("column `{}` {why}", field.name().trim())))?;
    }
    Ok(time.expect("a plan of columns has a time column"))
}

/// Adds the sound rows of a batch. The error names a column and says what is wrong with it.
fn add<'a>(
    batch: &RecordBatch,
    headers: &'a [String],
    slots: &[Slot],
    time: &TimeKind,
    rows_before: u64,
    table: &mut Table,
) -> Result<(), (&'a str, String)> {
    let mut problems: Problems = vec![None; batch.num_rows()];
    let mut times = Vec::new();
    let mut signals = vec![Vec::new(); table.signals.len()];
    let mut labels = Vec::with_capacity(table.labels.len());
    for ((cells, slot), column) in batch.columns().iter().zip(slots).zip(headers) {
        let failed = |error: arrow::error::ArrowError| (column.as_str(), error.to_string());
        let cells = typed::plain(cells).map_err(failed)?;
        match *slot {
            Slot::Time => times = time.read(&cells, column, &mut problems).map_err(failed)?,
            Slot::Signal(at) => signals[at] = typed::signal(&cells, column, &mut problems).map_err(failed)?,
            Slot::Label(at) => labels.push((at, typed::label(&cells).map_err(failed)?)),
        }
    }
    let mut sound = Vec::with_capacity(problems.len());
    for (row, problem) in problems.into_iter().enumerate() {
        match problem {
            None => sound.push(row),
            Some(reason) => table.reject(rows_before + row as u64 + 1, || reason),
        }
    }
    table.times.extend(sound.iter().map(|&row| times[row]));
    table.lines.extend(sound.iter().map(|&row| rows_before + row as u64 + 1));
    for (signal, values) in table.signals.iter_mut().zip(&signals) {
        signal.values.extend(sound.iter().map(|&row| values[row]));
    }
    for (at, values) in labels {
        table.labels[at].append(values.take(&sound));
    }
    Ok(())
}
