//! A normalize plugin: values as fractions of the largest that was seen.

use fettle_sdk::fit::{Extremes, ExtremesFit, FromExtremes};
use fettle_sdk::{Example, Kind, StepError, Transform, export};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The method. A plugin may have several; `export!` below lists them.
pub struct LargestIsOne;

/// Parameters: clients read these comments, and the limits are checked before the method is called.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// What the largest magnitude becomes.
    #[schemars(range(min = 1e-9))]
    largest: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self { largest: 1.0 }
    }
}

/// What is learnt of a column: kept with a dataset as JSON, and applied to new data.
#[derive(Debug, Deserialize, Serialize)]
pub struct State {
    /// The largest magnitude; `None` where there is nothing to divide by.
    magnitude: Option<f64>,
}

/// How it is learnt: [`ExtremesFit`] finds the smallest and the largest cell, however the data is cut into parts.
impl FromExtremes for State {
    type Params = Params;

    fn from_extremes(_params: &Params, found: Extremes) -> Self {
        let magnitude = found.min.zip(found.max).map(|(min, max)| min.abs().max(max.abs()));
        Self { magnitude: magnitude.filter(|magnitude| *magnitude > 0.0) }
    }
}

impl Transform for LargestIsOne {
    const KIND: Kind = Kind::Normalize;
    const NAME: &'static str = "{{method}}";
    const SUMMARY: &'static str = "Divides by the largest magnitude.";
    type Params = Params;
    type Fit = ExtremesFit<State>;

    fn apply(params: &Params, state: &State, _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        let Some(magnitude) = state.magnitude else { return Ok(()) };
        for value in values {
            // Divided first: the quotient is never too large, as the product might be.
            *value = *value / magnitude * params.largest;
        }
        Ok(())
    }

    /// Cases that the host replays before it lets the plugin in.
    fn examples() -> Vec<Example> {
        const N: f64 = f64::NAN;
        vec![
            Example::column("{}", &[2.0, -4.0, N, 1.0], &[0.5, -1.0, N, 0.25]),
            Example::column(r#"{"largest": 100}"#, &[0.5, 0.25], &[100.0, 50.0]),
            Example::column("{}", &[0.0, N], &[0.0, N]),
        ]
    }
}

export!(transform, "{{name}}", [LargestIsOne]);

#[cfg(test)]
mod tests {
    use fettle_sdk::testing::{column, fit, replay_transform};

    use super::*;

    #[test]
    fn the_examples_come_out() {
        replay_transform::<Plugin>();
    }

    #[test]
    fn the_state_of_parts_is_that_of_the_whole() {
        let whole = fit::<Plugin>("{{method}}", "{}", &[column(&[1.0, -8.0, 3.0])]).unwrap();
        let parts = fit::<Plugin>("{{method}}", "{}", &[column(&[1.0]), column(&[]), column(&[-8.0, 3.0])]);
        assert_eq!(parts.unwrap(), whole);
        assert_eq!(whole, r#"{"magnitude":8.0}"#);
    }
}
