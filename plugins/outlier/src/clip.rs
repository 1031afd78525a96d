//! `clip`: beyond two quantiles, or beyond bounds that the request gives.

use fettle_sdk::fit::{FromQuantiles, Quantiles, QuantilesFit};
use fettle_sdk::{Behaviour, Example, Frame, Kind, ParamError, StepError, Transform, param_error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::action::{Action, rows_within};
use crate::bounds::Bounds;

const LOWER: f64 = 0.01;
const UPPER: f64 = 0.99;

/// pandas' `clip`, at quantiles or at given bounds.
pub struct Clip;

/// The parameters of `clip`: either quantiles or absolute bounds.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClipParams {
    /// The quantile that is the lower bound, from 0 to 1; 0.01 unless absolute bounds are given.
    #[schemars(range(min = 0.0, max = 1.0), extend("default" = LOWER))]
    lower: Option<f64>,
    /// The quantile that is the upper bound, from 0 to 1; 0.99 unless absolute bounds are given.
    #[schemars(range(min = 0.0, max = 1.0), extend("default" = UPPER))]
    upper: Option<f64>,
    /// An absolute lower bound, in the unit of the signal. With it or `max` nothing is learnt from data.
    min: Option<f64>,
    /// An absolute upper bound, in the unit of the signal.
    max: Option<f64>,
    /// Whether a cell beyond the bounds is pulled to the bound (`clip`), becomes missing (`missing`), or its row goes
    /// (`drop`).
    action: Action,
    /// Runs the missing-value step once more over cells that became missing; only with the action `missing`.
    refill: bool,
}

impl ClipParams {
    fn absolute(&self) -> bool {
        self.min.is_some() || self.max.is_some()
    }

    fn quantiles(&self) -> (f64, f64) {
        (self.lower.unwrap_or(LOWER), self.upper.unwrap_or(UPPER))
    }
}

impl FromQuantiles for Bounds {
    type Params = ClipParams;

    fn known(params: &ClipParams) -> Option<Self> {
        params.absolute().then_some(Self { lower: params.min, upper: params.max, degenerate: false })
    }

    fn probabilities(params: &ClipParams) -> Vec<f64> {
        let (lower, upper) = params.quantiles();
        vec![lower, upper]
    }

    fn from_quantiles(_params: &ClipParams, found: Quantiles) -> Self {
        let [lower, upper] = found.quantiles[..] else { return Bounds::NONE };
        Bounds::learnt(lower.linear(), upper.linear(), found.extremes.differ())
    }
}

impl Transform for Clip {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "clip";
    const SUMMARY: &'static str = "Treats cells beyond two quantiles, or beyond given bounds.";
    type Params = ClipParams;
    type Fit = QuantilesFit<Bounds>;

    fn behaviour(params: &ClipParams) -> Behaviour {
        params.action.behaviour()
    }

    fn check(params: &ClipParams) -> Vec<ParamError> {
        let mut errors = params.action.check_refill(params.refill);
        let quantiles = [("lower", params.lower), ("upper", params.upper)];
        let bounds = [("min", params.min), ("max", params.max)];
        for (quantile, _) in quantiles.iter().filter(|(_, value)| value.is_some()) {
            for (bound, _) in bounds.iter().filter(|(_, value)| value.is_some()) {
                let both = format!("the quantile `{quantile}` and the bound `{bound}` cannot both be given");
                errors.push(param_error(&format!("/{quantile}"), both));
            }
        }
        let (lower, upper) = params.quantiles();
        if !params.absolute() && lower >= upper {
            let path = if params.lower.is_some() { "/lower" } else { "/upper" };
            errors.push(param_error(
                path,
                format!("the quantile `lower` ({lower}) is not below `upper` ({upper})"),
            ));
        }
        if let (Some(min), Some(max)) = (params.min, params.max)
            && min >= max
        {
            errors.push(param_error("/min", format!("the bound `min` ({min}) is not below `max` ({max})")));
        }
        errors
    }

    fn resolve(params: ClipParams) -> ClipParams {
        if params.absolute() {
            return params;
        }
        let (lower, upper) = params.quantiles();
        ClipParams { lower: Some(lower), upper: Some(upper), ..params }
    }

    fn apply(params: &ClipParams, state: &Bounds, _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        params.action.apply(*state, values);
        Ok(())
    }

    fn keep(_params: &ClipParams, states: &[Bounds], frame: &Frame) -> Result<Vec<u32>, StepError> {
        Ok(rows_within(states.iter().copied(), frame))
    }

    fn examples() -> Vec<Example> {
        const N: f64 = f64::NAN;
        vec![
            Example::column(
                r#"{"lower": 0.25, "upper": 0.75}"#,
                &[1.0, 2.0, N, 3.0, 4.0, 5.0],
                &[2.0, 2.0, N, 3.0, 4.0, 4.0],
            ),
            Example::column(
                r#"{"lower": 0, "upper": 0.5, "action": "missing"}"#,
                &[1.0, 2.0, 9.0],
                &[1.0, 2.0, N],
            ),
            Example::column(r#"{"min": 0}"#, &[-1.0, 0.0, N, 1e308], &[0.0, 0.0, N, 1e308]),
            Example::frame(
                r#"{"min": 0, "max": 1, "action": "drop"}"#,
                &[("a", &[0.5, 2.0, N]), ("b", &[1.0, 1.0, 0.0])],
                &[("a", &[0.5, N]), ("b", &[1.0, 0.0])],
            )
            .keeping(&[0, 2]),
            Example::column("{}", &[N, N], &[N, N]),
        ]
    }
}
