//! What is asked and what is answered.

use fettle_frame::TimeRange;
use fettle_metadata::ModelConfig;
use fettle_series::RowPlace;

use crate::{Cell, Filter};

/// Which rows are asked for.
#[derive(Debug, Clone)]
pub struct Query {
    /// The model.
    pub model: ModelConfig,
    /// Codes of devices of the model's type; `None` for all of them.
    pub devices: Option<Vec<String>>,
    /// Rows in this range alone.
    pub range: TimeRange,
    /// Rows of which all of these hold.
    pub filters: Vec<Filter>,
    /// Where the page begins.
    pub start: Start,
    /// Most rows on the page; at least 1.
    pub page_size: usize,
}

/// Where a page begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Start {
    /// Behind this row; `None` at the newest one.
    pub behind: Option<RowPlace>,
    /// So many rows further.
    pub skip: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The page, the newest row first.
    pub rows: Vec<FoundRow>,
    /// How many rows the query has on all pages together.
    pub total: Total,
    /// Where the next page begins; `None` where no row is left to look at.
    pub next: Option<Start>,
    /// How many rows were looked at, where that was all that is allowed at once and the page is not full.
    pub gave_up_after: Option<u64>,
}

/// A row as the model has it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundRow {
    /// When it was recorded, UTC nanoseconds.
    pub time: i64,
    /// Code of its device.
    pub device: String,
    /// A cell for each signal and then for each label of the model, in its order; signals are scaled.
    pub cells: Vec<Cell>,
}

/// How many rows a query has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// So many.
    pub rows: u64,
    /// Or about so many: it would take longer to count them than the answer is worth.
    pub is_estimate: bool,
}
