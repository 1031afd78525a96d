//! The values of each feature in ascending order, in memory of a fixed size.
//!
//! Windows are gathered until there are so many values; those of each feature are then sorted, and go to a file as a
//! run. In the end the runs of a feature are merged. Where all values fit, there is one run, and no file.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::{DatasetError, StorageError};

/// Values that are sorted at once, over all features: 32 MiB. As many are read ahead when runs are merged.
const AT_ONCE: usize = 1 << 22;

/// Of each run at least so many values are read ahead.
const LEAST_READ: usize = 64;

/// Runs that are being made.
#[derive(Debug)]
pub(super) struct Runs {
    scratch: PathBuf,
    width: usize,
    /// Windows in a run; the last may have fewer.
    rows: usize,
    gathered: Vec<Vec<f64>>,
    rows_gathered: usize,
    file: Option<File>,
    runs: usize,
}

/// Runs that are complete.
#[derive(Debug)]
pub(super) enum Sorted {
    /// The one that there is.
    Held(Vec<Vec<f64>>),
    /// Several: of each run a stretch of `rows` values for each feature, ascending, NaN behind the last.
    Filed { file: File, width: usize, rows: usize, runs: usize },
}

/// A run of a feature, read bit by bit.
struct Run<'f> {
    file: &'f File,
    /// Where the next values lie, bytes.
    at: u64,
    /// Values of the stretch that were not read yet.
    left: usize,
    /// Values that are read ahead.
    ahead: usize,
    read: Vec<f64>,
    next: usize,
}

/// The smallest value of a run that is left.
struct Head {
    value: f64,
    run: usize,
}

impl Runs {
    /// Of `width` features in so many windows.
    pub(super) fn new(scratch: &Path, width: usize, windows: usize) -> Self {
        Self::sorting(AT_ONCE, scratch, width, windows)
    }

    fn sorting(at_once: usize, scratch: &Path, width: usize, windows: usize) -> Self {
        let rows = (at_once / width.max(1)).max(1).min(windows.max(1));
        Self {
            scratch: scratch.to_owned(),
            width,
            rows,
            gathered: (0..width).map(|_| Vec::with_capacity(rows)).collect(),
            rows_gathered: 0,
            file: None,
            runs: 0,
        }
    }

    /// Takes in windows, one after the other.
    pub(super) fn add(&mut self, cells: &[f64]) -> Result<(), StorageError> {
        for row in cells.chunks_exact(self.width.max(1)) {
            if self.rows_gathered == self.rows {
                self.put_away()?;
            }
            for (column, value) in self.gathered.iter_mut().zip(row) {
                if !value.is_nan() {
                    // Adding zero makes −0 into 0: sorted apart, equal values would be told apart.
                    column.push(value + 0.0);
                }
            }
            self.rows_gathered += 1;
        }
        Ok(())
    }

    /// All of them.
    pub(super) fn finish(mut self) -> Result<Sorted, StorageError> {
        if self.file.is_none() {
            self.gathered.iter_mut().for_each(|column| column.sort_unstable_by(f64::total_cmp));
            return Ok(Sorted::Held(self.gathered));
        }
        self.put_away()?;
        match self.file {
            Some(file) => Ok(Sorted::Filed { file, width: self.width, rows: self.rows, runs: self.runs }),
            None => Ok(Sorted::Held(self.gathered)),
        }
    }

    fn put_away(&mut self) -> Result<(), StorageError> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(
                tempfile::tempfile_in(&self.scratch)
                    .map_err(|error| StorageError::writing(self.scratch.display(), error))?,
            ),
        };
        let mut bytes = Vec::with_capacity(self.rows * size_of::<f64>());
        for (place, column) in self.gathered.iter_mut().enumerate() {
            column.sort_unstable_by(f64::total_cmp);
            column.resize(self.rows, f64::NAN);
            bytes.clear();
            column.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
            column.clear();
            let at = offset(self.runs, place, self.width, self.rows);
            file.write_all_at(&bytes, at).map_err(|error| StorageError::writing(NAME, error))?;
        }
        self.rows_gathered = 0;
        self.runs += 1;
        Ok(())
    }
}

