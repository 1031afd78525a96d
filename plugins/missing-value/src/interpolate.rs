//! `interpolate`: along the line between the neighbours.

use fettle_sdk::fit::NoFit;
use fettle_sdk::{Behaviour, Example, Kind, StepError, Transform};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::interpolate::{interpolate, rows_between};
use crate::limits::Limits;

/// pandas' `interpolate("linear")`, and by time.
pub struct Interpolate;

/// The parameters of `interpolate`.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct InterpolateParams {
    /// Whether rows are equally far apart (`position`) or as far as their timestamps say (`time`).
    basis: Basis,
    /// Whether a gap at the beginning stays (`none`) or takes the first value (`fill`). One at the end takes the last
    /// value either way.
    edges: Edges,
    /// Fills at most so many cells of a gap: its first ones, or the last ones of a gap at the beginning. Without it,
    /// all.
    #[schemars(range(min = 1))]
    limit: Option<u32>,
    /// Leaves a gap of more cells than this missing as a whole. Without it, no gap is too long.
    #[schemars(range(min = 1))]
    max_gap: Option<u32>,
}

/// What distances are measured in.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum Basis {
    /// Rows.
    #[default]
    Position,
    /// Time.
    Time,
}

/// What becomes of a gap at the beginning.
#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum Edges {
    /// It stays.
    #[default]
    None,
    /// It takes the first value.
    Fill,
}

impl Transform for Interpolate {
    const KIND: Kind = Kind::MissingValue;
    const NAME: &'static str = "interpolate";
    const SUMMARY: &'static str =
        "Fills a gap along the line between its neighbours; a gap at the end takes the last value.";
    type Params = InterpolateParams;
    type Fit = NoFit<InterpolateParams>;

    fn behaviour(_params: &InterpolateParams) -> Behaviour {
        Behaviour { causal: false, ..Behaviour::default() }
    }

    fn apply(
        params: &InterpolateParams,
        (): &(),
        timestamps: &[i64],
        values: &mut [f64],
    ) -> Result<(), StepError> {
        let limits = Limits { limit: params.limit, max_gap: params.max_gap };
        let leading = params.edges == Edges::Fill;
        match params.basis {
            Basis::Position => interpolate(values, limits, leading, rows_between),
            Basis::Time => interpolate(values, limits, leading, |from, to| {
                timestamps[to].abs_diff(timestamps[from]) as f64
            }),
        }
        Ok(())
    }

    fn examples() -> Vec<Example> {
        const N: f64 = f64::NAN;
        let mut by_time = Example::column(r#"{"basis": "time"}"#, &[1.0, N, N, 5.0], &[1.0, 1.5, 3.0, 5.0]);
        by_time.input.timestamps = vec![0, 1_000_000_000, 4_000_000_000, 8_000_000_000];
        vec![
            Example::column("{}", &[N, 1.0, N, N, N, 9.0, N], &[N, 1.0, 3.0, 5.0, 7.0, 9.0, 9.0]),
            Example::column(r#"{"edges": "fill"}"#, &[N, N, 2.0, N, 3.0], &[2.0, 2.0, 2.0, 2.5, 3.0]),
            Example::column(r#"{"limit": 1}"#, &[0.0, N, N, N, 4.0, N, N], &[0.0, 1.0, N, N, 4.0, 4.0, N]),
            Example::column(
                r#"{"edges": "fill", "limit": 1, "max_gap": 2}"#,
                &[N, N, 1.0, N, 3.0, N, N, N],
                &[N, 1.0, 1.0, 2.0, 3.0, N, N, N],
            ),
            by_time,
        ]
    }
}
