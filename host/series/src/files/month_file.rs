//! One month's file, open for reading.

use std::cell::OnceCell;
use std::fmt;
use std::fs::File;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fettle_frame::{Frame, TimeRange};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetStatisticsPolicy;

use super::encoding::ROW_GROUP_ROWS;
use super::footers::Footers;
use super::outline::Outline;
use super::source::Source;
use crate::{ColumnKind, SeriesError, StoredColumn};

/// A month's file. Once open it stays as it was, whatever takes its place.
#[derive(Debug)]
pub struct MonthFile {
    path: PathBuf,
    source: Source,
    outline: Arc<Outline>,
    footers: Arc<Footers>,
    /// The whole footer, once rows are read.
    footer: OnceCell<ArrowReaderMetadata>,
}

/// Consecutive rows of a month's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The row groups that hold them.
    pub groups: Range<usize>,
    /// How many rows of these groups come before them.
    pub skip: usize,
    /// How many they are.
    pub rows: usize,
}

impl MonthFile {
    /// Opens the file at `path` and reads its footer, unless `footers` has it; `None` where there is no file.
    pub fn open(path: &Path, footers: &Arc<Footers>) -> Result<Option<Self>, SeriesError> {
        let source = match File::open(path).and_then(Source::new) {
            Ok(source) => source,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(SeriesError::io(path, error)),
        };
        let footer = OnceCell::new();
        let outline = match footers.outline(path, source.identity()) {
            Some(outline) => outline,
            None => {
                let read = read_footer(path, &source, footers)?;
                let outline = Outline::of(&read).map_err(|problem| SeriesError::damaged(path, &problem))?;
                let outline = Arc::new(outline);
                footers.keep_outline(path, source.identity(), &outline);
                footer.get_or_init(|| read);
                outline
            }
        };
        Ok(Some(Self { path: path.to_owned(), source, outline, footers: Arc::clone(footers), footer }))
    }

    /// The columns behind the time column.
    pub fn columns(&self) -> &[StoredColumn] {
        &self.outline.columns
    }

    /// What a column holds, if the file has it.
    pub fn kind(&self, column: &str) -> Option<ColumnKind> {
        self.outline.kind(column)
    }

    /// All rows.
    pub fn whole(&self) -> Part {
        let groups = 0..self.outline.groups.len();
        Part { rows: self.rows_of(groups.clone()), groups, skip: 0 }
    }

    /// The time of the first row and of the last; `None` where there is no row.
    pub fn span(&self) -> Option<(i64, i64)> {
        let groups = &self.outline.groups;
        Some((groups.first()?.first, groups.last()?.last))
    }

    /// The rows in `range`. Reads the times of at most two row groups, those where it begins and ends.
    pub fn locate(&self, range: TimeRange) -> Result<Part, SeriesError> {
        let mut groups = 0..0;
        for (number, group) in self.outline.groups.iter().enumerate() {
            if group.last < range.start() {
                groups = number + 1..number + 1;
            } else if group.first < range.end() {
                groups.end = number + 1;
            } else {
                break;
            }
        }
        if groups.is_empty() {
            return Ok(Part { groups, skip: 0, rows: 0 });
        }
        let mut skip = 0;
        if self.outline.groups[groups.start].first < range.start() {
            skip = self.timestamps(groups.start)?.partition_point(|&time| time < range.start());
        }
        let last = groups.end - 1;
        let mut rows = self.rows_of(groups.clone());
        if self.outline.groups[last].last >= range.end() {
            let kept = self.timestamps(last)?.partition_point(|&time| time < range.end());
            rows -= self.rows_of(last..groups.end) - kept;
        }
        Ok(Part { groups, skip, rows: rows - skip })
    }

    /// The rows before a part, and those behind it.
    pub fn around(&self, part: &Part) -> [Part; 2] {
        let whole = self.whole();
        let before = self.rows_of(0..part.groups.start) + part.skip;
        let behind = self.last_of(&whole, whole.rows - before - part.rows);
        [Part { rows: before, ..whole }, behind]
    }

