//! A month's file that is being written.

use std::fs::{self, File};
use std::path::PathBuf;

use fettle_frame::Frame;
use parquet::arrow::ArrowWriter;

use super::encoding::writer_options;
use super::layout::Layout;
use crate::SeriesError;

/// A file under its temporary name. It is removed when dropped, unless it was finished and renamed.
pub struct Unfinished {
    path: PathBuf,
    writer: ArrowWriter<File>,
}

impl Unfinished {
    /// A file without rows. One that is there already is emptied: only the holder of the lock writes.
    pub fn create(path: PathBuf, layout: &Layout) -> Result<Self, SeriesError> {
        let schema = layout
            .with_capacity(0)
            .to_record_batch()
            .map_err(|error| SeriesError::damaged(&path, &error))?
            .schema();
        let file = File::create(&path).map_err(|error| SeriesError::io(&path, error))?;
        let writer = ArrowWriter::try_new_with_options(file, schema, writer_options(layout))
            .map_err(|error| SeriesError::parquet(&path, error))?;
        Ok(Self { path, writer })
    }

    /// Adds rows behind those that it has.
    pub fn append(&mut self, rows: &Frame) -> Result<(), SeriesError> {
        let batch = rows.to_record_batch().map_err(|error| SeriesError::damaged(&self.path, &error))?;
        self.writer.write(&batch).map_err(|error| SeriesError::parquet(&self.path, error))
    }

    /// Writes what is left and waits until the disk has it.
    pub fn finish(&mut self) -> Result<(), SeriesError> {
        self.writer.finish().map_err(|error| SeriesError::parquet(&self.path, error))?;
        self.writer.inner().sync_all().map_err(|error| SeriesError::io(&self.path, error))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Renamed, as a rule. What cannot be removed now is removed at the next write.
        let _ = fs::remove_file(&self.path);
    }
}
