//! A dataset's one table: a row for each window, with its device, its times, its side, its features and its label.

mod cells;
mod content_digest;
mod reader;
mod schema;
mod writer;

pub(crate) use self::cells::{Cells, or_nan};
pub use self::content_digest::ContentDigest;
pub use self::reader::{Part, TableReader};
pub use self::schema::{
    DEVICE_CODE, NameClash, SPLIT, TRAIN, TableSchema, VAL, WINDOW_END, WINDOW_START, feature_cells,
    time_cells,
};
pub use self::writer::{TableWriter, WrittenTable};
