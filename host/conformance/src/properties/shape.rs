//! Answers are of the shape that they must have: rows, columns, windows.

use fettle_frame::Frame;
use fettle_steps::{ApplyAnswer, Step};

use super::repetition::state_text;
use super::{Property, Shrinks, Trial, Trouble, broken_if, survival};
use crate::case::Case;
use crate::subject::{Subject, calls_of};

pub(super) fn rows_and_columns() -> Trial {
    Trial {
        property: Property::RowsAndColumns,
        cases: survival::rows_and_edges,
        holds: keeps_its_word,
        shrinks: Shrinks::ALL,
    }
}

pub(super) fn window_bounds() -> Trial {
    Trial {
        property: Property::WindowBounds,
        cases: survival::rows_and_edges,
        holds: within_bounds,
        shrinks: Shrinks::ALL,
    }
}

fn keeps_its_word(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    let step = subject.step(case)?;
    let state = step.fit(&[case.frame.clone().into()])?;
    for (index, part) in calls_of(&step, &case.frame).into_iter().enumerate() {
        let answer = step.calls()?.apply(&state_text(&state, index), &part)?;
        broken_if(misshapen(&step, &part, &answer))?;
    }
    Ok(())
}

/// What is wrong with the shape of an answer on `part`.
fn misshapen(step: &Step, part: &Frame, answer: &ApplyAnswer) -> Option<String> {
    let rows = part.rows();
    let left = match &answer.kept {
        None => rows,
        Some(kept) => {
            if !step.traits().removes_rows {
                let gone = rows.saturating_sub(kept.len());
                return Some(format!(
                    "it removes {gone} of {rows} rows, though it says that it removes none (removes_rows)"
                ));
            }
            let ascending = kept.windows(2).all(|pair| pair[0] < pair[1]);
            if !ascending || kept.last().is_some_and(|&last| last as usize >= rows) {
                return Some(format!("it keeps the rows {kept:?}: not ascending indices below {rows}"));
            }
            kept.len()
        }
    };
    let found: Vec<&str> = answer.columns.iter().map(|column| &*column.name).collect();
    let due: Vec<&str> = part.signals.iter().map(|signal| &*signal.name).collect();
    if found != due {
        return Some(format!("it hands back the columns {found:?} for {due:?}"));
    }
    let column = answer.columns.iter().find(|column| column.values.len() != left)?;
    Some(format!("it hands back {} values of `{}` for {left} rows", column.values.len(), column.name))
}

fn within_bounds(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    let step = subject.step(case)?;
    let mut data = case.frame.clone();
    if !step.reads_values()? {
        data.signals.clear();
    }
    let windows = step.calls()?.plan(&data)?;
    let rows = data.rows();
    let mut before: Option<(u32, u32)> = None;
    for &(start, end) in &windows {
        if start >= end {
            return Err(Trouble::Broken(format!("the window [{start}, {end}) is empty")));
        }
        if end as usize > rows {
            return Err(Trouble::Broken(format!("the window [{start}, {end}) ends behind the {rows} rows")));
        }
        if let Some((earlier, earlier_end)) = before
            && earlier >= start
        {
            return Err(Trouble::Broken(format!(
                "the window [{start}, {end}) comes after [{earlier}, {earlier_end}): starts must ascend"
            )));
        }
        before = Some((start, end));
    }
    Ok(())
}
