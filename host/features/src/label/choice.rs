//! One label of a window's cells.

use std::cmp::Ordering;

use super::rule::{Choice, Reduction};
use super::statistics::{mean, median};

/// A number that has its place among others: not NaN, not infinite, and never a negative zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Finite(f64);

impl Finite {
    /// A value that a frame holds, where labels are neither NaN nor infinite.
    pub(super) fn new(value: f64) -> Self {
        // 0.0 and -0.0 are one number, but two for `total_cmp`; the sum makes one of them.
        Self(value + 0.0)
    }

    pub(super) fn get(self) -> f64 {
        self.0
    }
}

impl Eq for Finite {}

impl Ord for Finite {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Finite {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Choice {
    /// The label of a window with these cells; none where they do not give one. `scratch` is overwritten.
    pub(super) fn of<T: Copy + Ord>(self, cells: &[Option<T>], scratch: &mut Vec<T>) -> Option<T> {
        match self {
            Choice::Last => cells.last().copied().flatten(),
            Choice::First => cells.first().copied().flatten(),
            Choice::Max => cells.iter().flatten().max().copied(),
            Choice::Majority => most_frequent(sorted(cells, scratch)),
        }
    }
}

impl Reduction {
    /// The label of a window with these cells; none where they do not give one. `scratch` is overwritten.
    pub(super) fn of(self, cells: &[Option<Finite>], scratch: &mut Vec<Finite>) -> Option<f64> {
        match self {
            Reduction::Choice(choice) => choice.of(cells, scratch).map(Finite::get),
            Reduction::Min => cells.iter().flatten().min().copied().map(Finite::get),
            Reduction::Mean => mean(cells.iter().flatten().map(|cell| cell.get())),
            Reduction::Median => median(sorted(cells, scratch)),
        }
    }
}

/// Whether any present cell is `true`; none where all are missing.
pub(super) fn any(cells: &[Option<bool>]) -> Option<bool> {
    cells.iter().flatten().copied().reduce(|one, other| one || other)
}

/// The present cells, ascending.
fn sorted<'a, T: Copy + Ord>(cells: &[Option<T>], scratch: &'a mut Vec<T>) -> &'a [T] {
    scratch.clear();
    scratch.extend(cells.iter().flatten());
    scratch.sort_unstable();
    scratch
}

/// The value with the longest run, the first of them on a tie.
fn most_frequent<T: Copy + Ord>(ascending: &[T]) -> Option<T> {
    let runs = ascending.chunk_by(|one, next| one == next);
    // Of several largest `max_by_key` takes the last, so the runs come in from the largest value down.
    runs.rev().max_by_key(|run| run.len()).map(|run| run[0])
}
