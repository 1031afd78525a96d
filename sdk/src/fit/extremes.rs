//! The smallest and the largest cell.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Fit, Fitted};
use crate::StepError;
use crate::params::Params;

/// Comparisons that run side by side, so that none waits for the one before.
const LANES: usize = 8;

/// The smallest and the largest present cell of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Extremes {
    /// The smallest; `None` where no cell is present.
    pub min: Option<f64>,
    /// The largest; `None` where no cell is present.
    pub max: Option<f64>,
}

/// A state that follows from the smallest and the largest cell.
pub trait FromExtremes: Serialize + DeserializeOwned {
    /// The method's parameters.
    type Params: Params;

    /// The state of a column.
    fn from_extremes(params: &Self::Params, extremes: Extremes) -> Self;
}

/// Fits such a state, in one round.
pub struct ExtremesFit<S>(PhantomData<S>);

impl Extremes {
    /// Those of one part.
    pub fn of(values: &[f64]) -> Self {
        let mut min = [f64::INFINITY; LANES];
        let mut max = [f64::NEG_INFINITY; LANES];
        let mut look = |values: &[f64; LANES]| {
            for (lane, &value) in values.iter().enumerate() {
                // Written so that a missing cell loses every comparison.
                min[lane] = if value < min[lane] { value } else { min[lane] };
                max[lane] = if value > max[lane] { value } else { max[lane] };
            }
        };
        let (blocks, rest) = values.as_chunks::<LANES>();
        blocks.iter().for_each(&mut look);
        let mut last = [f64::NAN; LANES];
        last[..rest.len()].copy_from_slice(rest);
        look(&last);
        let (min, max) = (
            min.into_iter().fold(f64::INFINITY, f64::min),
            max.into_iter().fold(f64::NEG_INFINITY, f64::max),
        );
        if min > max {
            return Self::default();
        }
        // Adding zero makes −0 into 0: which of them comes first would be a matter of order.
        Self { min: Some(min + 0.0), max: Some(max + 0.0) }
    }

    /// Those of both.
    pub fn merge(self, other: Self) -> Self {
        let pick = |left: Option<f64>, right: Option<f64>, pick: fn(f64, f64) -> f64| match (left, right) {
            (Some(left), Some(right)) => Some(pick(left, right)),
            (left, right) => left.or(right),
        };
        Self { min: pick(self.min, other.min, f64::min), max: pick(self.max, other.max, f64::max) }
    }

    /// Whether not all present cells are alike.
    pub fn differ(self) -> bool {
        self.min != self.max
    }
}

impl<S: FromExtremes> Fit for ExtremesFit<S> {
    type Params = S::Params;
    type Summary = Extremes;
    type Round = ();
    type State = S;

    fn summarize(_params: &S::Params, _round: Option<&()>, values: &[f64]) -> Extremes {
        Extremes::of(values)
    }

    fn merge(_params: &S::Params, _round: Option<&()>, left: Extremes, right: Extremes) -> Extremes {
        left.merge(right)
    }

    fn fit(params: &S::Params, _round: Option<&()>, summary: Extremes) -> Result<Fitted<(), S>, StepError> {
        Ok(Fitted::Done(S::from_extremes(params, summary)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_parts_are_those_of_the_whole() {
        let values = [3.0, f64::NAN, -1.0, 7.0, 0.0, -0.0, 2.0, 2.0, f64::NAN, 5.0, 6.0];
        let whole = Extremes::of(&values);
        assert_eq!(whole, Extremes { min: Some(-1.0), max: Some(7.0) });
        for cut in 0..=values.len() {
            assert_eq!(Extremes::of(&values[..cut]).merge(Extremes::of(&values[cut..])), whole);
        }
    }

    #[test]
    fn of_nothing_are_none() {
        assert_eq!(Extremes::of(&[]), Extremes::default());
        assert_eq!(Extremes::of(&[f64::NAN; 9]), Extremes::default());
        assert!(!Extremes::default().differ());
    }

    #[test]
    fn zeros_are_alike_whatever_their_sign() {
        for values in [[0.0, -0.0], [-0.0, 0.0], [-0.0, -0.0]] {
            let found = Extremes::of(&values);
            assert_eq!(found.min.map(f64::to_bits), Some(0));
            assert_eq!(found.max.map(f64::to_bits), Some(0));
            assert!(!found.differ());
        }
    }

    #[test]
    fn reach_to_the_ends_of_the_range() {
        let found = Extremes::of(&[f64::MAX, f64::MIN, 5e-324]);
        assert_eq!(found, Extremes { min: Some(f64::MIN), max: Some(f64::MAX) });
    }
}
