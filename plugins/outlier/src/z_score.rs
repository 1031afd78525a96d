//! `z_score`: away from the mean by a multiple of the standard deviation.

use fettle_sdk::fit::{FromMoments, Moments, MomentsFit};
use fettle_sdk::{Behaviour, Example, Frame, Kind, ParamError, StepError, Transform};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::action::{Action, rows_within};
use crate::bounds::{Bounds, beyond};

/// Mean ± t·std.
pub struct ZScore;

/// The parameters of `z_score`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ZScoreParams {
    /// How many standard deviations below and above the mean the bounds lie.
    #[schemars(range(min = 0.0))]
    threshold: f64,
    /// Degrees of freedom taken off the count of cells in the standard deviation: 0 as in numpy, 1 as in pandas.
    ddof: u32,
    /// Whether a cell beyond the bounds is pulled to the bound (`clip`), becomes missing (`missing`), or its row goes
    /// (`drop`).
    action: Action,
    /// Runs the missing-value step once more over cells that became missing; only with the action `missing`.
    refill: bool,
}

impl Default for ZScoreParams {
    fn default() -> Self {
        Self { threshold: 3.0, ddof: 0, action: Action::default(), refill: false }
    }
}

/// What is learnt of a column.
#[derive(Debug, Deserialize, Serialize)]
pub struct ZScoreState {
    #[serde(flatten)]
    bounds: Bounds,
    mean: Option<f64>,
    /// `None` for a column of no more than `ddof` values.
    std: Option<f64>,
}

impl FromMoments for ZScoreState {
    type Params = ZScoreParams;

    fn from_moments(params: &ZScoreParams, found: Moments) -> Self {
        let (mean, std) = (found.mean, found.std(u64::from(params.ddof)).filter(|std| std.is_finite()));
        let bounds = mean.zip(std).map_or(Bounds::NONE, |(mean, std)| {
            let lower = beyond(mean, -params.threshold, 0.0, std);
            let upper = beyond(mean, params.threshold, 0.0, std);
            Bounds::learnt(lower, upper, std > 0.0)
        });
        Self { bounds, mean, std }
    }
}

impl Transform for ZScore {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "z_score";
    const SUMMARY: &'static str = "Treats cells many standard deviations away from the mean.";
    type Params = ZScoreParams;
    type Fit = MomentsFit<ZScoreState>;

    fn behaviour(params: &ZScoreParams) -> Behaviour {
        params.action.behaviour()
    }

    fn check(params: &ZScoreParams) -> Vec<ParamError> {
        params.action.check_refill(params.refill)
    }

    fn apply(
        params: &ZScoreParams,
        state: &ZScoreState,
        _timestamps: &[i64],
        values: &mut [f64],
    ) -> Result<(), StepError> {
        params.action.apply(state.bounds, values);
        Ok(())
    }

    fn keep(_params: &ZScoreParams, states: &[ZScoreState], frame: &Frame) -> Result<Vec<u32>, StepError> {
        Ok(rows_within(states.iter().map(|state| state.bounds), frame))
    }

    fn examples() -> Vec<Example> {
        const N: f64 = f64::NAN;
        vec![
            // Mean 2, standard deviation 4, bounds −4 and 8.
            Example::column(
                r#"{"threshold": 1.5}"#,
                &[0.0, 0.0, 0.0, N, 0.0, 10.0],
                &[0.0, 0.0, 0.0, N, 0.0, 8.0],
            ),
            Example::column(
                r#"{"threshold": 1.5, "action": "missing"}"#,
                &[0.0, 0.0, 0.0, 0.0, 10.0],
                &[0.0, 0.0, 0.0, 0.0, N],
            ),
            // With one degree of freedom taken off, mean 4 and standard deviation 3.
            Example::column(r#"{"threshold": 1, "ddof": 1}"#, &[1.0, 4.0, 7.0, N], &[1.0, 4.0, 7.0, N]),
            Example::frame(
                r#"{"threshold": 1.5, "action": "drop"}"#,
                &[("a", &[0.0, 0.0, 0.0, 0.0, 10.0]), ("b", &[1.0, 1.0, N, 1.0, 1.0])],
                &[("a", &[0.0, 0.0, 0.0, 0.0]), ("b", &[1.0, 1.0, N, 1.0])],
            )
            .keeping(&[0, 1, 2, 3]),
            Example::column("{}", &[N, N], &[N, N]),
        ]
    }
}
