//! The same input gives the same bits, in a fresh instance and in one that has seen other data: the host hands several
//! columns to one instance.

use std::sync::Arc;

use fettle_steps::{FitAnswer, Kind, State, Step, StepError};

use super::{Property, Shrinks, Trial, Trouble, broken_if, survival};
use crate::case::Case;
use crate::compare;
use crate::generate::disturbed;
use crate::subject::{Subject, calls_of};

pub(super) fn trial() -> Trial {
    Trial {
        property: Property::Repeatable,
        cases: survival::rows,
        holds: repeatable,
        shrinks: Shrinks { rows_from: 1, ..Shrinks::ALL },
    }
}

fn repeatable(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    let step = subject.step(case)?;
    match subject.kind() {
        Kind::MissingValue | Kind::Outlier | Kind::Normalize => transformed(&step, case),
        Kind::Window => planned(&step, case),
        Kind::Feature => computed(&step, case),
    }
}

/// How a problem is told, by what came before.
const FRESH: &str = "once more in a fresh instance, ";
const USED: &str = "once more in an instance that has seen other data in between, ";

fn told(when: &str, problem: Option<String>) -> Result<(), Trouble> {
    broken_if(problem.map(|problem| format!("{when}{problem}")))
}

fn transformed(step: &Step, case: &Case) -> Result<(), Trouble> {
    let frame = Arc::new(case.frame.clone());
    let (state, applied) = step.fit_apply(&frame)?;
    let (state_again, applied_again) = step.fit_apply(&frame)?;
    told(FRESH, differing_states(&state_again, &state))?;
    told(FRESH, compare::frames(&applied_again.frame, &applied.frame))?;
    for (index, part) in calls_of(step, &case.frame).into_iter().enumerate() {
        let text = state_text(&state, index);
        let other = disturbed(&part, |_| true);
        let mut calls = step.calls()?;
        let first = calls.apply(&text, &part)?;
        passed_over(calls.apply(&text, &other))?;
        let second = calls.apply(&text, &part)?;
        told(USED, compare::signals(&second.columns, &first.columns))?;
        if step.traits().fitted {
            let first = calls.summarize(&[], &part)?;
            let fitted = calls.fit(&[], &first)?;
            let summary = calls.summarize(&[], &other)?;
            passed_over(calls.fit(&[], &summary))?;
            let again = calls.summarize(&[], &part)?;
            let refitted = calls.fit(&[], &again)?;
            if fitted != refitted {
                let problem = match (fitted, refitted) {
                    (FitAnswer::Done(before), FitAnswer::Done(after)) => {
                        format!("the state is {after} instead of {before}")
                    }
                    _ => "fitting goes on with other bytes".to_owned(),
                };
                return told(USED, Some(problem));
            }
        }
    }
    Ok(())
}

fn planned(step: &Step, case: &Case) -> Result<(), Trouble> {
    let first = step.plan(&case.frame)?;
    told(FRESH, compare::windows(&step.plan(&case.frame)?, &first))?;
    let mut data = case.frame.clone();
    if !step.reads_values()? {
        data.signals.clear();
    }
    let mut calls = step.calls()?;
    let first = calls.plan(&data)?;
    let half = disturbed(&data, |_| true).slice(0..data.rows() / 2);
    passed_over(calls.plan(&half))?;
    let second = calls.plan(&data)?;
    told(USED, (first != second).then(|| format!("the windows are {second:?} instead of {first:?}")))
}

fn computed(step: &Step, case: &Case) -> Result<(), Trouble> {
    let frame = Arc::new(case.frame.clone());
    let (first, _) = step.compute(&frame, &case.windows)?;
    let (second, _) = step.compute(&frame, &case.windows)?;
    told(FRESH, compare::signals(&second, &first))?;
    for part in calls_of(step, &case.frame) {
        let mut calls = step.calls()?;
        let first = calls.compute(&part, &case.windows)?;
        passed_over(calls.compute(&disturbed(&part, |_| true), &case.windows))?;
        let second = calls.compute(&part, &case.windows)?;
        told(USED, compare::signals(&second, &first))?;
    }
    Ok(())
}

/// An error on the data in between is no matter; after a fault the instance is of no more use.
fn passed_over<T>(result: Result<T, StepError>) -> Result<(), StepError> {
    match result {
        Err(error @ (StepError::Fault { .. } | StepError::Timeout { .. })) => Err(error),
        _ => Ok(()),
    }
}

/// What a call of the plugin gets of a state: that of one column, or that of the frame.
pub(super) fn state_text(state: &State, index: usize) -> String {
    match state {
        State::None => String::new(),
        State::Frame(state) => state.get().to_owned(),
        State::Columns(states) => {
            states.get(index).map_or_else(String::new, |(_, state)| state.get().to_owned())
        }
    }
}

/// How two states differ.
pub(super) fn differing_states(found: &State, due: &State) -> Option<String> {
    let text = |state: &State| serde_json::to_string(state).unwrap_or_default();
    let (found, due) = (text(found), text(due));
    (found != due).then(|| format!("the state is {found} instead of {due}"))
}
