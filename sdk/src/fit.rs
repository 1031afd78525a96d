//! Fitting: what a method learns from a column before it is applied.
//!
//! A fit is a mergeable aggregate: each part of the data is summarized on its own, summaries are merged, and the
//! merged one gives the state, or asks for another round over the data. An author writes it for one column; the SDK
//! does the rest, for a column alone or for all columns of a frame together. A state that follows from extremes, from
//! mean and variance or from quantiles needs no [`Fit`] of its own: [`ExtremesFit`], [`MomentsFit`] and [`QuantilesFit`]
//! make it of [`FromExtremes`], [`FromMoments`] and [`FromQuantiles`].

mod block_sum;
mod exact_sum;
mod extremes;
mod moments;
mod quantiles;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::params::Params;
use crate::{Column, Fitting, StepError};

pub use exact_sum::ExactSum;
pub use extremes::{Extremes, ExtremesFit, FromExtremes};
pub use moments::{FromMoments, Moments, MomentsFit, MomentsRound, MomentsSummary};
pub use quantiles::{FromQuantiles, Quantile, Quantiles, QuantilesFit, QuantilesRound, QuantilesSummary};

/// How a method learns its state from the present and missing cells of one column.
pub trait Fit {
    /// The method's parameters.
    type Params: Params;
    /// What is kept of a part of the data: at most 1 MiB, however many rows.
    type Summary: Serialize + DeserializeOwned;
    /// What a further round has to know; the first has `None`.
    type Round: Serialize + DeserializeOwned;
    /// What [`Transform::apply`](crate::Transform::apply) is given. Stored with a dataset as JSON and read by people.
    type State: Serialize + DeserializeOwned;

    /// The state where it follows from the parameters alone; then nothing is fitted.
    fn known(_params: &Self::Params) -> Option<Self::State> {
        None
    }

    /// What one part of a column, missing cells being NaN, adds to this round. A part may be empty.
    fn summarize(params: &Self::Params, round: Option<&Self::Round>, values: &[f64]) -> Self::Summary;

    /// Two parts as one. What `fit` makes of the whole in the end must not depend on how the data was cut.
    fn merge(
        params: &Self::Params,
        round: Option<&Self::Round>,
        left: Self::Summary,
        right: Self::Summary,
    ) -> Self::Summary;

    /// The state of the whole, or the next round.
    fn fit(
        params: &Self::Params,
        round: Option<&Self::Round>,
        summary: Self::Summary,
    ) -> Result<Fitted<Self::Round, Self::State>, StepError>;
}

/// What a round ends with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fitted<R, S> {
    /// The state.
    Done(S),
    /// Another round over the data is wanted.
    Again(R),
}

impl<R, S> Fitted<R, S> {
    fn again(&self) -> Option<&R> {
        match self {
            Fitted::Again(round) => Some(round),
            Fitted::Done(_) => None,
        }
    }
}

/// For methods that learn nothing.
pub struct NoFit<P>(std::marker::PhantomData<P>);

impl<P: Params> Fit for NoFit<P> {
    type Params = P;
    type Summary = ();
    type Round = ();
    type State = ();

    fn known(_params: &P) -> Option<()> {
        Some(())
    }

    fn summarize(_params: &P, _round: Option<&()>, _values: &[f64]) {}

    fn merge(_params: &P, _round: Option<&()>, _left: (), _right: ()) {}

    fn fit(_params: &P, _round: Option<&()>, _summary: ()) -> Result<Fitted<(), ()>, StepError> {
        Ok(Fitted::Done(()))
    }
}

/// A column's place in a round: further rounds pass over columns that have their state. The state travels as JSON,
/// because what people write for JSON (skipped fields, tags) does not survive every binary format.
type Progress<R> = Fitted<R, String>;

/// A part's summary of each column by name; `None` once a column has its state.
type Summaries<S> = Vec<(String, Option<S>)>;

pub(crate) fn summarize<F: Fit>(
    params: &F::Params,
    round: &[u8],
    columns: &[Column],
) -> Result<Vec<u8>, StepError> {
    let rounds: Vec<Progress<F::Round>> = decode_round(round)?;
    let summaries: Summaries<F::Summary> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let summary = match rounds.get(index) {
                None => Some(F::summarize(params, None, &column.values)),
                Some(Fitted::Again(round)) => Some(F::summarize(params, Some(round), &column.values)),
                Some(Fitted::Done(_)) => None,
            };
            (column.name.clone(), summary)
        })
        .collect();
    encode(&summaries)
}

