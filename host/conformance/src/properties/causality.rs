//! What claims to be causal depends on a row and earlier ones alone, given the state: whatever comes later, or nothing,
//! results up to a row stay what they are. A window counts as soon as there is a row behind it.

use std::sync::Arc;

use fettle_frame::{Frame, Window};
use fettle_steps::{Kind, Step};

use super::{Property, Shrinks, Trial, Trouble, broken_if, survival};
use crate::case::Case;
use crate::compare;
use crate::generate::{Random, disturbed};
use crate::subject::Subject;

pub(super) fn trial() -> Trial {
    Trial {
        property: Property::Causality,
        cases,
        holds: untouched_by_later_rows,
        shrinks: Shrinks { rows_from: 1, ..Shrinks::ALL },
    }
}

fn cases(subject: &Subject<'_>, random: &mut Random, most: usize) -> Vec<Case> {
    let mut cases = survival::rows(subject, random, 2 * most);
    for case in &mut cases {
        case.row = Some(random.below(case.frame.rows()));
    }
    cases
}

fn untouched_by_later_rows(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    let step = subject.step(case)?;
    if !step.traits().causal {
        return Err(Trouble::NotClaimed);
    }
    let row = case.row.unwrap_or(0);
    let cut = case.frame.slice(0..row + 1);
    let changed = disturbed(&case.frame, |later| later > row);
    for (what, other) in [("cut off", cut), ("changed", changed)] {
        let problem = match subject.kind() {
            Kind::Window => planned(&step, &case.frame, &other, row)?,
            _ => applied(&step, &case.frame, &other, row)?,
        };
        broken_if(problem.map(|problem| format!("with the rows after row {row} {what}, {problem}")))?;
    }
    Ok(())
}

fn applied(step: &Step, frame: &Frame, other: &Frame, row: usize) -> Result<Option<String>, Trouble> {
    let whole = Arc::new(frame.clone());
    let state = step.fit(&[Arc::clone(&whole)])?;
    let until = frame.timestamps[row];
    let due = up_to(&step.apply(&state, &whole)?.frame, until);
    let found = up_to(&step.apply(&state, &Arc::new(other.clone()))?.frame, until);
    Ok(compare::frames(&found, &due))
}

/// The rows not later than `until`.
fn up_to(frame: &Frame, until: i64) -> Frame {
    frame.slice(0..frame.timestamps.partition_point(|&time| time <= until))
}

fn planned(step: &Step, frame: &Frame, other: &Frame, row: usize) -> Result<Option<String>, Trouble> {
    let complete = |windows: Vec<Window>| -> Vec<Window> {
        windows.into_iter().filter(|window| window.end <= row).collect()
    };
    let due = complete(step.plan(frame)?);
    let found = complete(step.plan(other)?);
    Ok(compare::windows(&found, &due).map(|problem| format!("of those that end by it, {problem}")))
}
