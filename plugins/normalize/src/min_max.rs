//! `min_max`: the smallest value to one end of a range, the largest to the other.

use fettle_sdk::fit::{Extremes, ExtremesFit, FromExtremes};
use fettle_sdk::{Example, Kind, ParamError, StepError, Transform, param_error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel;

/// scikit-learn's `MinMaxScaler`.
pub struct MinMax;

/// The parameters of `min_max`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinMaxParams {
    /// The two ends of the range that values are brought to, the lower first.
    feature_range: [f64; 2],
    /// Whether values beyond those that the range was learnt from are pulled to its ends.
    clip: bool,
}

impl Default for MinMaxParams {
    fn default() -> Self {
        Self { feature_range: [0.0, 1.0], clip: false }
    }
}

/// What is learnt of a column.
#[derive(Debug, Deserialize, Serialize)]
pub struct MinMaxState {
    /// `None` for a column without any value.
    min: Option<f64>,
    max: Option<f64>,
    /// Whether the range of the column is too small to divide by.
    constant: bool,
}

impl FromExtremes for MinMaxState {
    type Params = MinMaxParams;

    fn from_extremes(_params: &MinMaxParams, Extremes { min, max }: Extremes) -> Self {
        // scikit-learn's bound, which is absolute.
        let constant = min.zip(max).is_some_and(|(min, max)| max - min < 10.0 * f64::EPSILON);
        Self { min, max, constant }
    }
}

impl Transform for MinMax {
    const KIND: Kind = Kind::Normalize;
    const NAME: &'static str = "min_max";
    const SUMMARY: &'static str =
        "Brings the smallest value to one end of a range and the largest to the other.";
    type Params = MinMaxParams;
    type Fit = ExtremesFit<MinMaxState>;

    fn check(params: &MinMaxParams) -> Vec<ParamError> {
        let [low, high] = params.feature_range;
        let wrong = if low >= high {
            format!("the first end ({low}) is not below the second ({high})")
        } else if !(high - low).is_finite() {
            format!("from {low} to {high} is too far for a 64-bit number")
        } else {
            return Vec::new();
        };
        vec![param_error("/feature_range", wrong)]
    }

    fn apply(
        params: &MinMaxParams,
        state: &MinMaxState,
        _timestamps: &[i64],
        values: &mut [f64],
    ) -> Result<(), StepError> {
        let (Some(min), Some(max)) = (state.min, state.max) else {
            values.fill(f64::NAN);
            return Ok(());
        };
        let [low, high] = params.feature_range;
        if state.constant {
            kernel::standardize(values, min, 1.0);
        } else {
            kernel::between(values, min, max);
        }
        kernel::stretch(values, low, high);
        if params.clip {
            kernel::clip(values, low, high);
        }
        Ok(())
    }

    fn examples() -> Vec<Example> {
        const N: f64 = f64::NAN;
        vec![
            Example::column("{}", &[2.0, N, 3.0, 6.0], &[0.0, N, 0.25, 1.0]),
            Example::column(r#"{"feature_range": [-1, 1]}"#, &[2.0, 3.0, 6.0], &[-1.0, -0.5, 1.0]),
            Example::column(r#"{"feature_range": [2, 4], "clip": true}"#, &[0.0, N, 8.0], &[2.0, N, 4.0]),
            // A constant comes to the lower end.
            Example::column(r#"{"feature_range": [5, 7]}"#, &[0.1, 0.1, N], &[5.0, 5.0, N]),
            Example::column("{}", &[-1e308, 0.0, 1e308], &[0.0, 0.5, 1.0]),
            Example::column("{}", &[N, N], &[N, N]),
        ]
    }
}
