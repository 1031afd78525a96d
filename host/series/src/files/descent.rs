//! One device's rows, from the newest back, a piece at a time.

use std::collections::HashMap;

use fettle_frame::{Frame, TimeRange};

use super::folder::DeviceFolder;
use super::layout::Layout;
use super::month::Month;
use super::month_file::{MonthFile, Part};
use crate::{ColumnKind, Columns, Rows, SeriesError};

/// Rows of the first piece, at least: fewer would hardly cost less, and another piece would cost as much again.
const LEAST_ROWS: usize = 256;

/// The way from a device's newest row to its oldest.
///
/// No file stays open between two pieces, so that any number of devices can be gone down side by side. What is written
/// meanwhile is seen or not, but never above where the descent has come to.
#[derive(Debug)]
pub struct Descent<'a> {
    folder: &'a DeviceFolder,
    columns: &'a Columns,
    /// What is left to look at.
    range: Option<TimeRange>,
    /// The months of it, the newest last.
    months: Vec<Month>,
    /// Rows that were read, the newest piece first.
    pieces: Vec<Frame>,
    /// How many rows of the last piece nobody has taken.
    left: usize,
    /// Rows of the next piece.
    next_rows: usize,
    /// Of which kinds each column was, file after file.
    kinds: HashMap<String, Vec<ColumnKind>>,
    bytes_read: u64,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// The row of this time.
    Row(i64),
    /// A row that has to be read first, no later than this.
    AtMost(i64),
}

impl<'a> Descent<'a> {
    /// From the end of `range`, in pieces of `first_rows` rows to begin with.
    pub fn new(
        folder: &'a DeviceFolder,
        columns: &'a Columns,
        range: TimeRange,
        first_rows: usize,
    ) -> Result<Self, SeriesError> {
        Ok(Self {
            folder,
            columns,
            range: Some(range),
            months: folder.months(range)?,
            pieces: Vec::new(),
            left: 0,
            next_rows: first_rows.max(LEAST_ROWS),
            kinds: HashMap::new(),
            bytes_read: 0,
        })
    }

    /// What comes next; `None` where nothing is left.
    pub fn ahead(&mut self) -> Result<Option<Ahead>, SeriesError> {
        if self.left > 0 {
            let last = self.pieces.last().map(|piece| piece.timestamps[self.left - 1]);
            return Ok(last.map(Ahead::Row));
        }
        while let Some((range, &month)) = self.range.zip(self.months.last()) {
            let Some(file) = self.open(month)? else { continue };
            let span = file.span();
            self.bytes_read += file.bytes_read();
            match span {
                Some((first, last)) if first < range.end() && last >= range.start() => {
                    let latest = last.min(range.end() - 1);
                    // Others take their turns by this time: a later row that is written meanwhile would come too late.
                    self.range = TimeRange::new(range.start(), latest.saturating_add(1)).ok();
                    return Ok(Some(Ahead::AtMost(latest)));
                }
                _ => drop(self.months.pop()),
            }
        }
        Ok(None)
    }

    /// Takes the row that comes next, which has been read.
    pub fn take(&mut self) {
        self.left -= 1;
    }

    /// Reads the next piece, at most `most` rows of it; there may be none in the month that it looks at.
    pub fn read(&mut self, most: usize) -> Result<(), SeriesError> {
        let Some((range, &month)) = self.range.zip(self.months.last()) else { return Ok(()) };
        let Some(file) = self.open(month)? else { return Ok(()) };
        let part = file.locate(range)?;
        let last = file.last_of(&part, self.next_rows.min(most));
        self.next_rows = self.next_rows.saturating_mul(2);
        if last.rows == part.rows {
            self.months.pop();
        }
        if last.rows > 0 {
            let piece = self.piece(&file, &last)?;
            self.range = TimeRange::new(range.start(), piece.timestamps[0]).ok();
            self.left = piece.rows();
            self.pieces.push(piece);
        }
        self.bytes_read += file.bytes_read();
        Ok(())
    }

    /// The rows that were taken, in the order of their times; `None` where there are none.
    pub fn taken(mut self) -> Result<Option<Rows>, SeriesError> {
        if let Some(last) = self.pieces.pop() {
            let taken = last.slice(self.left..last.rows());
            self.pieces.push(taken);
        }
        let rows: usize = self.pieces.iter().map(Frame::rows).sum();
        if rows == 0 {
            return Ok(None);
        }
        let layout = self.layout()?;
        let mut frame = layout.with_capacity(rows);
        for piece in self.pieces.into_iter().rev() {
            frame
                .append(layout.arrange(piece))
                .map_err(|error| SeriesError::damaged(self.folder.path(), &error))?;
        }
        let infinite_cells = frame.without_infinities();
        Ok(Some(Rows { frame, infinite_cells }))
    }

    /// How many bytes were read of this device's files.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The columns as they are in all files that were read.
    fn layout(&self) -> Result<Layout, SeriesError> {
        Layout::of(self.columns, |name| self.kinds.get(name).cloned().unwrap_or_default())
    }

    /// The file of the month that is looked at, unless it was removed since.
    fn open(&mut self, month: Month) -> Result<Option<MonthFile>, SeriesError> {
        let file = self.folder.open(month)?;
        if file.is_none() {
            self.months.pop();
        }
        Ok(file)
    }

    /// The rows of a part, with the columns that the file has.
    fn piece(&mut self, file: &MonthFile, part: &Part) -> Result<Frame, SeriesError> {
        for name in self.columns.signals.iter().chain(&self.columns.labels) {
            if let Some(kind) = file.kind(name) {
                self.kinds.entry(name.clone()).or_default().push(kind);
            }
        }
        // A column of another kind is told as what it is, before its cells are taken for something else.
        self.layout()?;
        let has = |names: &[String], name: &str| names.iter().any(|wanted| wanted == name);
        let wanted = |name: &str| has(&self.columns.signals, name) || has(&self.columns.labels, name);
        let mut piece = Frame::default();
        for batch in file.batches(part, wanted, |name| has(&self.columns.labels, name))? {
            piece.append(batch?).map_err(|error| file.damaged(&error))?;
        }
        if piece.rows() == part.rows {
            return Ok(piece);
        }
        Err(file.damaged(&format!("{} rows where its row groups have {}", piece.rows(), part.rows)))
    }
}
