//! The method `fraction_above`.

use fettle_sdk::testing::column;
use fettle_sdk::{Column, Features, FeaturesCase, Frame, StepError, Window};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The share of a window's present cells that lie above a level.
#[derive(Debug, Clone, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FractionAboveParams {
    /// Cells at the level itself lie neither above nor below it.
    pub level: f64,
    /// Whether each signal has a second column, `{signal}_below`.
    #[serde(default)]
    pub below: bool,
}

/// The share of a window's present cells that lie above a level; missing where no cell is present.
pub struct FractionAbove;

impl Features for FractionAbove {
    const NAME: &'static str = "fraction_above";
    const SUMMARY: &'static str = "The share of a window's cells that lie above a level.";
    type Params = FractionAboveParams;

    fn names(params: &FractionAboveParams, columns: &[String]) -> Vec<String> {
        let of_signal = |signal: &String| {
            let below = params.below.then(|| format!("{signal}_below"));
            [format!("{signal}_above")].into_iter().chain(below)
        };
        columns.iter().flat_map(of_signal).collect()
    }

    fn compute(
        params: &FractionAboveParams,
        frame: &Frame,
        windows: &[Window],
    ) -> Result<Vec<Vec<f64>>, StepError> {
        let of_signal = |signal: &Column| {
            let below = params.below.then(|| share(signal, windows, |cell| cell < params.level));
            [share(signal, windows, |cell| cell > params.level)].into_iter().chain(below)
        };
        Ok(frame.columns.iter().flat_map(of_signal).collect())
    }

    fn examples() -> Vec<FeaturesCase> {
        vec![FeaturesCase {
            params: r#"{"level": 2.0, "below": true}"#,
            input: column(&[1.0, 2.0, 3.0, 4.0, f64::NAN]),
            windows: vec![Window { start: 0, end: 4 }, Window { start: 4, end: 5 }],
            output: vec![named("x_above", &[0.5, f64::NAN]), named("x_below", &[0.25, f64::NAN])],
        }]
    }
}

fn share(signal: &Column, windows: &[Window], counts: impl Fn(f64) -> bool) -> Vec<f64> {
    let of_window = |window: &Window| {
        let cells = &signal.values[window.start as usize..window.end as usize];
        let present = cells.iter().filter(|cell| !cell.is_nan()).count();
        // Of no cell it is 0 / 0, which is a missing cell.
        cells.iter().filter(|cell| counts(**cell)).count() as f64 / present as f64
    };
    windows.iter().map(of_window).collect()
}

fn named(name: &str, values: &[f64]) -> Column {
    Column { name: name.to_owned(), values: values.to_vec() }
}
