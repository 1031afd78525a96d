//! The smallest case that still shows a problem: fewer columns, rows, cuts and windows, default parameters, plain
//! numbers.

use std::time::{Duration, Instant};

use crate::case::Case;
use crate::properties::Shrinks;

/// Cases that are tried on the way, at most. Large ones take long, and so do those that run into a time limit.
const ATTEMPTS: usize = 3_000;
const ATTEMPTS_ON_MANY_ROWS: usize = 60;
const MANY_ROWS: usize = 2_000;

/// How long a smaller case is looked for: a plugin that loops takes its time limit for each.
const PATIENCE: Duration = Duration::from_secs(20);

/// Rows of which each smaller count is tried: what shows only where rows are a multiple of ten is not found by halving.
const FEW_ROWS: usize = 128;

/// Cells above which none is tried on its own.
const MANY_CELLS: usize = 200;

/// Makes `case` smaller as long as `problem` still finds something; returns it with what was found last.
pub(crate) fn smallest(
    case: Case,
    told: String,
    shrinks: Shrinks,
    problem: impl Fn(&Case) -> Option<String>,
) -> (Case, String) {
    let attempts = if case.frame.rows() > MANY_ROWS { ATTEMPTS_ON_MANY_ROWS } else { ATTEMPTS };
    let until = Instant::now() + PATIENCE;
    let mut search = Search { case, told, attempts, until, shrinks, problem };
    while search.attempts > 0 && search.pass() {}
    (search.case, search.told)
}

struct Search<P> {
    case: Case,
    told: String,
    attempts: usize,
    until: Instant,
    shrinks: Shrinks,
    problem: P,
}

impl<P: Fn(&Case) -> Option<String>> Search<P> {
    /// Tries everything once; says whether anything helped.
    fn pass(&mut self) -> bool {
        let mut smaller = self.params();
        if self.shrinks.rows_from == usize::MAX {
            return smaller;
        }
        smaller |= self.columns();
        smaller |= self.rows();
        smaller |= self.windows();
        smaller |= self.cuts();
        smaller |= self.timestamps();
        if self.shrinks.cells {
            smaller |= self.cells();
        }
        smaller
    }

    /// Takes `smaller` in place of the case if it still shows a problem.
    fn take(&mut self, smaller: Case) -> bool {
        if Instant::now() > self.until {
            self.attempts = 0;
        }
        if self.attempts == 0 {
            return false;
        }
        self.attempts -= 1;
        let Some(told) = (self.problem)(&smaller) else { return false };
        (self.case, self.told) = (smaller, told);
        true
    }

    fn params(&mut self) -> bool {
        let mut smaller = false;
        let names: Vec<String> = self.case.params.keys().cloned().collect();
        if !self.shrinks.params {
            return false;
        }
        for name in names {
            let mut case = self.case.clone();
            case.params.remove(&name);
            smaller |= self.take(case);
        }
        smaller
    }

    fn columns(&mut self) -> bool {
        let mut smaller = false;
        for column in (0..self.case.frame.signals.len()).rev() {
            if self.case.frame.signals.len() > 1 {
                let mut case = self.case.clone();
                case.frame.signals.remove(column);
                smaller |= self.take(case);
            }
        }
        smaller
    }

    /// Takes out halves, quarters and so on down to single rows, from the end to the beginning; of few rows, tries the
    /// first ones and the last ones of each count.
    fn rows(&mut self) -> bool {
        let mut smaller = false;
        let rows = self.case.frame.rows();
        let tried = if rows > FEW_ROWS { 0 } else { rows };
        for left in self.shrinks.rows_from..tried {
            if self.take(self.case.without_rows(left, rows))
                || self.take(self.case.without_rows(0, rows - left))
            {
                smaller = true;
                break;
            }
        }
        let mut chunk = self.case.frame.rows() / 2;
        while chunk > 0 {
            let mut end = self.case.frame.rows();
            while end > 0 && self.attempts > 0 {
                let start = end.saturating_sub(chunk);
                let left = self.case.frame.rows() - (end - start);
                if left >= self.shrinks.rows_from {
                    let case = self.case.without_rows(start, end);
                    smaller |= self.take(case);
                }
                end = start;
            }
            chunk /= 2;
        }
        smaller
    }