    /// The last rows of a part, at most so many.
    pub fn last_of(&self, part: &Part, rows: usize) -> Part {
        let dropped = part.rows.saturating_sub(rows);
        let mut last =
            Part { groups: part.groups.clone(), skip: part.skip + dropped, rows: part.rows - dropped };
        while !last.groups.is_empty() {
            let first = self.rows_of(last.groups.start..last.groups.start + 1);
            if last.skip < first {
                break;
            }
            last.skip -= first;
            last.groups.start += 1;
        }
        last
    }

    /// The rows of a part, a batch at a time, with those of `columns` that the file has, in the file's order.
    pub fn batches(
        &self,
        part: &Part,
        columns: impl Fn(&str) -> bool,
        as_label: impl Fn(&str) -> bool,
    ) -> Result<impl Iterator<Item = Result<Frame, SeriesError>>, SeriesError> {
        let behind = self.rows_of(part.groups.clone()) - part.skip - part.rows;
        let selection = RowSelection::from(vec![
            RowSelector::skip(part.skip),
            RowSelector::select(part.rows),
            RowSelector::skip(behind),
        ]);
        let leaves = self.columns().iter().enumerate().filter(|(_, column)| columns(&column.name));
        let leaves = std::iter::once(0).chain(leaves.map(|(at, _)| at + 1)).collect::<Vec<_>>();
        let reader = self
            .builder(part.groups.clone(), leaves)?
            .with_row_selection(selection)
            .with_batch_size(ROW_GROUP_ROWS.min(part.rows.max(1)))
            .build()
            .map_err(|error| self.failed(error))?;
        Ok(reader.map(move |batch| {
            let batch = batch.map_err(|error| self.failed(ParquetError::from(error)))?;
            Frame::from_record_batch(&batch, &as_label).map_err(|error| self.damaged(&error))
        }))
    }

    /// How many bytes of the file were read.
    pub fn bytes_read(&self) -> u64 {
        self.source.bytes_read()
    }

    /// The error of a file that holds what no month's file does.
    pub fn damaged(&self, problem: &dyn fmt::Display) -> SeriesError {
        SeriesError::damaged(&self.path, problem)
    }

    fn builder(
        &self,
        groups: Range<usize>,
        leaves: Vec<usize>,
    ) -> Result<ParquetRecordBatchReaderBuilder<Source>, SeriesError> {
        let footer = match self.footer.get() {
            Some(footer) => footer,
            None => {
                let read = read_footer(&self.path, &self.source, &self.footers)?;
                self.footer.get_or_init(|| read)
            }
        };
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(self.source.clone(), footer.clone());
        let columns = ProjectionMask::leaves(footer.parquet_schema(), leaves);
        Ok(builder.with_row_groups(groups.collect()).with_projection(columns))
    }

    /// All times of a row group.
    fn timestamps(&self, group: usize) -> Result<Vec<i64>, SeriesError> {
        let mut times = Frame::default();
        let reader = self
            .builder(group..group + 1, vec![0])?
            .with_batch_size(ROW_GROUP_ROWS)
            .build()
            .map_err(|error| self.failed(error))?;
        for batch in reader {
            let batch = batch.map_err(|error| self.failed(ParquetError::from(error)))?;
            let batch = Frame::from_record_batch(&batch, |_| false).map_err(|error| self.damaged(&error))?;
            times.append(batch).map_err(|error| self.damaged(&error))?;
        }
        Ok(times.timestamps)
    }

    /// How many rows some row groups have.
    fn rows_of(&self, groups: Range<usize>) -> usize {
        self.outline.groups[groups].iter().map(|group| group.rows).sum()
    }

    fn failed(&self, error: ParquetError) -> SeriesError {
        SeriesError::parquet(&self.path, error)
    }
}

/// The whole footer of a file, read now or kept from before.
fn read_footer(path: &Path, source: &Source, footers: &Footers) -> Result<ArrowReaderMetadata, SeriesError> {
    if let Some(footer) = footers.whole(path, source.identity()) {
        return Ok(footer);
    }
    // Column 0 is the time; no other has statistics that are used.
    let options = ArrowReaderOptions::new()
        .with_skip_arrow_metadata(true)
        .with_column_stats_policy(ParquetStatisticsPolicy::skip_except(&[0]));
    let footer =
        ArrowReaderMetadata::load(source, options).map_err(|error| SeriesError::parquet(path, error))?;
    footers.keep_whole(path, source.identity(), &footer);
    Ok(footer)
}
