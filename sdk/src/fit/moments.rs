//! Mean and variance in two rounds: first the mean, then the squares of what deviates from it.
//!
//! Both sums are exact, so the result is the same however the data was cut, and as good for an offset of 1e9 as for
//! none.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{ExactSum, Extremes, Fit, Fitted};
use crate::StepError;
use crate::params::Params;

/// Deviations that are worked out before they are summed.
const BLOCK: usize = 512;

/// Mean and variance of the present cells of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// How many cells are present.
    pub count: u64,
    /// Their mean; `None` where there are none.
    pub mean: Option<f64>,
    /// Σ(x − mean)² / count is `scaled_variance · scale²`: in this form it neither overflows nor vanishes.
    pub scaled_variance: f64,
    /// The power of two that deviations were divided by; 1 unless they are very large or very small.
    pub scale: f64,
}

/// A state that follows from mean and variance.
pub trait FromMoments: Serialize + DeserializeOwned {
    /// The method's parameters.
    type Params: Params;

    /// The state of a column.
    fn from_moments(params: &Self::Params, moments: Moments) -> Self;
}

/// Fits such a state, in two rounds; in one where all cells are alike.
pub struct MomentsFit<S>(PhantomData<S>);

/// What is kept of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MomentsSummary {
    count: u64,
    sum: ExactSum,
    extremes: Extremes,
}

/// What the second round has to know.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MomentsRound {
    count: u64,
    mean: f64,
    scale: f64,
}

impl Moments {
    /// The variance with `ddof` degrees of freedom taken off; infinite where it is too large for an f64, `None` where
    /// there are no more than `ddof` cells.
    pub fn variance(&self, ddof: u64) -> Option<f64> {
        Some(self.scaled_variance * self.correction(ddof)? * self.scale * self.scale)
    }

    /// The standard deviation with `ddof` degrees of freedom taken off; `None` where there are no more than `ddof`
    /// cells.
    pub fn std(&self, ddof: u64) -> Option<f64> {
        Some((self.scaled_variance * self.correction(ddof)?).sqrt() * self.scale)
    }

    fn correction(&self, ddof: u64) -> Option<f64> {
        let free = self.count.checked_sub(ddof).filter(|free| *free > 0)?;
        Some(self.count as f64 / free as f64)
    }
}

impl MomentsSummary {
    /// What one part of a column adds to this round.
    pub fn of(round: Option<&MomentsRound>, values: &[f64]) -> Self {
        let mut sum = ExactSum::default();
        let Some(&MomentsRound { mean, scale, .. }) = round else {
            let count = sum.add_present(values);
            return Self { count, sum, extremes: Extremes::of(values) };
        };
        let mut squares = [0.0; BLOCK];
        // The scale is a power of two, so dividing by it first costs no digits and keeps the difference finite.
        let (shrink, origin) = (1.0 / scale, mean / scale);
        let mut count = 0;
        for block in values.chunks(BLOCK) {
            for (square, value) in squares.iter_mut().zip(block) {
                let deviation = value * shrink - origin;
                *square = deviation * deviation;
            }
            count += sum.add_present(&squares[..block.len()]);
        }
        Self { count, sum, extremes: Extremes::default() }
    }

    /// Two parts as one.
    pub fn merge(mut left: Self, right: &Self) -> Self {
        left.count += right.count;
        left.sum.merge(&right.sum);
        left.extremes = left.extremes.merge(right.extremes);
        left
    }

    /// The moments of the whole, or the second round.
    pub fn fit(self, round: Option<&MomentsRound>) -> Fitted<MomentsRound, Moments> {
        let done = |count, mean, scaled_variance, scale| {
            Fitted::Done(Moments { count, mean, scaled_variance, scale })
        };
        if let Some(&MomentsRound { count, mean, scale }) = round {
            return done(count, Some(mean), self.sum.mean(count), scale);
        }
        let Extremes { min: Some(min), max: Some(max) } = self.extremes else {
            return done(0, None, 0.0, 1.0);
        };
        if min == max {
            return done(self.count, Some(min), 0.0, 1.0);
        }
        let mean = self.sum.mean(self.count).clamp(min, max);
        let reach = (max / 2.0 - mean / 2.0).max(mean / 2.0 - min / 2.0) * 2.0;
        Fitted::Again(MomentsRound { count: self.count, mean, scale: power_of_two_near(reach) })
    }
}

