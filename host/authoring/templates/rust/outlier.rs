//! An outlier plugin: cells that stick out of their neighbours become missing.

use fettle_sdk::fit::NoFit;
use fettle_sdk::{Behaviour, Example, Kind, StepError, Transform, export};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The method. A plugin may have several; `export!` below lists them.
pub struct Spikes;

/// Parameters: clients read these comments, and the limits are checked before the method is called.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// How far above or below both neighbours a cell has to be, in the signal's unit.
    #[schemars(range(min = 0.0))]
    height: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self { height: 10.0 }
    }
}

impl Transform for Spikes {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "{{method}}";
    const SUMMARY: &'static str = "Makes single cells missing that stick out of their neighbours.";
    type Params = Params;
    type Fit = NoFit<Params>;

    fn behaviour(_params: &Params) -> Behaviour {
        // A row's result depends on the row after it.
        Behaviour { causal: false, ..Behaviour::default() }
    }

    fn apply(params: &Params, (): &(), _timestamps: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        let before = values.to_vec();
        for (value, three) in values.iter_mut().skip(1).zip(before.windows(3)) {
            // A missing cell is NaN, and every comparison with it is false.
            let (left, right) = (three[1] - three[0], three[1] - three[2]);
            let above = left > params.height && right > params.height;
            let below = left < -params.height && right < -params.height;
            if above || below {
                *value = f64::NAN;
            }
        }
        Ok(())
    }

    /// Cases that the host replays before it lets the plugin in.
    fn examples() -> Vec<Example> {
        const N: f64 = f64::NAN;
        vec![
            Example::column("{}", &[1.0, 2.0, 50.0, 3.0, -30.0, 4.0], &[1.0, 2.0, N, 3.0, N, 4.0]),
            Example::column(r#"{"height": 0.5}"#, &[1.0, 2.0, N, 9.0, 1.0], &[1.0, 2.0, N, 9.0, 1.0]),
        ]
    }
}

export!(transform, "{{name}}", [Spikes]);

#[cfg(test)]
mod tests {
    use fettle_sdk::testing::{column, replay_transform, run};

    use super::*;

    #[test]
    fn the_examples_come_out() {
        replay_transform::<Plugin>();
    }

    #[test]
    fn a_step_is_no_spike() {
        let input = column(&[0.0, 0.0, 100.0, 100.0]);
        let changed = run::<Plugin>("{{method}}", r#"{"height": 1}"#, &input).unwrap();
        assert_eq!(changed.columns[0].values, input.columns[0].values);
    }
}
