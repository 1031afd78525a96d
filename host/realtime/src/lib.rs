//! The newest rows of a model's devices: under the model's names and scales, filtered, a page at a time.
//!
//! A page begins at the newest row, or behind a row that was answered before, and ends when it is full. Rows are read
//! backwards from there and no further: what a page costs depends on what it holds and on how selective its filters are,
//! never on how much is stored.

mod error;
mod filter;
mod query;
mod realtime;
mod scan;
mod table;
mod total;

pub use crate::error::RealtimeError;
pub use crate::filter::{Cell, Column, Filter, Test};
pub use crate::query::{Found, FoundRow, Query, Start, Total};
pub use crate::realtime::Realtime;
pub use crate::scan::MOST_SCANNED;
