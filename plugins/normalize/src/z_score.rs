//! `z_score`: distances from the mean in standard deviations.

use fettle_sdk::fit::{FromMoments, Moments, MomentsFit};
use fettle_sdk::{Example, Kind, NoParams, StepError, Transform};
use serde::{Deserialize, Serialize};

use crate::kernel;

/// scikit-learn's `StandardScaler`.
pub struct ZScore;

/// What is learnt of a column.
#[derive(Debug, Deserialize, Serialize)]
pub struct ZScoreState {
    /// `None` for a column without any value.
    mean: Option<f64>,
    std: Option<f64>,
    /// Whether the deviation of the column is no more than rounding could make it.
    constant: bool,
}

impl FromMoments for ZScoreState {
    type Params = NoParams;

    fn from_moments(_params: &NoParams, found: Moments) -> Self {
        let constant = found.mean.is_some_and(|mean| nearly_constant(&found, mean));
        Self { mean: found.mean, std: found.std(0), constant }
    }
}

/// scikit-learn's bound, var ≤ n·ε·var + (n·mean·ε)², with both sides divided by the square of the scale, so that
/// neither overflows nor vanishes.
fn nearly_constant(found: &Moments, mean: f64) -> bool {
    let cells = found.count as f64;
    let variance = found.scaled_variance;
    let rounding = cells * (mean / found.scale) * f64::EPSILON;
    variance <= cells * f64::EPSILON * variance + rounding * rounding
}

impl Transform for ZScore {
    const KIND: Kind = Kind::Normalize;
    const NAME: &'static str = "z_score";
    const SUMMARY: &'static str = "Brings values to mean 0 and standard deviation 1.";
    type Params = NoParams;
    type Fit = MomentsFit<ZScoreState>;

    fn apply(
        _params: &NoParams,
        state: &ZScoreState,
        _timestamps: &[i64],
        values: &mut [f64],
    ) -> Result<(), StepError> {
        match (state.mean, state.std) {
            (Some(mean), _) if state.constant => kernel::standardize(values, mean, 1.0),
            (Some(mean), Some(std)) => kernel::standardize(values, mean, std),
            _ => values.fill(f64::NAN),
        }
        Ok(())
    }

    fn examples() -> Vec<Example> {
        const N: f64 = f64::NAN;
        vec![
            Example::column("{}", &[0.0, 0.0, N, 0.0, 0.0, 10.0], &[-0.5, -0.5, N, -0.5, -0.5, 2.0]),
            Example::column("{}", &[1e9 + 1.0, 1e9 + 3.0], &[-1.0, 1.0]),
            Example::column("{}", &[0.1, 0.1, 0.1, N], &[0.0, 0.0, 0.0, N]),
            Example::column("{}", &[-1e308, 1e308], &[-1.0, 1.0]),
            Example::column("{}", &[N, N], &[N, N]),
        ]
    }
}
