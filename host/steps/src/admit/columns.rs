//! A method that says `scope: column` must not see other columns: they run in any order, on any thread, and alone when a
//! column is served that was trained beside others. On the plugin's own examples, columns together must be what each is
//! alone, bit for bit.

use std::sync::Arc;

use fettle_frame::{Frame, Signal, Window};

use super::examples::first_difference;
use crate::{AdmissionError, Scope, State, Step, StepError};

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
    in_one_call(step, &frame, &apart[0].0)
}

/// As the host never does it, which shows what the method would make of the others. It need not take them.
fn in_one_call(step: &Step, frame: &Frame, state: &State) -> Result<(), AdmissionError> {
    let state = state.text(Some(&frame.signals[0].name)).unwrap_or_default();
    let Ok(together) = step.calls()?.apply(state, frame) else { return Ok(()) };
    if together.columns.len() != frame.signals.len() || together.kept.is_some() {
        return Ok(());
    }
    for (column, found) in together.columns.iter().enumerate() {
        let Ok(alone) = step.calls()?.apply(state, &alone(frame, column)) else { return Ok(()) };
        one_call(step, first_difference(std::slice::from_ref(found), &alone.columns))?;
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
    beside(step, first_difference(&together, &apart))?;
    // A plugin need not take several columns in one call.
    let Ok(mut together) = step.calls()?.compute(&frame, windows) else { return Ok(()) };
    for found in together.iter_mut().flat_map(|feature| &mut feature.values) {
        if found.is_infinite() {
            *found = f64::NAN;
        }
    }
    for due in &apart {
        if let Some(found) = together.iter().find(|found| found.name == due.name) {
            one_call(step, first_difference(std::slice::from_ref(found), std::slice::from_ref(due)))?;
        }
    }
    Ok(())
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
    differs(step, "beside other columns", difference)
}

fn one_call(step: &Step, difference: Option<String>) -> Result<(), AdmissionError> {
    differs(step, "in one call with other columns", difference)
}

fn differs(step: &Step, when: &str, difference: Option<String>) -> Result<(), AdmissionError> {
    match difference {
        None => Ok(()),
        Some(difference) => Err(AdmissionError::Scope {
            method: step.method().to_owned(),
            problem: format!("{when}, {difference}"),
        }),
    }
}
