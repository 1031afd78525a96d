//! One side of a dataset as a Parquet file of its own.

use std::path::Path;

use crate::StorageError;
use crate::table::{Part, TableReader, TableWriter};

pub(super) fn write(table: &TableReader, part: Part, to: &Path) -> Result<(), StorageError> {
    let mut file = TableWriter::create(to, table.schema())?;
    for rows in table.batches(part)? {
        file.write(&rows?)?;
    }
    file.finish().map(drop)
}
