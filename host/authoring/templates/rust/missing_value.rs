//! A missing-value plugin: a gap takes the value before it, for a while.

use fettle_sdk::cells::seconds_between;
use fettle_sdk::fit::NoFit;
use fettle_sdk::{Example, Kind, StepError, Transform, export};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The method. A plugin may have several; `export!` below lists them.
pub struct Hold;

/// Parameters: clients read these comments, and the limits are checked before the method is called.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// How many seconds a value holds good.
    #[schemars(range(min = 0.0))]
    seconds: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self { seconds: 60.0 }
    }
}

impl Transform for Hold {
    const KIND: Kind = Kind::MissingValue;
    const NAME: &'static str = "{{method}}";
    const SUMMARY: &'static str = "Fills missing cells with the value before, as long as it is not too old.";
    type Params = Params;
    type Fit = NoFit<Params>;

    fn apply(params: &Params, (): &(), timestamps: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        // The time and the value of the last cell that is present.
        let mut last: Option<(i64, f64)> = None;
        for (&time, value) in timestamps.iter().zip(values) {
            if !value.is_nan() {
                last = Some((time, *value));
            } else if let Some((seen, held)) = last
                && seconds_between(seen, time) <= params.seconds
            {
                *value = held;
            }
        }
        Ok(())
    }

    /// Cases that the host replays before it lets the plugin in.
    fn examples() -> Vec<Example> {
        const N: f64 = f64::NAN;
        vec![
            Example::column("{}", &[N, 1.0, N, N, 4.0], &[N, 1.0, 1.0, 1.0, 4.0]),
            Example::column(r#"{"seconds": 1}"#, &[1.0, N, N, 4.0], &[1.0, 1.0, N, 4.0]),
        ]
    }
}

export!(transform, "{{name}}", [Hold]);

#[cfg(test)]
mod tests {
    use fettle_sdk::testing::{column, replay_transform, run};

    use super::*;

    #[test]
    fn the_examples_come_out() {
        replay_transform::<Plugin>();
    }

    #[test]
    fn a_value_is_not_held_over_a_pause() {
        let mut input = column(&[5.0, f64::NAN]);
        input.timestamps[1] = 3_600_000_000_000;
        let changed = run::<Plugin>("{{method}}", "{}", &input).unwrap();
        assert!(changed.columns[0].values[1].is_nan());
    }
}
