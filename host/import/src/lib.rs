//! Files of telemetry into the series store, and what they hold into the metadata.
//!
//! [`import`] reads CSV, Parquet and Arrow files of one device, all of them as one import: either every file is understood and
//! every row is written, or nothing is.
//!
//! # Memory
//! The rows are collected in memory, as columns: eight bytes a signal cell, four bytes a label cell of a CSV file (its
//! distinct texts are kept once), sixteen for the row's time and line. Texts of number columns are never kept. While rows
//! are brought into order, one column at a time exists twice.

mod cell;
mod columns;
mod error;
mod gather;
mod import;
mod labels;
mod options;
mod order;
mod progress;
mod read;
mod registration;
mod report;
mod source;
mod table;
mod time;

pub use crate::error::{Duplicate, ImportError};
pub use crate::import::{Prepared, import, prepare};
pub use crate::options::{ImportOptions, OnDuplicate, parse_delimiter};
pub use crate::progress::{OnProgress, Progress, Stage};
pub use crate::report::{ColumnReport, ColumnRole, ImportReport, RejectedLine};
pub use crate::source::{Format, Source};
pub use crate::time::{InvalidTimeFormat, TimeFormat};
