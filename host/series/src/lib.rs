//! The rows of devices: [`SeriesStore`] is the whole interface, [`ParquetStore`] keeps it in Parquet files.
//!
//! A store hands out what was recorded and never cleans, fills or changes a value, with one exception that every
//! reader of a frame relies on: an infinite number reads as a missing cell, and is counted.

mod error;
mod files;
mod store;

pub use crate::error::SeriesError;
pub use crate::files::ParquetStore;
pub use crate::store::{
    Backward, ColumnKind, Columns, DeviceKey, Holding, NewestRows, RowPlace, Rows, SeriesStore, Span,
    StoredColumn, Written, same_cell,
};
