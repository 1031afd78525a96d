//! Fitting over data that comes part by part, as often as a method asks for it.

use std::sync::Arc;

use fettle_frame::Frame;
use serde_json::value::RawValue;

use super::readable::Readable;
use super::{Step, columns_of, load, size};
use crate::bindings::transform::exports::fettle::step::transform::Fitting as Answer;
use crate::bindings::transform::fettle::step::types as wit;
use crate::guest::Guest;
use crate::{State, StepError};

/// More rounds over the data are a fault of the plugin.
const MAX_ROUNDS: usize = 16;

/// Bytes of a summary, merged or not, of what a further round is told, and of the state, for each column.
const MAX_BYTES: usize = 1 << 20;

/// A round of fitting under way. What is held is a summary for each column, whatever the rows.
#[derive(Debug)]
pub struct Fitting {
    step: Step,
    /// The names of the columns; what they have learnt stands in `learning`. One for all where the method sees frames.
    columns: Vec<String>,
    learning: Vec<Learning>,
}

/// What a round of fitting came to.
#[derive(Debug)]
pub enum Fitted {
    /// The state.
    State(State),
    /// All of the data has to be seen once more, in the same parts.
    Again(Fitting),
}

impl Step {
    /// Begins to fit on frames with these columns; `None` where there is nothing to fit.
    pub fn fitting(&self, columns: &[&str]) -> Option<Fitting> {
        let learning = if self.whole_frame() { 1 } else { columns.len() };
        self.traits.fitted.then(|| Fitting {
            step: self.clone(),
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            learning: vec![Learning::default(); learning],
        })
    }
}

impl Fitting {
    /// Takes in the next part of the data. After an error the fitting is of no more use. Runs guest code.
    pub fn add(&mut self, part: &Arc<Frame>) -> Result<(), StepError> {
        let step = self.step.clone();
        step.on_data(|| {
            if step.whole_frame() {
                return self.learning[0].add(&step, &mut step.guest()?, part, None);
            }
            let (own, before) = (step.clone(), Arc::new(std::mem::take(&mut self.learning)));
            self.learning = step.each_column(part, move |guest, part, column| {
                let mut learning = before[column].clone();
                learning.add(&own, guest, part, Some(column))?;
                Ok(learning)
            })?;
            Ok(())
        })
    }

    /// Ends the round, for which at least one part was taken in. Runs guest code.
    pub fn end_round(self) -> Result<Fitted, StepError> {
        let step = self.step.clone();
        step.on_data(|| self.round_ended())
    }

    fn round_ended(mut self) -> Result<Fitted, StepError> {
        let mut guest = self.step.guest()?;
        let mut states = Vec::with_capacity(self.learning.len());
        for learning in &mut self.learning {
            states.extend(learning.end_round(&self.step, &mut guest)?);
        }
        drop(guest);
        if states.len() < self.learning.len() {
            return Ok(Fitted::Again(self));
        }
        Ok(Fitted::State(match states.pop() {
            Some(state) if self.step.whole_frame() => State::Frame(state),
            last => {
                states.extend(last);
                State::Columns(self.columns.into_iter().zip(states).collect())
            }
        }))
    }
}

/// What one column, or a whole frame, has come to so far.
#[derive(Debug, Default, Clone)]
pub(super) struct Learning {
    rounds: usize,
    /// Bytes that a summary, what a round is told, and the state may have.
    limit: usize,
    /// What the method wanted to know in this round.
    round: Vec<u8>,
    /// The parts of this round, merged.
    summary: Option<Vec<u8>>,
    state: Option<Box<RawValue>>,
}

impl Learning {
    /// Takes in a part, which goes behind those before it: the order of the data is the order of merging.
    pub(super) fn add(
        &mut self,
        step: &Step,
        guest: &mut Guest<'_>,
        part: &Frame,
        column: Option<usize>,
    ) -> Result<(), StepError> {
        if self.state.is_some() {
            return Ok(());
        }
        let columns = columns_of(part, column);
        self.limit = MAX_BYTES * columns.len().max(1);
        let frame = wit::FrameParam { timestamps: &part.timestamps, columns: &columns };
        let (method, params) = (step.method.as_str(), step.traits.params.as_str());
        let summary = guest.ask(load(part.rows(), columns.len()), |exports, store| {
            exports.transform()?.call_summarize(store, method, params, &self.round, frame)
        })?;
        check_size(guest, "a summary", summary.len(), self.limit)?;
        self.summary = Some(match self.summary.take() {
            None => summary,
            Some(before) => {
                let both = [before.as_slice(), summary.as_slice()];
                let merged = guest.ask(size(before.len() + summary.len()), |exports, store| {
                    exports.transform()?.call_merge(store, method, params, &self.round, &both)
                })?;
                check_size(guest, "a merged summary", merged.len(), self.limit)?;
                merged
            }
        });
        Ok(())
    }

    /// Ends a round; the state, if that was the last.
    pub(super) fn end_round(
        &mut self,
        step: &Step,
        guest: &mut Guest<'_>,
    ) -> Result<Option<Box<RawValue>>, StepError> {
        let Some(summary) = self.summary.take() else { return Ok(self.state.clone()) };
        let answer = guest.ask(size(summary.len()), |exports, store| {
            exports.transform()?.call_fit(store, &step.method, &step.traits.params, &self.round, &summary)
        })?;
        self.rounds += 1;
        match answer {
            Answer::Done(state) => {
                check_size(guest, "a state", state.len(), self.limit)?;
                // What nests too deep, or has numbers beyond an f64, could be stored and never be read.
                let readable = serde_json::from_str::<Readable>(&state);
                let read = readable.and_then(|_| RawValue::from_string(state));
                let broken = |error| guest.broken(format!("its state is not JSON: {error}"));
                self.state = Some(read.map_err(broken)?);
            }
            Answer::Again(next) if next.is_empty() => {
                return Err(guest.broken("a further round with nothing to know for it"));
            }
            Answer::Again(_) if self.rounds == MAX_ROUNDS => {
                return Err(guest.broken(format!("no state after {MAX_ROUNDS} rounds")));
            }
            Answer::Again(next) => {
                check_size(guest, "a message to the next round", next.len(), self.limit)?;
                self.round = next;
            }
        }
        Ok(self.state.clone())
    }
}

fn check_size(guest: &Guest<'_>, what: &str, bytes: usize, limit: usize) -> Result<(), StepError> {
    if bytes <= limit {
        return Ok(());
    }
    Err(guest.broken(format!("{what} of {bytes} bytes; at most {limit} are allowed")))
}
