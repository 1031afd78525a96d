//! Mistakes in what is learnt.

use fettle_sdk::fit::{Fit, Fitted};
use fettle_sdk::{Kind, NoParams, StepError, Transform};
use serde::{Deserialize, Serialize};

/// What is taken off each value.
#[derive(Debug, Deserialize, Serialize)]
pub struct Level {
    level: f64,
}

/// Declares a method that takes off a level which `Fit` learns.
macro_rules! levelling {
    ($(#[$doc:meta])+ $method:ident, $name:literal, $fit:ty) => {
        $(#[$doc])+
        pub struct $method;

        impl Transform for $method {
            const KIND: Kind = Kind::Outlier;
            const NAME: &'static str = $name;
            const SUMMARY: &'static str = "Takes off a level.";
            type Params = NoParams;
            type Fit = $fit;

            fn apply(_: &NoParams, state: &Level, _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
                values.iter_mut().for_each(|value| *value -= state.level);
                Ok(())
            }
        }
    };
}

levelling! {
    /// Adds up in f64, so that the last bits depend on the cuts.
    AddsInF64, "adds_in_f64", PlainMean
}

levelling! {
    /// Takes the mean of two means, whatever they are means of.
    MeanOfMeans, "mean_of_means", HalfwayMean
}

levelling! {
    /// Keeps all values until the end.
    KeepsAll, "keeps_all", Hoarded
}

fn present(values: &[f64]) -> impl Iterator<Item = f64> {
    values.iter().copied().filter(|value| !value.is_nan())
}

fn done(level: f64) -> Result<Fitted<(), Level>, StepError> {
    Ok(Fitted::Done(Level { level: if level.is_finite() { level } else { 0.0 } }))
}

/// Count and sum.
pub struct PlainMean;

impl Fit for PlainMean {
    type Params = NoParams;
    type Summary = (u64, f64);
    type Round = ();
    type State = Level;

    fn summarize(_: &NoParams, _: Option<&()>, values: &[f64]) -> (u64, f64) {
        present(values).fold((0, 0.0), |(count, sum), value| (count + 1, sum + value))
    }

    fn merge(_: &NoParams, _: Option<&()>, left: (u64, f64), right: (u64, f64)) -> (u64, f64) {
        (left.0 + right.0, left.1 + right.1)
    }

    fn fit(_: &NoParams, _: Option<&()>, (count, sum): (u64, f64)) -> Result<Fitted<(), Level>, StepError> {
        done(sum / count as f64)
    }
}

/// The mean of means.
pub struct HalfwayMean;

impl Fit for HalfwayMean {
    type Params = NoParams;
    type Summary = Option<f64>;
    type Round = ();
    type State = Level;

    fn summarize(_: &NoParams, _: Option<&()>, values: &[f64]) -> Option<f64> {
        let count = present(values).count();
        (count > 0).then(|| present(values).sum::<f64>() / count as f64)
    }

    fn merge(_: &NoParams, _: Option<&()>, left: Option<f64>, right: Option<f64>) -> Option<f64> {
        match (left, right) {
            (Some(left), Some(right)) => Some(f64::midpoint(left, right)),
            (left, right) => left.or(right),
        }
    }

    fn fit(_: &NoParams, _: Option<&()>, mean: Option<f64>) -> Result<Fitted<(), Level>, StepError> {
        done(mean.unwrap_or(0.0))
    }
}

/// The median of all values, which are all kept.
pub struct Hoarded;

impl Fit for Hoarded {
    type Params = NoParams;
    type Summary = Vec<f64>;
    type Round = ();
    type State = Level;

    fn summarize(_: &NoParams, _: Option<&()>, values: &[f64]) -> Vec<f64> {
        present(values).collect()
    }

    fn merge(_: &NoParams, _: Option<&()>, left: Vec<f64>, right: Vec<f64>) -> Vec<f64> {
        [left, right].concat()
    }

    fn fit(_: &NoParams, _: Option<&()>, mut values: Vec<f64>) -> Result<Fitted<(), Level>, StepError> {
        values.sort_by(f64::total_cmp);
        done(values.get(values.len() / 2).copied().unwrap_or(0.0))
    }
}
