//! A window's features are the same bits alone, beside other windows, in a frame of its rows alone, and whatever other
//! rows hold.

use std::sync::Arc;

use fettle_frame::{Frame, Signal, Window};
use fettle_steps::Step;

use super::{Property, Shrinks, Trial, Trouble, broken_if, survival};
use crate::case::Case;
use crate::compare;
use crate::generate::disturbed;
use crate::subject::Subject;

pub(super) fn trial() -> Trial {
    Trial {
        property: Property::OwnWindow,
        cases: survival::rows,
        holds: depends_on_its_rows_alone,
        shrinks: Shrinks { rows_from: 1, ..Shrinks::ALL },
    }
}

fn depends_on_its_rows_alone(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    let step = subject.step(case)?;
    let all = compute(&step, &case.frame, &case.windows)?;
    for (index, &window) in case.windows.iter().enumerate() {
        let Window { start, end } = window;
        let due: Vec<Signal> = all
            .iter()
            .map(|feature| Signal { name: feature.name.clone(), values: vec![feature.values[index]] })
            .collect();
        let elsewhere = disturbed(&case.frame, |row| row < start || row >= end);
        let own = case.frame.slice(start..end);
        let whole = Window { start: 0, end: end - start };
        for (placed, found) in [
            ("without the other windows", compute(&step, &case.frame, &[window])?),
            ("with other rows changed", compute(&step, &elsewhere, &[window])?),
            ("with no other rows", compute(&step, &own, &[whole])?),
        ] {
            let problem = compare::signals(&found, &due);
            broken_if(problem.map(|problem| {
                let problem = problem.replacen("value 0 of ", "", 1);
                format!("of the window [{start}, {end}), {placed}, {problem}")
            }))?;
        }
    }
    Ok(())
}

fn compute(step: &Step, frame: &Frame, windows: &[Window]) -> Result<Vec<Signal>, Trouble> {
    Ok(step.compute(&Arc::new(frame.clone()), windows)?.0)
}
