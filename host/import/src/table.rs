//! The rows of all files as columns, in the order in which they came.

use fettle_frame::Signal;

use crate::columns::Columns;
use crate::labels::LabelColumn;
use crate::{ImportError, RejectedLine};

/// How many rejected lines are remembered; the others are counted.
const REMEMBERED: usize = 20;

/// The rows of all files so far.
#[derive(Debug)]
pub struct Table {
    /// Of the first file, and with it of all.
    pub columns: Columns,
    /// UTC nanoseconds.
    pub times: Vec<i64>,
    /// In which line of its file each row stands.
    pub lines: Vec<u64>,
    /// Name of each file, and its first row.
    pub files: Vec<(String, usize)>,
    /// The signals among the columns; infinities are still in them.
    pub signals: Vec<Signal>,
    /// The labels among the columns; infinities are still in them.
    pub labels: Vec<LabelColumn>,
    pub rejected: Rejected,
    /// How many cells, and so how many rows of these columns, there may be.
    limit: Option<(u64, usize)>,
}

/// The lines that were left out.
#[derive(Debug, Default)]
pub struct Rejected {
    /// How many.
    pub total: u64,
    /// The first of them.
    pub first: Vec<RejectedLine>,
}

/// Where the cells of a file go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// They are the rows' times.
    Time,
    /// Into the signal of this index.
    Signal(usize),
    /// Into the label of this index.
    Label(usize),
}

impl Table {
    /// No rows, of the columns of the first file, and never more than `max_cells` cells of them.
    pub fn new(columns: Columns, max_cells: Option<u64>) -> Self {
        let width = columns.fields.len() as u64 + 1;
        let max_rows = |max_cells| (max_cells, usize::try_from(max_cells / width).unwrap_or(usize::MAX));
        let signals = columns.fields.iter().filter(|field| !field.is_label);
        let signals = signals.map(|field| Signal { name: field.code.clone(), values: Vec::new() }).collect();
        let labels = columns.fields.iter().filter(|field| field.is_label);
        let labels = labels.map(|_| LabelColumn::default()).collect();
        Self {
            columns,
            times: Vec::new(),
            lines: Vec::new(),
            files: Vec::new(),
            signals,
            labels,
            rejected: Rejected::default(),
            limit: max_cells.map(max_rows),
        }
    }

    /// Begins the next file: where each of its columns goes.
    pub fn begin_file(&mut self, file: &str, columns: &Columns) -> Result<Vec<Slot>, ImportError> {
        let first_file = self.files.first().map_or(file, |(name, _)| name);
        let places = columns.matching(file, &self.columns, first_file)?;
        let mut slots = vec![Slot::Time; columns.fields.len() + 1];
        let (mut signal, mut label) = (0, 0);
        for (field, at) in self.columns.fields.iter().zip(places) {
            let next = if field.is_label { &mut label } else { &mut signal };
            slots[at] = if field.is_label { Slot::Label(*next) } else { Slot::Signal(*next) };
            *next += 1;
        }
        self.files.push((file.to_owned(), self.rows()));
        Ok(slots)
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.times.len()
    }

    /// Refuses `more` rows where they would be too many.
    pub fn make_room(&self, more: usize) -> Result<(), ImportError> {
        match self.limit {
            Some((max_cells, max_rows)) if self.rows().saturating_add(more) > max_rows => {
                let file = self.files.last().map(|(name, _)| name.clone()).unwrap_or_default();
                let columns = self.columns.fields.len() + 1;
                Err(ImportError::TooLarge { file, columns, max_rows, max_cells })
            }
            _ => Ok(()),
        }
    }

    /// Leaves out a line of the present file.
    pub fn reject(&mut self, line: u64, reason: impl FnOnce() -> String) {
        self.rejected.total += 1;
        if self.rejected.first.len() < REMEMBERED {
            let file = self.files.last().map(|(name, _)| name.clone()).unwrap_or_default();
            self.rejected.first.push(RejectedLine { file, line, reason: reason() });
        }
    }

    /// Whether the present file has neither rows nor rejected lines, `rejected_before` being those of the others.
    pub fn file_is_empty(&self, rejected_before: u64) -> bool {
        self.files.last().is_some_and(|(_, first)| *first == self.rows())
            && self.rejected.total == rejected_before
    }
}

/// In which of `files` a row stands, each given with its first row.
pub fn file_of(files: &[(String, usize)], row: usize) -> &str {
    let at = files.partition_point(|(_, first)| *first <= row);
    at.checked_sub(1).map_or("", |at| &files[at].0)
}
