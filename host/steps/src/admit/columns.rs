//! A method that says `scope: column` is only ever given one column at a time, but the columns of a request follow one
//! another in one instance, in any order, on any thread, and a column is served alone that was trained beside others. On
//! the plugin's own examples, columns together must be what each is alone in a fresh instance, bit for bit.

use std::sync::Arc;

use fettle_frame::{Frame, Signal, Window};

use super::examples::first_difference;
use crate::{AdmissionError, Scope, Step, StepError};

/// Tries a transform method on the input of one of its examples.
pub(super) fn transform(step: &Step, input: &Frame) -> Result<(), AdmissionError> {
    if step.traits().scope == Scope::Frame || input.signals.is_empty() {
        return Ok(());
    }
    let frame = several(input);
    let count = frame.signals.len();
    let mut apart = Vec::with_capacity(count);
    for column in 0..count {
        let Some(done) = answered(step.fit_apply(&Arc::new(alone(&frame, column))))? else { return Ok(()) };
        apart.push(done);
    }
    // As the host does it: one instance for all, one after the other.
    let Some((state, together)) = answered(step.fit_apply(&Arc::new(frame.clone())))? else { return Ok(()) };
    let due: Vec<Signal> = apart.iter().flat_map(|(_, applied)| applied.frame.signals.clone()).collect();
    beside(step, first_difference(&together.frame.signals, &due))?;
    for (signal, (own, _)) in frame.signals.iter().zip(&apart) {
        let name = Some(signal.name.as_str());
        if state.text(name) != own.text(name) {
            beside(step, Some(format!("the state of `{}` is another one", signal.name)))?;
        }
    }
    Ok(())
}

/// Tries a feature method on what one of its examples takes in.
pub(super) fn features(step: &Step, input: &Frame, windows: &[Window]) -> Result<(), AdmissionError> {
    if step.traits().scope == Scope::Frame || input.signals.is_empty() {
        return Ok(());
    }
    let frame = Arc::new(several(input));
    let mut apart = Vec::new();
    for column in 0..frame.signals.len() {
        let alone = Arc::new(alone(&frame, column));
        let Some((features, _)) = answered(step.compute(&alone, windows))? else { return Ok(()) };
        apart.extend(features);
    }
    let Some((together, _)) = answered(step.compute(&frame, windows))? else { return Ok(()) };
    beside(step, first_difference(&together, &apart))
}

/// The result, unless the method does not take such data; a fault is one.
fn answered<T>(result: Result<T, StepError>) -> Result<Option<T>, StepError> {
    match result {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.fault_cause().is_some() => Err(error),
        Err(_) => Ok(None),
    }
}

/// The frame, and a second column where it has one: the first in reverse.
fn several(input: &Frame) -> Frame {
    let mut frame = input.clone();
    if let [only] = frame.signals.as_slice() {
        let values = only.values.iter().rev().map(|value| -value).collect();
        let beside = Signal { name: format!("{}_beside", only.name), values };
        frame.signals.push(beside);
    }
    frame
}

fn alone(frame: &Frame, column: usize) -> Frame {
    Frame {
        timestamps: frame.timestamps.clone(),
        signals: vec![frame.signals[column].clone()],
        labels: Vec::new(),
    }
}

fn beside(step: &Step, difference: Option<String>) -> Result<(), AdmissionError> {
    match difference {
        None => Ok(()),
        Some(difference) => Err(AdmissionError::Scope {
            method: step.method().to_owned(),
            problem: format!("beside other columns, {difference}"),
        }),
    }
}
