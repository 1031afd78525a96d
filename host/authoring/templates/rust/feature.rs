//! A feature plugin: how much of a window lies above a level.

use fettle_sdk::features::{each_window, names_with};
use fettle_sdk::testing::{column, frame, windows};
use fettle_sdk::{Features, FeaturesCase, Frame, StepError, Window, export};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The method. A plugin may have several; `export!` below lists them.
pub struct ShareAbove;

/// Parameters: clients read these comments, and the limits are checked before the method is called.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// The level, in the signal's unit.
    level: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self { level: 0.0 }
    }
}

impl Features for ShareAbove {
    const NAME: &'static str = "{{method}}";
    const SUMMARY: &'static str = "The fraction of a window's present cells that lie above a level.";
    type Params = Params;

    /// One feature a signal; its name follows from the parameters and the signal's name alone.
    fn names(_params: &Params, columns: &[String]) -> Vec<String> {
        names_with("{{method}}", columns)
    }

    fn compute(params: &Params, frame: &Frame, windows: &[Window]) -> Result<Vec<Vec<f64>>, StepError> {
        Ok(each_window(frame, windows, |cells| {
            let present = cells.iter().filter(|cell| !cell.is_nan()).count();
            let above = cells.iter().filter(|cell| **cell > params.level).count();
            // 0 / 0 is NaN: a window without a value has no such feature.
            above as f64 / present as f64
        }))
    }

    /// Cases that the host replays before it lets the plugin in.
    fn examples() -> Vec<FeaturesCase> {
        const N: f64 = f64::NAN;
        vec![FeaturesCase {
            params: r#"{"level": 2}"#,
            input: column(&[1.0, 2.0, 3.0, 4.0, N, N]),
            windows: windows(&[(0, 4), (2, 6), (4, 6)]),
            output: frame(&[("x_{{method}}", &[0.5, 1.0, N])]).columns,
        }]
    }
}

export!(features, "{{name}}", [ShareAbove]);

#[cfg(test)]
mod tests {
    use fettle_sdk::testing::{compute, replay_features};

    use super::*;

    #[test]
    fn the_examples_come_out() {
        replay_features::<Plugin>();
    }

    #[test]
    fn a_cell_at_the_level_is_not_above_it() {
        let input = column(&[0.0, 1.0]);
        let features = compute::<Plugin>("{{method}}", "{}", &input, &windows(&[(0, 2)])).unwrap();
        assert_eq!(features[0].values, [0.5]);
    }
}
