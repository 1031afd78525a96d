//! Reading a table from its Parquet file.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter,
};

use super::content_digest::{CONTENT_DIGEST, ContentDigest, ContentHasher};
use super::schema::{TRAIN, TableSchema, VAL};
use crate::StorageError;

/// How many cells are read at once, 2 MiB of numbers.
const BATCH_CELLS: usize = 1 << 18;
/// How many rows are read at once, where there are few columns.
const BATCH_ROWS: usize = 1 << 13;
/// Where `split` stands.
const SPLIT_COLUMN: usize = 3;

/// Which rows of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// All of them.
    All,
    /// Those to train on.
    Train,
    /// Those to validate on.
    Val,
}

impl Part {
    /// Its name in requests and in names of files.
    pub fn as_str(self) -> &'static str {
        match self {
            Part::All => "all",
            Part::Train => TRAIN,
            Part::Val => VAL,
        }
    }
}

/// A Parquet file that [`TableWriter`](super::TableWriter) wrote, open for reading.
#[derive(Debug)]
pub struct TableReader {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    schema: TableSchema,
}

impl TableReader {
    /// Opens the file at `path`. One that holds something else is [`StorageError::Damaged`].
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        let file = File::open(path).map_err(|error| StorageError::reading(path.display(), error))?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())
            .map_err(|error| StorageError::reading(path.display(), error))?;
        let schema = TableSchema::of_file(metadata.schema())
            .map_err(|problem| StorageError::damaged(path.display(), problem))?;
        Ok(Self { path: path.to_owned(), metadata, schema })
    }

    /// Its columns, and what was said of the table.
    pub fn schema(&self) -> &TableSchema {
        &self.schema
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.metadata.metadata().file_metadata().num_rows().unsigned_abs()
    }

    /// The rows of a part, in their order, a batch at a time; all columns.
    pub fn batches(
        &self,
        part: Part,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, StorageError>>, StorageError> {
        self.columns(part, 0..self.schema.arrow().fields().len())
    }

    /// The rows of a part, in their order, a batch at a time, with the columns at these ascending places.
    pub fn columns(
        &self,
        part: Part,
        columns: impl IntoIterator<Item = usize>,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, StorageError>>, StorageError> {
        // A reader of its own for each pass, since all that share an open file share its position too.
        let file = File::open(&self.path).map_err(|error| self.failed(error))?;
        let parquet = self.metadata.parquet_schema();
        let columns: Vec<usize> = columns.into_iter().collect();
        let rows = (BATCH_CELLS / columns.len().max(1)).clamp(1, BATCH_ROWS);
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_projection(ProjectionMask::leaves(parquet, columns))
            .with_batch_size(rows);
        if part != Part::All {
            let split = ProjectionMask::leaves(parquet, [SPLIT_COLUMN]);
            let of_part = ArrowPredicateFn::new(split, move |rows| {
                let sides = rows.column(0).as_string::<i32>();
                Ok(sides.iter().map(|side| Some(side == Some(part.as_str()))).collect::<BooleanArray>())
            });
            builder = builder.with_row_filter(RowFilter::new(vec![Box::new(of_part)]));
        }
        let reader = builder.build().map_err(|error| self.failed(error))?;
        Ok(reader.map(|rows| rows.map_err(|error| self.failed(error))))
    }

    /// Reads it through: [`StorageError::Damaged`] where it does not hold what was written. Parquet itself has no
    /// checksums that would tell.
    pub fn verify(&self) -> Result<(), StorageError> {
        let found = self.content_digest()?.to_string();
        let entries = self.metadata.metadata().file_metadata().key_value_metadata();
        let written = entries.into_iter().flatten().find(|entry| entry.key == CONTENT_DIGEST);
        if written.and_then(|entry| entry.value.as_ref()) == Some(&found) {
            return Ok(());
        }
        Err(StorageError::damaged(self.path.display(), "its content is not what was written"))
    }

    /// What it holds, read through anew.
    pub fn content_digest(&self) -> Result<ContentDigest, StorageError> {
        let mut digest = ContentHasher::new(&self.schema);
        for rows in self.batches(Part::All)? {
            digest.update(&rows?);
        }
        Ok(digest.finish())
    }

    fn failed(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StorageError {
        StorageError::reading(self.path.display(), error)
    }
}
