//! `forward_fill` and `backward_fill`: with the neighbour's value.

use fettle_sdk::fit::NoFit;
use fettle_sdk::{Behaviour, Example, Kind, StepError, Transform};

use crate::kernel::fill;
use crate::limits::Limits;

/// pandas' `ffill`.
pub struct ForwardFill;

/// pandas' `bfill`.
pub struct BackwardFill;

const N: f64 = f64::NAN;

impl Transform for ForwardFill {
    const KIND: Kind = Kind::MissingValue;
    const NAME: &'static str = "forward_fill";
    const SUMMARY: &'static str = "Fills a gap with the value before it; a gap at the beginning stays.";
    type Params = Limits;
    type Fit = NoFit<Limits>;

    fn behaviour(params: &Limits) -> Behaviour {
        params.behaviour()
    }

    fn apply(params: &Limits, (): &(), _timestamps: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        fill::forward(values, *params);
        Ok(())
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::column("{}", &[N, 1.0, N, N, 4.0, N], &[N, 1.0, 1.0, 1.0, 4.0, 4.0]),
            Example::column(r#"{"limit": 1}"#, &[1.0, N, N, 4.0, N, N], &[1.0, 1.0, N, 4.0, 4.0, N]),
            Example::column(r#"{"max_gap": 1}"#, &[1.0, N, N, 4.0, N, 6.0], &[1.0, N, N, 4.0, 4.0, 6.0]),
        ]
    }
}

impl Transform for BackwardFill {
    const KIND: Kind = Kind::MissingValue;
    const NAME: &'static str = "backward_fill";
    const SUMMARY: &'static str = "Fills a gap with the value after it; a gap at the end stays.";
    type Params = Limits;
    type Fit = NoFit<Limits>;

    fn behaviour(_params: &Limits) -> Behaviour {
        Behaviour { causal: false, ..Behaviour::default() }
    }

    fn apply(params: &Limits, (): &(), _timestamps: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        fill::backward(values, *params);
        Ok(())
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::column("{}", &[N, 1.0, N, N, 4.0, N], &[1.0, 1.0, 4.0, 4.0, 4.0, N]),
            Example::column(r#"{"limit": 1}"#, &[N, N, 3.0, N, N, 6.0], &[N, 3.0, 3.0, N, 6.0, 6.0]),
            Example::column(r#"{"max_gap": 1}"#, &[N, 2.0, N, N, 5.0], &[2.0, 2.0, N, N, 5.0]),
        ]
    }
}
