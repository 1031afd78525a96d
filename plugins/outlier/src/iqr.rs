//! `iqr`: beyond the quartiles by a multiple of the distance between them.

use fettle_sdk::fit::{FromQuantiles, Quantiles, QuantilesFit};
use fettle_sdk::{Behaviour, Example, Frame, Kind, ParamError, StepError, Transform};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::action::{Action, rows_within};
use crate::bounds::{Bounds, beyond};

/// Tukey's fences: Q1 − t·IQR to Q3 + t·IQR.
pub struct Iqr;

/// The parameters of `iqr`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct IqrParams {
    /// How many interquartile ranges below the first and above the third quartile the bounds lie.
    #[schemars(range(min = 0.0))]
    threshold: f64,
    /// Whether a cell beyond the bounds is pulled to the bound (`clip`), becomes missing (`missing`), or its row goes
    /// (`drop`).
    action: Action,
    /// Runs the missing-value step once more over cells that became missing; only with the action `missing`.
    refill: bool,
}

impl Default for IqrParams {
    fn default() -> Self {
        Self { threshold: 1.5, action: Action::default(), refill: false }
    }
}

/// What is learnt of a column.
#[derive(Debug, Deserialize, Serialize)]
pub struct IqrState {
    #[serde(flatten)]
    bounds: Bounds,
    q1: Option<f64>,
    q3: Option<f64>,
}

impl FromQuantiles for IqrState {
    type Params = IqrParams;

    fn probabilities(_params: &IqrParams) -> Vec<f64> {
        vec![0.25, 0.75]
    }

    fn from_quantiles(params: &IqrParams, found: Quantiles) -> Self {
        let [q1, q3] = found.quantiles[..] else {
            return Self { bounds: Bounds::NONE, q1: None, q3: None };
        };
        let (q1, q3) = (q1.linear(), q3.linear());
        let lower = beyond(q1, -params.threshold, q1, q3);
        let upper = beyond(q3, params.threshold, q1, q3);
        Self { bounds: Bounds::learnt(lower, upper, found.extremes.differ()), q1: Some(q1), q3: Some(q3) }
    }
}

impl Transform for Iqr {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "iqr";
    const SUMMARY: &'static str = "Treats cells far below the first or above the third quartile.";
    type Params = IqrParams;
    type Fit = QuantilesFit<IqrState>;

    fn behaviour(params: &IqrParams) -> Behaviour {
        params.action.behaviour()
    }

    fn check(params: &IqrParams) -> Vec<ParamError> {
        params.action.check_refill(params.refill)
    }

    fn apply(params: &IqrParams, state: &IqrState, _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        params.action.apply(state.bounds, values);
        Ok(())
    }

    fn keep(_params: &IqrParams, states: &[IqrState], frame: &Frame) -> Result<Vec<u32>, StepError> {
        Ok(rows_within(states.iter().map(|state| state.bounds), frame))
    }

    fn examples() -> Vec<Example> {
        const N: f64 = f64::NAN;
        vec![
            // Quartiles 2 and 4, bounds −1 and 7.
            Example::column("{}", &[1.0, 2.0, N, 3.0, 4.0, 50.0], &[1.0, 2.0, N, 3.0, 4.0, 7.0]),
            Example::column(
                r#"{"action": "missing"}"#,
                &[1.0, 2.0, 3.0, 4.0, -50.0],
                &[1.0, 2.0, 3.0, 4.0, N],
            ),
            Example::column(r#"{"threshold": 0}"#, &[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 2.0, 3.0, 4.0, 4.0]),
            Example::frame(
                r#"{"action": "drop"}"#,
                &[("a", &[1.0, 2.0, N, 3.0, 4.0, 50.0]), ("b", &[-50.0, 2.0, 1.0, 3.0, 4.0, 2.0])],
                &[("a", &[2.0, N, 3.0, 4.0]), ("b", &[2.0, 1.0, 3.0, 4.0])],
            )
            .keeping(&[1, 2, 3, 4]),
            // Quartiles that coincide are no bounds.
            Example::column("{}", &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9.0], &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9.0]),
            Example::column("{}", &[N, N], &[N, N]),
        ]
    }
}