pub(crate) fn merge<F: Fit>(
    params: &F::Params,
    round: &[u8],
    parts: &[Vec<u8>],
) -> Result<Vec<u8>, StepError> {
    let rounds: Vec<Progress<F::Round>> = decode_round(round)?;
    let mut merged: Option<Summaries<F::Summary>> = None;
    for part in parts {
        let part: Summaries<F::Summary> = decode(part)?;
        merged = Some(match merged {
            None => part,
            Some(whole) => whole
                .into_iter()
                .zip(part)
                .enumerate()
                .map(|(index, ((name, left), (_, right)))| {
                    let round = rounds.get(index).and_then(Progress::again);
                    (name, left.zip(right).map(|(left, right)| F::merge(params, round, left, right)))
                })
                .collect(),
        });
    }
    encode(&merged.unwrap_or_default())
}

/// The states by column as JSON where all are there: of one column alone, or as an object by name for a frame.
pub(crate) fn fit<F: Fit>(
    params: &F::Params,
    round: &[u8],
    summary: &[u8],
    whole_frame: bool,
) -> Result<Fitting, StepError> {
    let rounds: Vec<Progress<F::Round>> = decode_round(round)?;
    let summaries: Summaries<F::Summary> = decode(summary)?;
    let mut names = Vec::with_capacity(summaries.len());
    let mut next = Vec::with_capacity(summaries.len());
    let mut rounds = rounds.into_iter();
    for (name, summary) in summaries {
        let fitted = match (rounds.next(), summary) {
            (Some(Fitted::Done(state)), _) => Fitted::Done(state),
            (Some(Fitted::Again(round)), Some(summary)) => as_json(F::fit(params, Some(&round), summary)?)?,
            (None, Some(summary)) => as_json(F::fit(params, None, summary)?)?,
            (_, None) => return Err(StepError::Failed(format!("no summary of column `{name}`"))),
        };
        names.push(name);
        next.push(fitted);
    }
    if next.iter().any(|fitted| matches!(fitted, Fitted::Again(_))) {
        return Ok(Fitting::Again(encode(&next)?));
    }
    let states = next.into_iter().filter_map(|fitted| match fitted {
        Fitted::Done(state) => Some(state),
        Fitted::Again(_) => None,
    });
    Ok(Fitting::Done(if whole_frame { object(names.iter().zip(states)) } else { states.collect() }))
}

/// The state of each of `columns`, in their order.
pub(crate) fn states<F: Fit>(
    params: &F::Params,
    state: &str,
    columns: &[Column],
    whole_frame: bool,
) -> Result<Vec<F::State>, StepError> {
    if F::known(params).is_some() {
        return Ok(columns.iter().filter_map(|_| F::known(params)).collect());
    }
    if !whole_frame {
        return columns.iter().map(|_| parse_state(state)).collect();
    }
    let by_name: serde_json::Map<String, serde_json::Value> = parse_state(state)?;
    columns
        .iter()
        .map(|Column { name, .. }| {
            let state =
                by_name.get(name).ok_or_else(|| StepError::Failed(format!("no state for `{name}`")))?;
            serde_json::from_value(state.clone()).map_err(|error| bad_state(&error))
        })
        .collect()
}

fn as_json<R, S: Serialize>(fitted: Fitted<R, S>) -> Result<Progress<R>, StepError> {
    Ok(match fitted {
        Fitted::Again(round) => Fitted::Again(round),
        Fitted::Done(state) => Fitted::Done(
            serde_json::to_string(&state).map_err(|error| StepError::Failed(format!("a state: {error}")))?,
        ),
    })
}

/// A JSON object of values that are JSON already, in the order of the columns.
fn object<'a>(entries: impl Iterator<Item = (&'a String, String)>) -> String {
    let fields: Vec<String> =
        entries.map(|(name, state)| format!("{}:{state}", serde_json::Value::from(name.as_str()))).collect();
    format!("{{{}}}", fields.join(","))
}

fn parse_state<T: DeserializeOwned>(state: &str) -> Result<T, StepError> {
    serde_json::from_str(state).map_err(|error| bad_state(&error))
}

fn bad_state(error: &serde_json::Error) -> StepError {
    StepError::Failed(format!("the state is not one of this method: {error}"))
}

fn decode_round<T: DeserializeOwned>(round: &[u8]) -> Result<Vec<T>, StepError> {
    if round.is_empty() { Ok(Vec::new()) } else { decode(round) }
}

fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, StepError> {
    postcard::to_stdvec(value).map_err(|error| StepError::Failed(format!("a summary: {error}")))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StepError> {
    postcard::from_bytes(bytes)
        .map_err(|error| StepError::Failed(format!("not a summary of this method: {error}")))
}
