//! `mean` and `median`: with a column's average.
//!
//! `limit` counts the cells of each gap, as for the other fills; pandas' `fillna(value, limit=…)` counts over the whole
//! column.

use fettle_sdk::fit::{ExactSum, Fit, Fitted, FromQuantiles, Quantiles, QuantilesFit};
use fettle_sdk::{Behaviour, Example, Kind, StepError, Transform};
use serde::{Deserialize, Serialize};

use crate::kernel::fill;
use crate::limits::Limits;

/// pandas' `fillna(mean())`.
pub struct Mean;

/// pandas' `fillna(median())`.
pub struct Median;

/// What gaps are filled with.
#[derive(Debug, Deserialize, Serialize)]
pub struct Average {
    /// `None` for a column without any value, which stays missing.
    value: Option<f64>,
}

impl Average {
    fn fill(&self, values: &mut [f64], limits: Limits) {
        if let Some(value) = self.value {
            fill::constant(values, value, limits);
        }
    }
}

const N: f64 = f64::NAN;

impl Transform for Mean {
    const KIND: Kind = Kind::MissingValue;
    const NAME: &'static str = "mean";
    const SUMMARY: &'static str = "Fills gaps with the mean of the signal.";
    type Params = Limits;
    type Fit = MeanFit;

    fn behaviour(params: &Limits) -> Behaviour {
        params.behaviour()
    }

    fn apply(params: &Limits, state: &Average, _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        state.fill(values, *params);
        Ok(())
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::column("{}", &[N, 1.0, 2.0, N, 6.0, N], &[3.0, 1.0, 2.0, 3.0, 6.0, 3.0]),
            Example::column(r#"{"limit": 1}"#, &[N, N, 2.0, N, N], &[2.0, N, 2.0, 2.0, N]),
            Example::column(r#"{"max_gap": 1}"#, &[N, N, 2.0, N, 4.0], &[N, N, 2.0, 3.0, 4.0]),
            Example::column("{}", &[N, N], &[N, N]),
        ]
    }
}

impl Transform for Median {
    const KIND: Kind = Kind::MissingValue;
    const NAME: &'static str = "median";
    const SUMMARY: &'static str = "Fills gaps with the median of the signal.";
    type Params = Limits;
    type Fit = QuantilesFit<Average>;

    fn behaviour(params: &Limits) -> Behaviour {
        params.behaviour()
    }

    fn apply(params: &Limits, state: &Average, _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        state.fill(values, *params);
        Ok(())
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::column("{}", &[9.0, N, 1.0, 2.0], &[9.0, 2.0, 1.0, 2.0]),
            Example::column("{}", &[9.0, N, 1.0, 2.0, 5.0], &[9.0, 3.5, 1.0, 2.0, 5.0]),
            Example::column(r#"{"limit": 2}"#, &[1.0, N, N, N, 3.0], &[1.0, 2.0, 2.0, N, 3.0]),
            Example::column("{}", &[N, N], &[N, N]),
        ]
    }
}

impl FromQuantiles for Average {
    type Params = Limits;

    fn probabilities(_params: &Limits) -> Vec<f64> {
        vec![0.5]
    }

    fn from_quantiles(_params: &Limits, found: Quantiles) -> Self {
        Self { value: found.quantiles.first().map(|median| median.midpoint()) }
    }
}

/// Fits a mean, in one round.
pub struct MeanFit;

impl Fit for MeanFit {
    type Params = Limits;
    /// How many cells are present, and their sum.
    type Summary = (u64, ExactSum);
    type Round = ();
    type State = Average;

    fn summarize(_params: &Limits, _round: Option<&()>, values: &[f64]) -> (u64, ExactSum) {
        let mut sum = ExactSum::default();
        let count = sum.add_present(values);
        (count, sum)
    }

    fn merge(
        _params: &Limits,
        _round: Option<&()>,
        (left_count, mut sum): (u64, ExactSum),
        (right_count, right): (u64, ExactSum),
    ) -> (u64, ExactSum) {
        sum.merge(&right);
        (left_count + right_count, sum)
    }

    fn fit(
        _params: &Limits,
        _round: Option<&()>,
        (count, sum): (u64, ExactSum),
    ) -> Result<Fitted<(), Average>, StepError> {
        Ok(Fitted::Done(Average { value: (count > 0).then(|| sum.mean(count)) }))
    }
}
