//! Exact quantiles in bounded memory, in as few rounds over the data as it takes.
//!
//! In the first round, few values are kept as they are. Of many, a part keeps only its own quantiles. Where there was
//! one part, that is the end. Where there were several, a quantile of the whole lies between the smallest and the
//! largest of theirs, and further rounds narrow that range down. What comes out is exact, so neither cuts nor order of
//! the data matter.

mod narrowing;
mod selection;

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::narrowing::{InRange, Narrowing};
use super::{Extremes, Fit, Fitted};
use crate::StepError;
use crate::params::Params;

/// Up to so many values of one part are kept as they are.
const FEW: usize = 1_024;
/// Up to so many values of several parts are kept together: at eight bytes each, far below the 1 MiB of a summary.
const KEPT: usize = 32_768;

/// Quantiles of the present cells of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantiles {
    /// How many cells are present.
    pub count: u64,
    /// The smallest and the largest of them.
    pub extremes: Extremes,
    /// A quantile for each probability that was asked for; empty where no cell is present.
    pub quantiles: Vec<Quantile>,
}

/// A place between two neighbours among the sorted cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The neighbour below, or the cell itself.
    pub low: f64,
    /// The neighbour above.
    pub high: f64,
    /// How far the place is from `low` to `high`, 0 ≤ weight < 1.
    pub weight: f64,
}

/// A state that follows from quantiles.
pub trait FromQuantiles: Serialize + DeserializeOwned {
    /// The method's parameters.
    type Params: Params;

    /// The state where it follows from the parameters alone; then nothing is fitted.
    fn known(_params: &Self::Params) -> Option<Self> {
        None
    }

    /// Which quantiles are wanted, each from 0 to 1.
    fn probabilities(params: &Self::Params) -> Vec<f64>;

    /// The state of a column.
    fn from_quantiles(params: &Self::Params, quantiles: Quantiles) -> Self;
}

/// Fits such a state: in one round over a column that comes in one part, in three as a rule over one in many.
pub struct QuantilesFit<S>(PhantomData<S>);

/// What is kept of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum QuantilesSummary {
    /// In the first round.
    First {
        /// How many cells are present.
        count: u64,
        /// The smallest and the largest of them.
        extremes: Extremes,
        /// What is known of the others.
        seen: Seen,
    },
    /// In further rounds, for each range that they look into.
    Further(Vec<InRange>),
}

/// What the first round keeps of the cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Seen {
    /// All of them.
    All(Vec<f64>),
    /// The two neighbours of each quantile of all of them.
    Neighbours(Vec<(f64, f64)>),
    /// Between what each quantile of all of them lies, as far as the quantiles of parts tell.
    Between(Vec<(f64, f64)>),
}

/// What a further round has to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantilesRound {
    count: u64,
    extremes: Extremes,
    narrowing: Narrowing,
}

impl Quantile {
    /// The value there, as numpy's method `linear` has it.
    pub fn linear(self) -> f64 {
        let Self { low, high, weight } = self;
        let step = high - low;
        if !step.is_finite() {
            // Numpy overflows here; the two products do not.
            return low * (1.0 - weight) + high * weight;
        }
        if weight < 0.5 { low + step * weight } else { high - step * (1.0 - weight) }
    }

    /// The value there if it is a cell, else the middle of the neighbours: the median as everybody has it.
    pub fn midpoint(self) -> f64 {
        if self.weight == 0.0 { self.low } else { f64::midpoint(self.low, self.high) }
    }
}

impl QuantilesSummary {
    /// What one part of a column adds to this round.
    pub fn of(probabilities: &[f64], round: Option<&QuantilesRound>, values: &[f64]) -> Self {
        if let Some(round) = round {
            return Self::Further(round.narrowing.look(values));
        }
        let count = values.iter().map(|value| usize::from(!value.is_nan())).sum();
        let seen = if count <= FEW {
            // Adding zero makes −0 into 0: which of them comes first would be a matter of order.
            Seen::All(values.iter().filter(|value| !value.is_nan()).map(|value| value + 0.0).collect())
        } else {
            Seen::Neighbours(neighbours(values, count, probabilities))
        };
        Self::First { count: count as u64, extremes: Extremes::of(values), seen }
    }

    /// Two parts of the same round as one.
    pub fn merge(probabilities: &[f64], round: Option<&QuantilesRound>, left: Self, right: Self) -> Self {
        match (left, right, round) {
            (Self::Further(left), Self::Further(right), Some(round)) => {
                Self::Further(round.narrowing.merge(left, right))
            }
            (
                Self::First { count, extremes, seen },
                Self::First { count: count_right, extremes: extremes_right, seen: seen_right },
                _,
            ) => Self::First {
                count: count + count_right,
                extremes: extremes.merge(extremes_right),
                seen: Seen::merge(probabilities, seen, seen_right),
            },
            _ => unreachable!("the SDK hands out summaries with the round that they were made in"),
        }
    }

