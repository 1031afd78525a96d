//! A page of rows as JSON.

use std::collections::BTreeMap;

use axum::response::Response;
use fettle_features::Warning;
use fettle_metadata::ModelConfig;
use fettle_realtime::{Cell, Found, FoundRow};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;

use super::body::AskedPage;
use super::cursor::{Cursor, QueryId};
use crate::answer::{JsonAnswer, TimeWriter};
use crate::operations::extract::metadata::WarningDocument;
use crate::problem::Problem;
use crate::request::TimeForm;

/// Pages with more cells than this are written off the async threads: about a millisecond of work.
const CELLS_WRITTEN_INLINE: usize = 20_000;

/// A page of the newest rows.
#[derive(Serialize, ToSchema)]
pub(super) struct RealtimeData<'a> {
    /// The rows, the newest first, and of the same time by device code.
    #[schema(value_type = Vec<RowDocument>)]
    items: Items<'a>,
    /// Rows on all pages together.
    #[schema(example = 86_400)]
    total: u64,
    /// Whether `total` is an estimate.
    #[schema(example = false)]
    total_is_estimate: bool,
    /// Number of the page: the one that was asked for, or how many pages `cursor` has led past, and this one.
    #[schema(example = 1)]
    page: u32,
    /// Most rows on a page.
    #[schema(example = 50)]
    page_size: u32,
    /// What to ask for as `cursor`, beside the same model and filters, to get the next page; `null` where no row is
    /// left to look at.
    next_cursor: Option<String>,
    /// What to know before relying on it: `scan_limit` where the page is not full because enough rows were looked at,
    /// `ambiguous_times` where local times of it occur twice.
    #[schema(value_type = Vec<WarningDocument>)]
    warnings: Vec<Warning>,
}

/// A row, with every field of the model under its name there.
#[derive(ToSchema)]
#[schema(as = RealtimeRow)]
#[expect(dead_code, reason = "only its schema is used")]
struct RowDocument {
    /// When it was recorded, written the way `start_time` was (or `end_time`); in UTC where neither was given.
    #[schema(example = "2025-11-01T23:59:50Z")]
    timestamp: String,
    /// The device.
    #[schema(example = "WLD001")]
    device_code: String,
    #[serde(flatten)]
    fields: BTreeMap<String, Value>,
}

struct Items<'a> {
    names: &'a [&'a str],
    rows: &'a [FoundRow],
    times: TimeWriter,
}

struct Row<'a> {
    items: &'a Items<'a>,
    row: &'a FoundRow,
}

struct CellValue<'a>(&'a Cell);

/// The page that was found, of a query and where it asked for.
pub(super) async fn answer(
    answer: JsonAnswer,
    model: &ModelConfig,
    found: Found,
    query: QueryId,
    page: &AskedPage,
    form: TimeForm,
) -> Result<Response, Problem> {
    let Found { rows, total, next, gave_up_after } = found;
    let next_page = page.number.saturating_add(1);
    let next_cursor = next.map(|start| Cursor { query, page: next_page, start }.text());
    let instants: Vec<i64> = rows.iter().map(|row| row.time).collect();
    let scan_limit = gave_up_after.map(scan_limit);
    let ambiguous_times = form.ambiguous_zone(&instants).map(ambiguous_times);
    let warnings = scan_limit.into_iter().chain(ambiguous_times).collect();
    let (page, page_size) = (page.number, page.size);
    let names: Vec<String> = names(model).map(str::to_owned).collect();
    let cells = rows.len() * (names.len() + 2);
    let write = move || {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        answer.success(RealtimeData {
            items: Items { names: &names, rows: &rows, times: TimeWriter::new(form, &instants) },
            total: total.rows,
            total_is_estimate: total.is_estimate,
            page,
            page_size,
            next_cursor,
            warnings,
        })
    };
    if cells <= CELLS_WRITTEN_INLINE {
        return write();
    }
    tokio::task::spawn_blocking(write).await.map_err(|error| Problem::internal(&error))?
}

/// What the model calls its fields, in the order of the cells of a row.
fn names(model: &ModelConfig) -> impl Iterator<Item = &str> {
    let signals = model.signals.iter().map(|signal| signal.name.as_str());
    signals.chain(model.labels.iter().map(|label| label.name.as_str()))
}

fn scan_limit(rows: u64) -> Warning {
    Warning {
        code: "scan_limit",
        field: Some("filters"),
        message: format!(
            "{rows} rows were looked at, and the page is not full; `next_cursor` goes on behind them, a range or devices \
             make them fewer"
        ),
    }
}

/// That a time of the answer could be either of two instants.
fn ambiguous_times(zone: &str) -> Warning {
    Warning {
        code: "ambiguous_times",
        field: Some("filters"),
        message: format!(
            "some of the times occur twice in {zone}, whose clocks go back then; ask with an offset, as in \
             2025-11-01T00:00:00Z, to get answers that can be told apart"
        ),
    }
}

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows.iter().map(|row| Row { items: self, row }))
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Items { names, times, .. } = self.items;
        let mut row = serializer.serialize_map(Some(names.len() + 2))?;
        row.serialize_entry("timestamp", &times.text(self.row.time))?;
        row.serialize_entry("device_code", &self.row.device)?;
        for (name, cell) in names.iter().zip(&self.row.cells) {
            row.serialize_entry(name, &CellValue(cell))?;
        }
        row.end()
    }
}

impl Serialize for CellValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::Missing => serializer.serialize_none(),
            Cell::Number(number) => serializer.serialize_f64(*number),
            Cell::Int(number) => serializer.serialize_i64(*number),
            Cell::Bool(flag) => serializer.serialize_bool(*flag),
            Cell::Text(text) => serializer.serialize_str(text),
        }
    }
}
