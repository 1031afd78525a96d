//! A method of scope column sees no other column: alone and beside others, as the host runs them; and in one call with
//! them, which the host never makes and admission does not ask about. What comes out otherwise there has most likely
//! forgotten to say that it is of scope frame, and would be wrong in silence.

use std::sync::Arc;

use fettle_frame::{Frame, Signal};
use fettle_steps::{Kind, Scope, Step};

use super::repetition::state_text;
use super::{Property, Shrinks, Trial, Trouble, broken_if, survival};
use crate::case::Case;
use crate::compare;
use crate::subject::{Subject, alone};

pub(super) fn trial() -> Trial {
    Trial {
        property: Property::ColumnsAlone,
        cases: survival::rows,
        holds: alone_as_together,
        shrinks: Shrinks { rows_from: 1, ..Shrinks::ALL },
    }
}

fn alone_as_together(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    let step = subject.step(case)?;
    if step.traits().scope == Scope::Frame {
        return Err(Trouble::NotClaimed);
    }
    match subject.kind() {
        Kind::Feature => {
            features_beside_others(&step, case)?;
            features_in_one_call(&step, case)
        }
        _ => {
            beside_others(&step, case)?;
            in_one_call(&step, case)
        }
    }
}

const BESIDE: &str = "beside the other columns, ";
const ONE_CALL: &str = "its scope is column, yet in one call with the other columns ";

fn told(placed: &str, problem: Option<String>) -> Result<(), Trouble> {
    broken_if(problem.map(|problem| format!("{placed}{problem}")))
}

fn beside_others(step: &Step, case: &Case) -> Result<(), Trouble> {
    let (states, together) = step.fit_apply(&Arc::new(case.frame.clone()))?;
    for (column, signal) in together.frame.signals.iter().enumerate() {
        let (state, applied) = step.fit_apply(&Arc::new(alone(&case.frame, column)))?;
        told(BESIDE, compare::signals(std::slice::from_ref(signal), &applied.frame.signals))?;
        let (beside, own) = (state_text(&states, column), state_text(&state, 0));
        if beside != own {
            let name = &signal.name;
            return told(BESIDE, Some(format!("the state of `{name}` is {beside} instead of {own}")));
        }
    }
    // In another order, too.
    let mut reversed: Frame = case.frame.clone();
    reversed.signals.reverse();
    let (_, applied) = step.fit_apply(&Arc::new(reversed))?;
    let mut signals = applied.frame.signals;
    signals.reverse();
    told("with the columns in reverse order, ", compare::signals(&signals, &together.frame.signals))
}

fn in_one_call(step: &Step, case: &Case) -> Result<(), Trouble> {
    let columns = case.frame.signals.len();
    if columns < 2 {
        return Ok(());
    }
    // With the state of the first column, whatever it makes of the others: the same for all calls.
    let state = state_text(&step.fit(&[Arc::new(alone(&case.frame, 0))])?, 0);
    // A plugin need not take several columns, so an error or fewer of them say nothing.
    let Ok(together) = step.calls()?.apply(&state, &case.frame) else { return Ok(()) };
    if together.columns.len() != columns || together.kept.is_some() {
        return Ok(());
    }
    for (column, found) in together.columns.iter().enumerate() {
        let Ok(alone) = step.calls()?.apply(&state, &alone(&case.frame, column)) else { return Ok(()) };
        told(ONE_CALL, compare::signals(std::slice::from_ref(found), &alone.columns))?;
    }
    Ok(())
}

fn features_beside_others(step: &Step, case: &Case) -> Result<(), Trouble> {
    let (together, _) = step.compute(&Arc::new(case.frame.clone()), &case.windows)?;
    let mut apart: Vec<Signal> = Vec::new();
    for column in 0..case.frame.signals.len() {
        apart.extend(step.compute(&Arc::new(alone(&case.frame, column)), &case.windows)?.0);
    }
    told(BESIDE, compare::signals(&together, &apart))
}

fn features_in_one_call(step: &Step, case: &Case) -> Result<(), Trouble> {
    let columns = case.frame.signals.len();
    if columns < 2 {
        return Ok(());
    }
    let Ok(together) = step.calls()?.compute(&case.frame, &case.windows) else { return Ok(()) };
    for column in 0..columns {
        let alone = step.calls()?.compute(&alone(&case.frame, column), &case.windows)?;
        for due in &alone {
            let Some(found) = together.iter().find(|found| found.name == due.name) else { continue };
            told(ONE_CALL, compare::signal(found, due))?;
        }
    }
    Ok(())
}
