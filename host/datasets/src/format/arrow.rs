//! Rows as an Arrow IPC stream.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;

use crate::StorageError;
use crate::table::{Part, TableReader};

pub(super) fn write(table: &TableReader, part: Part, to: &Path) -> Result<(), StorageError> {
    let failed = |error: ArrowError| StorageError::writing(to.display(), error);
    let file = File::create(to).map_err(|error| StorageError::writing(to.display(), error))?;
    let mut stream = StreamWriter::try_new(BufWriter::new(file), table.schema().arrow()).map_err(failed)?;
    for rows in table.batches(part)? {
        stream.write(&rows?).map_err(failed)?;
    }
    let mut file = stream.into_inner().map_err(failed)?;
    file.flush().map_err(|error| StorageError::writing(to.display(), error))
}
