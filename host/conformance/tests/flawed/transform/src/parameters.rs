//! Mistakes in parameters.

use fettle_sdk::fit::NoFit;
use fettle_sdk::{Kind, StepError, Transform};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Forgets to refuse unknown parameters, so that a misspelt one goes unnoticed.
pub struct TakesAnything;

/// The parameters of `takes_anything`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
pub struct Lax {
    /// What is added.
    offset: f64,
}

impl Default for Lax {
    fn default() -> Self {
        Self { offset: 1.0 }
    }
}

impl Transform for TakesAnything {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "takes_anything";
    const SUMMARY: &'static str = "Adds an offset.";
    type Params = Lax;
    type Fit = NoFit<Lax>;

    fn apply(params: &Lax, (): &(), _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        values.iter_mut().for_each(|value| *value += params.offset);
        Ok(())
    }
}

/// Turns percent into a fraction each time that it resolves.
pub struct ResolvesFurther;

/// The parameters of `resolves_further`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Percent {
    /// Of each value, how much is left.
    left: f64,
}

impl Default for Percent {
    fn default() -> Self {
        Self { left: 50.0 }
    }
}

impl Transform for ResolvesFurther {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "resolves_further";
    const SUMMARY: &'static str = "Leaves a part of each value.";
    type Params = Percent;
    type Fit = NoFit<Percent>;

    fn resolve(params: Percent) -> Percent {
        Percent { left: params.left / 100.0 }
    }

    fn apply(params: &Percent, (): &(), _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        values.iter_mut().for_each(|value| *value *= params.left);
        Ok(())
    }
}

/// Divides by a parameter that may be 0.
pub struct EveryNth;

/// The parameters of `every_nth`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nth {
    /// Of so many cells, one becomes missing.
    n: u32,
}

impl Default for Nth {
    fn default() -> Self {
        Self { n: 10 }
    }
}

impl Transform for EveryNth {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "every_nth";
    const SUMMARY: &'static str = "Takes out every nth cell.";
    type Params = Nth;
    type Fit = NoFit<Nth>;

    fn apply(params: &Nth, (): &(), _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        for (row, value) in (0u32..).zip(values) {
            let place = row % params.n;
            if place == 0 {
                *value = f64::NAN;
            }
        }
        Ok(())
    }
}
