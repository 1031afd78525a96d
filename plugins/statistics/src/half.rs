//! Windows are cut into halves, so that windows that overlap by a half do the costly work once.
//!
//! A half depends on its own rows alone, and where a window is cut follows from its length alone: whether a half was
//! computed for this window or found from an earlier one cannot be told from the result.

use std::collections::VecDeque;
use std::ops::Range;

use fettle_sdk::Window;

use crate::moments::Moments;
use crate::order;

/// Rows of halves that are kept for later windows, all together: 1 MiB of keys.
const KEPT_ROWS: usize = 1 << 17;

/// What is wanted of halves, beyond count, sum and extremes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The squares of deviations.
    pub squares: bool,
    /// The sorted keys.
    pub keys: bool,
}

/// A half of a window.
#[derive(Debug)]
pub struct Half {
    rows: Range<usize>,
    moments: Moments,
    keys: Vec<i64>,
}

impl Half {
    /// Count, sum and extremes, and the squares if wanted.
    pub fn moments(&self) -> Moments {
        self.moments
    }

    /// The keys ([`order::key`]) of the present cells, ascending, if wanted.
    pub fn keys(&self) -> &[i64] {
        &self.keys
    }

    fn empty() -> Self {
        Self { rows: 0..0, moments: Moments::NONE, keys: Vec::new() }
    }

    fn fill(&mut self, rows: Range<usize>, cells: &[f64], wanted: Wanted) {
        self.moments = Moments::of(cells, wanted.squares);
        self.keys.clear();
        if wanted.keys {
            // Told apart because a list of known length is written faster.
            if self.moments.count == cells.len() {
                self.keys.extend(cells.iter().map(|&cell| order::key(cell)));
            } else {
                self.keys.extend(cells.iter().filter(|cell| !cell.is_nan()).map(|&cell| order::key(cell)));
            }
            self.keys.sort_unstable();
        }
        self.rows = rows;
    }
}

/// The halves of a signal's windows, asked for window by window, ascending.
#[derive(Debug)]
pub struct Halves<'a> {
    cells: &'a [f64],
    wanted: Wanted,
    /// Second halves of windows, ascending as a rule, that a later window may begin with.
    kept: VecDeque<Half>,
    kept_rows: usize,
    /// Halves to fill anew: once there are enough, nothing is allocated for a window.
    spare: Vec<Half>,
}

impl<'a> Halves<'a> {
    /// Those of a signal's cells.
    pub fn new(cells: &'a [f64], wanted: Wanted) -> Self {
        Self { cells, wanted, kept: VecDeque::new(), kept_rows: 0, spare: Vec::new() }
    }

    /// Shows both halves of `window` to `read`. The first is the longer one where the rows are odd.
    pub fn of<T>(&mut self, window: &Window, read: impl FnOnce(&Half, &Half) -> T) -> T {
        let (start, end) = (window.start as usize, window.end as usize);
        let middle = start + (end - start).div_ceil(2);
        let first = self.find(start..middle).unwrap_or_else(|| self.compute(start..middle));
        let second = self.compute(middle..end);
        let result = read(&first, &second);
        self.spare.push(first);
        self.keep(second);
        result
    }

    /// The half of `rows` if an earlier window left it here; those before it will not be asked for any more.
    fn find(&mut self, rows: Range<usize>) -> Option<Half> {
        while let Some(half) = self.kept.pop_front_if(|half| half.rows.start < rows.start) {
            self.kept_rows -= half.rows.len();
            self.spare.push(half);
        }
        let half = self.kept.pop_front_if(|half| half.rows == rows)?;
        self.kept_rows -= half.rows.len();
        Some(half)
    }

    fn compute(&mut self, rows: Range<usize>) -> Half {
        let mut half = self.spare.pop().unwrap_or_else(Half::empty);
        half.fill(rows.clone(), &self.cells[rows], self.wanted);
        half
    }

    fn keep(&mut self, half: Half) {
        // What comes soonest is kept; beyond that, computing anew costs less than memory.
        if self.kept_rows + half.rows.len() <= KEPT_ROWS {
            self.kept_rows += half.rows.len();
            self.kept.push_back(half);
        } else {
            self.spare.push(half);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WANTED: Wanted = Wanted { squares: true, keys: true };

    fn seen(halves: &mut Halves<'_>, window: &Window) -> [(Moments, Vec<i64>); 2] {
        halves.of(window, |first, second| [first, second].map(|half| (half.moments(), half.keys().to_vec())))
    }

    #[test]
    fn a_window_begins_with_the_half_that_the_one_before_ended_with() {
        let cells: Vec<f64> = (0..30).map(f64::from).collect();
        let mut halves = Halves::new(&cells, WANTED);
        seen(&mut halves, &Window { start: 0, end: 20 });
        assert_eq!(halves.kept.front().map(|half| half.rows.clone()), Some(10..20));
        assert!(halves.find(10..20).is_some());
        assert_eq!((halves.kept.len(), halves.kept_rows), (0, 0));
    }

    #[test]
    fn one_row_is_a_first_half() {
        let mut halves = Halves::new(&[7.0], WANTED);
        let [first, second] = seen(&mut halves, &Window { start: 0, end: 1 });
        assert_eq!((first.0.count, second.0), (1, Moments::NONE));
    }

    #[test]
    fn memory_is_bounded_whatever_the_overlap() {
        let cells = vec![0.0; 60_000];
        let mut halves = Halves::new(&cells, Wanted { squares: false, keys: true });
        for start in (0..10_000).step_by(500) {
            seen(&mut halves, &Window { start, end: start + 50_000 });
        }
        assert!(halves.kept_rows <= KEPT_ROWS);
        assert_eq!(halves.kept_rows, halves.kept.iter().map(|half| half.rows.len()).sum::<usize>());
    }

    proptest! {
        #[test]
        fn halves_found_are_halves_computed(
            cells in prop::collection::vec(prop_oneof![4 => -9.0..9.0, 1 => Just(f64::NAN)], 80),
            size in 1u32..30,
            stride in 1u32..30,
        ) {
            let mut halves = Halves::new(&cells, WANTED);
            for start in (0..80 - size).step_by(stride as usize) {
                let window = Window { start, end: start + size };
                let alone = seen(&mut Halves::new(&cells, WANTED), &window);
                prop_assert_eq!(seen(&mut halves, &window), alone);
            }
        }
    }
}
