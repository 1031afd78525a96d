//! Writing a table as a Parquet file.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::content_digest::{CONTENT_DIGEST, ContentDigest, ContentHasher};
use super::schema::{TableSchema, WINDOW_END, WINDOW_START};
use crate::StorageError;

/// How many cells a row group has at most, 4 MiB of numbers: the writer holds one in memory, and so does a reader.
const ROW_GROUP_CELLS: usize = 1 << 19;
/// How many rows a row group has at most, where there are few columns.
const ROW_GROUP_ROWS: usize = 1 << 16;

/// A table on its way into a local Parquet file, compressed with zstd. The same batches give the same bytes, and the
/// same rows the same [`ContentDigest`], however they are cut into batches; the file carries it as `content_sha256`.
/// Memory is bounded by one row group.
pub struct TableWriter {
    path: PathBuf,
    schema: TableSchema,
    writer: ArrowWriter<File>,
    digest: ContentHasher,
    rows: u64,
}

/// A table that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenTable {
    /// How many rows it has.
    pub rows: u64,
    /// How many bytes its file has.
    pub bytes: u64,
    /// What it holds.
    pub digest: ContentDigest,
}

impl TableWriter {
    /// Begins a file at `path`, in the place of one that is there.
    pub fn create(path: &Path, schema: &TableSchema) -> Result<Self, StorageError> {
        let failed = |error| StorageError::writing(path.display(), error);
        let file = File::create(path).map_err(|error| StorageError::writing(path.display(), error))?;
        let writer =
            ArrowWriter::try_new(file, schema.arrow().clone(), Some(properties(schema))).map_err(failed)?;
        let digest = ContentHasher::new(schema);
        Ok(Self { path: path.to_owned(), schema: schema.clone(), writer, digest, rows: 0 })
    }

    /// Puts more rows behind those that are written.
    ///
    /// # Panics
    /// Where the rows have other columns than the schema.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<(), StorageError> {
        assert_eq!(rows.schema_ref().fields(), self.schema.arrow().fields(), "rows of another table");
        self.digest.update(rows);
        self.rows += rows.num_rows() as u64;
        self.writer.write(rows).map_err(|error| StorageError::writing(self.path.display(), error))
    }

    /// Completes the file. It is not yet safe from a loss of power: that is up to the store that takes it in.
    pub fn finish(mut self) -> Result<WrittenTable, StorageError> {
        let digest = self.digest.finish();
        self.writer.append_key_value_metadata(KeyValue::new(CONTENT_DIGEST.to_owned(), digest.to_string()));
        self.writer.finish().map_err(|error| StorageError::writing(self.path.display(), error))?;
        Ok(WrittenTable { rows: self.rows, bytes: self.writer.bytes_written() as u64, digest })
    }
}

impl fmt::Debug for TableWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableWriter")
            .field("path", &self.path)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

fn properties(schema: &TableSchema) -> WriterProperties {
    let columns = schema.arrow().fields().len();
    let mut properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some((ROW_GROUP_CELLS / columns).clamp(1, ROW_GROUP_ROWS)))
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        // Whole row groups are read, so that an index of their pages would only fill the footer.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    // Hardly two windows share a feature's value or a time; a dictionary would be a detour.
    for name in schema.features().chain([WINDOW_START, WINDOW_END]) {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
    }
    properties.build()
}
