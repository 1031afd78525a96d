//! Rows brought into the order of their times, each time once.

use fettle_frame::{Label, LabelValues, Signal};
use fettle_series::same_cell;

use crate::table::file_of;
use crate::{Duplicate, ImportError, OnDuplicate};

/// How many duplicates an error names; the others are counted.
const NAMED: usize = 10;

/// The rows of an import as they came.
pub struct Unordered<'a> {
    pub times: &'a [i64],
    pub lines: &'a [u64],
    pub files: &'a [(String, usize)],
    pub signals: &'a [Signal],
    pub labels: &'a [Label],
}

/// Which rows count, and how many do not.
#[derive(Debug, PartialEq, Eq)]
pub struct Order {
    /// Indices of the rows in the order of their times; `None`: all of them, as they came.
    pub kept: Option<Vec<usize>>,
    /// Rows that repeat the one that counts.
    pub identical: u64,
    /// Rows that say otherwise than the one that counts.
    pub overruled: u64,
}

impl Unordered<'_> {
    /// Which rows count.
    pub fn order(&self, on_duplicate: OnDuplicate) -> Result<Order, ImportError> {
        if self.times.is_sorted_by(|one, next| one < next) {
            return Ok(Order { kept: None, identical: 0, overruled: 0 });
        }
        let mut rows: Vec<usize> = (0..self.times.len()).collect();
        // Stable: rows of one time stay in the order in which they came.
        rows.sort_by_key(|&row| self.times[row]);
        let mut kept = Vec::with_capacity(rows.len());
        let (mut identical, mut overruled) = (0, 0);
        let mut named = Vec::new();
        for group in rows.chunk_by(|&one, &next| self.times[one] == self.times[next]) {
            let (first, last) = (group[0], group[group.len() - 1]);
            let counts = if on_duplicate == OnDuplicate::Last { last } else { first };
            kept.push(counts);
            for &row in group.iter().filter(|&&row| row != counts) {
                if self.same(counts, row) {
                    identical += 1;
                    continue;
                }
                overruled += 1;
                if on_duplicate == OnDuplicate::Error && named.len() < NAMED {
                    named.push(self.duplicate(counts, row));
                }
            }
        }
        if on_duplicate == OnDuplicate::Error && overruled > 0 {
            return Err(ImportError::Duplicates { total: overruled, first: named });
        }
        Ok(Order { kept: Some(kept), identical, overruled })
    }

    fn same(&self, one: usize, other: usize) -> bool {
        self.signals.iter().all(|signal| same_cell(signal.values[one], signal.values[other]))
            && self.labels.iter().all(|label| match &label.values {
                LabelValues::Int(values) => values[one] == values[other],
                LabelValues::Float(values) => values[one] == values[other],
                LabelValues::Bool(values) => values[one] == values[other],
                LabelValues::Text(values) => values[one] == values[other],
            })
    }

    fn duplicate(&self, one: usize, other: usize) -> Duplicate {
        let place = |row: usize| (file_of(self.files, row).to_owned(), self.lines[row]);
        Duplicate { time: self.times[one], first: place(one), second: place(other) }
    }
}

impl Order {
    /// The times of the rows that count.
    pub fn times(&self, times: Vec<i64>) -> Vec<i64> {
        match &self.kept {
            None => times,
            Some(kept) => kept.iter().map(|&row| times[row]).collect(),
        }
    }

    /// The cells of the rows that count.
    pub fn signal(&self, signal: Signal) -> Signal {
        match &self.kept {
            None => signal,
            Some(kept) => {
                Signal { values: kept.iter().map(|&row| signal.values[row]).collect(), name: signal.name }
            }
        }
    }

    /// The cells of the rows that count.
    pub fn label(&self, label: Label) -> Label {
        match &self.kept {
            None => label,
            Some(kept) => label.take(kept),
        }
    }
}