    /// The quantiles of the whole, or the next round.
    pub fn fit(
        self,
        probabilities: &[f64],
        round: Option<&QuantilesRound>,
    ) -> Fitted<QuantilesRound, Quantiles> {
        match (self, round) {
            (Self::First { count, extremes, seen }, _) => match seen {
                Seen::All(values) if values.is_empty() => {
                    Fitted::Done(Quantiles { count, extremes, quantiles: Vec::new() })
                }
                Seen::All(values) => {
                    let found = neighbours(&values, values.len(), probabilities);
                    Fitted::Done(quantiles(count, extremes, probabilities, &found))
                }
                Seen::Neighbours(found) => Fitted::Done(quantiles(count, extremes, probabilities, &found)),
                Seen::Between(ends) => {
                    let ranks: Vec<[u64; 2]> =
                        probabilities.iter().map(|&probability| ranks(count, probability)).collect();
                    Fitted::Again(QuantilesRound {
                        count,
                        extremes,
                        narrowing: Narrowing::new(&ends, &ranks),
                    })
                }
            },
            (Self::Further(found), Some(&QuantilesRound { count, extremes, ref narrowing })) => {
                match narrowing.narrow(found) {
                    Ok(found) => Fitted::Done(quantiles(count, extremes, probabilities, &found)),
                    Err(narrowing) => Fitted::Again(QuantilesRound { count, extremes, narrowing }),
                }
            }
            (Self::Further(_), None) => unreachable!("the first round makes no such summary"),
        }
    }
}

impl Seen {
    fn merge(probabilities: &[f64], left: Self, right: Self) -> Self {
        match (left, right) {
            (Seen::All(none), seen) | (seen, Seen::All(none)) if none.is_empty() => seen,
            (Seen::All(mut left), Seen::All(right)) => {
                left.extend(right);
                if left.len() <= KEPT {
                    return Seen::All(left);
                }
                Seen::Neighbours(neighbours(&left, left.len(), probabilities))
            }
            (left, right) => {
                let (left, right) = (left.ends(probabilities), right.ends(probabilities));
                // At least a share p of each part lies at or below its upper neighbour, so at least a share p of the
                // whole lies at or below the largest of these; likewise from below.
                let both = left.into_iter().zip(right);
                Seen::Between(both.map(|(left, right)| (left.0.min(right.0), left.1.max(right.1))).collect())
            }
        }
    }

    fn ends(self, probabilities: &[f64]) -> Vec<(f64, f64)> {
        match self {
            Seen::All(values) => neighbours(&values, values.len(), probabilities),
            Seen::Neighbours(ends) | Seen::Between(ends) => ends,
        }
    }
}

/// The ranks, from 0, of the neighbours of a quantile among `count` cells.
fn ranks(count: u64, probability: f64) -> [u64; 2] {
    let last = count.saturating_sub(1);
    let low = (probability * last as f64).floor() as u64;
    [low, (low + 1).min(last)]
}

/// The neighbours of each quantile of the `count` present ones of `values`, which are at least one.
fn neighbours(values: &[f64], count: usize, probabilities: &[f64]) -> Vec<(f64, f64)> {
    let ranks: Vec<[usize; 2]> = probabilities
        .iter()
        .map(|&probability| ranks(count as u64, probability).map(|rank| rank as usize))
        .collect();
    selection::pairs(values, count, &ranks)
}

fn quantiles(count: u64, extremes: Extremes, probabilities: &[f64], found: &[(f64, f64)]) -> Quantiles {
    let place = |(&probability, &(low, high)): (&f64, &(f64, f64))| {
        let position = probability * (count - 1) as f64;
        Quantile { low, high, weight: position - position.floor() }
    };
    Quantiles { count, extremes, quantiles: probabilities.iter().zip(found).map(place).collect() }
}

impl<S: FromQuantiles> Fit for QuantilesFit<S> {
    type Params = S::Params;
    type Summary = QuantilesSummary;
    type Round = QuantilesRound;
    type State = S;

    fn known(params: &S::Params) -> Option<S> {
        S::known(params)
    }

    fn summarize(params: &S::Params, round: Option<&QuantilesRound>, values: &[f64]) -> QuantilesSummary {
        QuantilesSummary::of(&S::probabilities(params), round, values)
    }

    fn merge(
        params: &S::Params,
        round: Option<&QuantilesRound>,
        left: QuantilesSummary,
        right: QuantilesSummary,
    ) -> QuantilesSummary {
        QuantilesSummary::merge(&S::probabilities(params), round, left, right)
    }

    fn fit(
        params: &S::Params,
        round: Option<&QuantilesRound>,
        summary: QuantilesSummary,
    ) -> Result<Fitted<QuantilesRound, S>, StepError> {
        Ok(match summary.fit(&S::probabilities(params), round) {
            Fitted::Done(quantiles) => Fitted::Done(S::from_quantiles(params, quantiles)),
            Fitted::Again(next) => Fitted::Again(next),
        })
    }
}

#[cfg(test)]
mod tests;