    fn windows(&mut self) -> bool {
        let mut smaller = false;
        for index in (0..self.case.windows.len()).rev() {
            let mut case = self.case.clone();
            case.windows.remove(index);
            smaller |= self.take(case);
        }
        smaller
    }

    fn cuts(&mut self) -> bool {
        let mut smaller = false;
        for index in (0..self.case.cuts.len()).rev() {
            let mut case = self.case.clone();
            case.cuts.remove(index);
            smaller |= self.take(case);
        }
        smaller
    }

    /// A row a second from the epoch on.
    fn timestamps(&mut self) -> bool {
        let plain: Vec<i64> = (0..self.case.frame.rows() as i64).map(|row| row * 1_000_000_000).collect();
        if self.case.frame.timestamps == plain {
            return false;
        }
        let mut case = self.case.clone();
        case.frame.timestamps = plain;
        self.take(case)
    }

    fn cells(&mut self) -> bool {
        let (columns, rows) = (self.case.frame.signals.len(), self.case.frame.rows());
        if columns * rows > MANY_CELLS {
            return false;
        }
        let mut smaller = false;
        for (column, row) in (0..columns).flat_map(|column| (0..rows).map(move |row| (column, row))) {
            let value = self.case.frame.signals[column].values[row];
            let simpler = [0.0, 1.0, 2.0, value.round() % 10.0, value.round(), (value * 10.0).round() / 10.0];
            for simpler in simpler.into_iter().filter(|other| rank(*other) < rank(value)) {
                let mut case = self.case.clone();
                case.frame.signals[column].values[row] = simpler;
                if self.take(case) {
                    smaller = true;
                    break;
                }
            }
        }
        smaller
    }
}

/// How much a value takes to write and to think about; what is missing takes most.
fn rank(value: f64) -> u64 {
    if value.is_nan() {
        return u64::MAX;
    }
    let value = value + 0.0;
    match value {
        0.0 => u64::from(value.is_sign_negative()),
        1.0 => 2,
        2.0 => 3,
        _ if value.fract() == 0.0 && value.abs() < 10.0 => 4,
        _ if value.fract() == 0.0 && value.abs() < 1e6 => 5,
        _ => 6 + value.to_string().len() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Params;
    use crate::generate::{self, Fashion, Random};

    fn large() -> Case {
        let mut random = Random::new(1, "shrink");
        let names = ["a".to_owned(), "b".to_owned()];
        let frame = generate::frame(&mut random, &names, 300, &[Fashion::Gaps, Fashion::Spikes]);
        let params: Params = [("limit".to_owned(), 3.into())].into_iter().collect();
        Case { cuts: vec![20, 100], ..Case::of_rows(params, frame) }
    }

    #[test]
    fn only_what_the_problem_needs_is_left() {
        let negative_after_missing = |case: &Case| {
            let values = &case.frame.signals.iter().find(|signal| signal.name == "a")?.values;
            let missing = values.iter().position(|value| value.is_nan())?;
            values[missing..].iter().any(|value| *value != 5.0 && !value.is_nan()).then(|| "found".to_owned())
        };
        let (case, told) = smallest(
            large(),
            String::new(),
            Shrinks { rows_from: 1, ..Shrinks::ALL },
            negative_after_missing,
        );
        assert_eq!(told, "found");
        assert!(case.params.is_empty() && case.cuts.is_empty());
        assert_eq!(case.frame.signals.len(), 1);
        let values = &case.frame.signals[0].values;
        assert!(values.len() == 2 && values[0].is_nan() && values[1] == 0.0, "{values:?}");
        assert_eq!(case.frame.timestamps, [0, 1_000_000_000]);
    }

    #[test]
    fn what_may_not_be_touched_is_not() {
        let (case, _) = smallest(large(), String::new(), Shrinks::NOTHING, |_| Some("always".to_owned()));
        assert_eq!((case.frame.rows(), case.params.len()), (300, 1));
    }
}