/// 1 where squares of `reach` are far from the ends of f64, else a power of two near it.
fn power_of_two_near(reach: f64) -> f64 {
    if (1e-100..=1e100).contains(&reach) {
        return 1.0;
    }
    // The exponent bits alone; a subnormal reach has none, and an infinite one (twice a huge half) too many.
    let exponent = (reach.to_bits() >> 52).clamp(1, 2045);
    f64::from_bits(exponent << 52)
}

impl<S: FromMoments> Fit for MomentsFit<S> {
    type Params = S::Params;
    type Summary = MomentsSummary;
    type Round = MomentsRound;
    type State = S;

    fn summarize(_params: &S::Params, round: Option<&MomentsRound>, values: &[f64]) -> MomentsSummary {
        MomentsSummary::of(round, values)
    }

    fn merge(
        _params: &S::Params,
        _round: Option<&MomentsRound>,
        left: MomentsSummary,
        right: MomentsSummary,
    ) -> MomentsSummary {
        MomentsSummary::merge(left, &right)
    }

    fn fit(
        params: &S::Params,
        round: Option<&MomentsRound>,
        summary: MomentsSummary,
    ) -> Result<Fitted<MomentsRound, S>, StepError> {
        Ok(match summary.fit(round) {
            Fitted::Done(moments) => Fitted::Done(S::from_moments(params, moments)),
            Fitted::Again(next) => Fitted::Again(next),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moments(values: &[f64], part: usize) -> Moments {
        let mut round = None;
        loop {
            let merged = values
                .chunks(part)
                .map(|values| MomentsSummary::of(round.as_ref(), values))
                .reduce(|left, right| MomentsSummary::merge(left, &right))
                .unwrap_or_else(|| MomentsSummary::of(None, &[]));
            match merged.fit(round.as_ref()) {
                Fitted::Done(moments) => return moments,
                Fitted::Again(next) => round = Some(next),
            }
        }
    }

    fn std(values: &[f64]) -> f64 {
        moments(values, 3).std(0).unwrap()
    }

    #[test]
    fn of_a_small_column() {
        let found = moments(&[1.0, f64::NAN, 2.0, 3.0, 6.0], 2);
        assert_eq!((found.count, found.mean), (4, Some(3.0)));
        assert_eq!(found.variance(0), Some(3.5));
        assert_eq!(found.std(0), Some(3.5f64.sqrt()));
        assert!((found.variance(1).unwrap() - 14.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn more_degrees_of_freedom_than_cells_leave_no_variance() {
        assert_eq!(moments(&[7.0], 1).std(0), Some(0.0));
        assert_eq!(moments(&[7.0], 1).std(1), None);
        assert_eq!(moments(&[7.0, 9.0], 1).variance(3), None);
        assert_eq!(moments(&[], 1).std(0), None);
    }

    #[test]
    fn an_offset_costs_no_digits() {
        let found = moments(&[1e9, 1e9 + 1.0, 1e9 + 2.0], 2);
        assert_eq!((found.mean, found.variance(0)), (Some(1e9 + 1.0), Some(2.0 / 3.0)));
    }

    #[test]
    fn huge_and_tiny_values_have_a_standard_deviation() {
        assert_eq!(std(&[1e308, -1e308]), 1e308);
        assert_eq!(std(&[1.5e308, -1.5e308, 1.5e308, -1.5e308]), 1.5e308);
        assert_eq!(std(&[f64::MAX, f64::MIN]), f64::MAX);
        assert_eq!(std(&[1e-308, 3e-308]), 1e-308);
    }

    #[test]
    fn nothing_and_a_constant_take_one_round() {
        assert_eq!(moments(&[], 1).mean, None);
        assert_eq!(moments(&[f64::NAN; 4], 3).mean, None);
        let constant = moments(&[0.1; 7], 3);
        assert_eq!((constant.mean, constant.std(0)), (Some(0.1), Some(0.0)));
    }

    #[test]
    fn one_cell_off_a_constant_is_seen() {
        let mut values = vec![1e6; 9_999];
        values.push(1e6 + 1e-3);
        let deviation = (1e6 + 1e-3) - 1e6;
        let wanted = deviation * (0.0001f64 * 0.9999).sqrt();
        assert!((std(&values) / wanted - 1.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(
            values in prop::collection::vec(prop_oneof![-1e6..1e6, Just(f64::NAN)], 1..100),
            part in 1usize..40,
        ) {
            prop_assert_eq!(moments(&values, part), moments(&values, values.len()));
        }
    }
}
