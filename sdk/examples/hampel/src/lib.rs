//! A Hampel filter: a cell far from the median of its neighbourhood is an outlier.
//!
//! How far is far follows from the neighbourhood itself: so many times its median absolute deviation, scaled to the
//! standard deviation of normal data. A level that drifts or jumps is followed, which bounds over the whole column
//! cannot do.

mod neighbourhood;

use fettle_sdk::fit::NoFit;
use fettle_sdk::{Behaviour, Example, Kind, StepError, Transform, export};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::neighbourhood::Neighbourhood;

/// For normal data the standard deviation is so many times the median absolute deviation: 1 / Φ⁻¹(3/4).
const NORMAL: f64 = 1.482_602_218_505_602;

/// The method.
pub struct Hampel;

/// The parameters of `hampel`.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// How many rows before and after a cell are its neighbourhood; fewer at both ends.
    #[schemars(range(min = 1, max = 10_000))]
    half_width: u32,
    /// How many standard deviations from the median a cell may be.
    #[schemars(range(min = 0.0))]
    threshold: f64,
    /// Whether an outlier takes the median of its neighbourhood (`median`) or becomes missing (`missing`).
    action: Action,
}

/// What becomes of an outlier.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It takes the median of its neighbourhood.
    #[default]
    Median,
    /// It becomes missing.
    Missing,
}

impl Default for Params {
    fn default() -> Self {
        Self { half_width: 3, threshold: 3.0, action: Action::Median }
    }
}

impl Transform for Hampel {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "hampel";
    const SUMMARY: &'static str = "Treats cells far from the median of the rows around them.";
    type Params = Params;
    type Fit = NoFit<Params>;

    fn behaviour(_params: &Params) -> Behaviour {
        // Half of a neighbourhood comes later.
        Behaviour { causal: false, ..Behaviour::default() }
    }

    fn apply(params: &Params, (): &(), _timestamps: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        let before = values.to_vec();
        let half = params.half_width as usize;
        let mut around = Neighbourhood::default();
        before.iter().take(half).for_each(|&value| around.insert(value));
        for (row, value) in values.iter_mut().enumerate() {
            if let Some(&entering) = before.get(row + half) {
                around.insert(entering);
            }
            if let Some(&leaving) = row.checked_sub(half + 1).and_then(|left| before.get(left)) {
                around.remove(leaving);
            }
            let Some(median) = around.median() else { continue };
            // A missing cell is NaN, and not beyond anything.
            if (*value - median).abs() > params.threshold * NORMAL * around.deviation(median) {
                *value = match params.action {
                    Action::Median => median,
                    Action::Missing => f64::NAN,
                };
            }
        }
        Ok(())
    }

    fn examples() -> Vec<Example> {
        const N: f64 = f64::NAN;
        vec![
            // The level jumps, and stays; one cell does not.
            Example::column(
                r#"{"half_width": 2}"#,
                &[1.0, 2.0, 1.0, 90.0, 2.0, 1.0, 50.0, 51.0, 50.0, 52.0],
                &[1.0, 2.0, 1.0, 2.0, 2.0, 1.0, 50.0, 51.0, 50.0, 52.0],
            ),
            Example::column(
                r#"{"half_width": 2, "action": "missing"}"#,
                &[0.0, 0.0, N, 7.0, 0.0, 0.0],
                &[0.0, 0.0, N, N, 0.0, 0.0],
            ),
            Example::column("{}", &[N, N], &[N, N]),
        ]
    }
}

export!(transform, "hampel", [Hampel]);

#[cfg(test)]
mod tests {
    use fettle_sdk::testing::{column, replay_transform, run};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_come_out() {
        replay_transform::<Plugin>();
    }

    fn filtered(params: &str, values: &[f64]) -> Vec<f64> {
        run::<Plugin>("hampel", params, &column(values)).unwrap().columns.remove(0).values
    }

    fn median(mut values: Vec<f64>) -> f64 {
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
    }

    /// The definition, cell by cell.
    fn by_definition(half: usize, threshold: f64, values: &[f64]) -> Vec<f64> {
        let cell = |row: usize| {
            let around = &values[row.saturating_sub(half)..(row + half + 1).min(values.len())];
            let present: Vec<f64> = around.iter().copied().filter(|value| !value.is_nan()).collect();
            if present.is_empty() || values[row].is_nan() {
                return values[row];
            }
            let middle = median(present.clone());
            let deviation = median(present.iter().map(|value| (value - middle).abs()).collect());
            let far = (values[row] - middle).abs() > threshold * NORMAL * deviation;
            if far { middle } else { values[row] }
        };
        (0..values.len()).map(cell).collect()
    }

    #[test]
    fn a_lone_spike_among_equal_cells_is_an_outlier() {
        assert_eq!(filtered("{}", &[5.0, 5.0, 5.0, 6.0, 5.0, 5.0, 5.0])[3], 5.0);
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            values in prop::collection::vec(
                prop_oneof![6 => (-20i32..20).prop_map(f64::from), 2 => -1e3..1e3, 1 => Just(f64::NAN)],
                0..60,
            ),
            half in 1usize..8,
            threshold in prop_oneof![Just(0.0), Just(1.0), Just(3.0)],
        ) {
            let found = filtered(&format!(r#"{{"half_width": {half}, "threshold": {threshold:?}}}"#), &values);
            let due = by_definition(half, threshold, &values);
            let same = |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan();
            prop_assert!(found.iter().zip(&due).all(same), "{found:?} instead of {due:?}");
        }
    }
}