impl Sorted {
    /// Shows the present values of a feature, the smallest first.
    pub(super) fn visit(
        &self,
        feature: usize,
        see: &mut dyn FnMut(f64) -> Result<(), DatasetError>,
    ) -> Result<(), DatasetError> {
        let (file, width, rows, count) = match self {
            Sorted::Held(columns) => return columns[feature].iter().try_for_each(|value| see(*value)),
            Sorted::Filed { file, width, rows, runs } => (file, *width, *rows, *runs),
        };
        let ahead = (AT_ONCE / count).clamp(LEAST_READ, LEAST_READ.max(rows));
        let mut runs: Vec<Run<'_>> =
            (0..count).map(|run| Run::new(file, offset(run, feature, width, rows), rows, ahead)).collect();
        let mut heads = BinaryHeap::with_capacity(count);
        for (number, run) in runs.iter_mut().enumerate() {
            heads.extend(run.pop()?.map(|value| Reverse(Head { value, run: number })));
        }
        while let Some(mut head) = heads.peek_mut() {
            see(head.0.value)?;
            match runs[head.0.run].pop()? {
                Some(value) => head.0.value = value,
                None => {
                    PeekMut::pop(head);
                }
            }
        }
        Ok(())
    }
}

/// Where a feature's stretch of a run begins, bytes.
fn offset(run: usize, feature: usize, width: usize, rows: usize) -> u64 {
    (run as u64 * width as u64 + feature as u64) * rows as u64 * size_of::<f64>() as u64
}

impl<'f> Run<'f> {
    fn new(file: &'f File, at: u64, left: usize, ahead: usize) -> Self {
        Self { file, at, left, ahead, read: Vec::new(), next: 0 }
    }

    /// The next value, if there is one.
    fn pop(&mut self) -> Result<Option<f64>, StorageError> {
        if self.next == self.read.len() {
            let count = self.ahead.min(self.left);
            let mut bytes = vec![0; count * size_of::<f64>()];
            self.file
                .read_exact_at(&mut bytes, self.at)
                .map_err(|error| StorageError::reading(NAME, error))?;
            self.read.clear();
            let (values, _) = bytes.as_chunks::<{ size_of::<f64>() }>();
            self.read.extend(values.iter().map(|value| f64::from_le_bytes(*value)));
            self.at += bytes.len() as u64;
            self.left -= count;
            self.next = 0;
        }
        let value = self.read.get(self.next).copied().filter(|value| !value.is_nan());
        self.next += 1;
        Ok(value)
    }
}

/// What messages call it.
const NAME: &str = "the temporary file of sorted features";

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.total_cmp(&other.value).then(self.run.cmp(&other.run))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of both columns as they are shown, and whether they were held.
    fn shown(at_once: usize, columns: &[Vec<f64>; 2]) -> (Vec<Vec<f64>>, bool) {
        let folder = tempfile::tempdir().unwrap();
        let mut runs = Runs::sorting(at_once, folder.path(), 2, columns[0].len());
        let cells: Vec<f64> = columns[0].iter().zip(&columns[1]).flat_map(|(x, y)| [*x, *y]).collect();
        cells.chunks(2 * 13).for_each(|cells| runs.add(cells).unwrap());
        let sorted = runs.finish().unwrap();
        let shown = (0..2).map(|feature| {
            let mut seen = Vec::new();
            let mut see = |value| {
                seen.push(value);
                Ok(())
            };
            sorted.visit(feature, &mut see).unwrap();
            seen
        });
        let shown = shown.collect();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "its file has no name");
        (shown, matches!(sorted, Sorted::Held(_)))
    }

    #[test]
    fn values_ascend_in_one_run_and_in_many_alike() {
        let column = |step: usize| -> Vec<f64> {
            (0..500)
                .map(|row| if row % 11 == step { f64::NAN } else { ((row * 7919 * (step + 1)) % 97) as f64 })
                .collect()
        };
        let columns = [column(3), column(5)];
        let (held, is_held) = shown(AT_ONCE, &columns);
        assert!(is_held);
        for (values, column) in held.iter().zip(&columns) {
            assert!(values.is_sorted());
            assert_eq!(values.len(), column.iter().filter(|value| !value.is_nan()).count());
        }
        // A hundred windows a run, seven (the last run is full), one.
        for at_once in [200, 14, 2] {
            let (filed, is_held) = shown(at_once, &columns);
            assert!(!is_held);
            assert_eq!(filed, held, "{at_once}");
        }
    }

    #[test]
    fn a_feature_that_is_missing_in_whole_runs_is_shown_as_far_as_it_is_there() {
        let mut sparse = vec![f64::NAN; 100];
        sparse[57] = -0.0;
        sparse[12] = 3.0;
        let (found, _) = shown(20, &[sparse, vec![f64::NAN; 100]]);
        assert_eq!(found, [vec![0.0, 3.0], vec![]]);
        assert_eq!(found[0][0].to_bits(), 0);
    }
}
