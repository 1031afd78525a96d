//! Fitting and applying missing-value, outlier and normalize methods.

use std::sync::Arc;

use fettle_frame::{Frame, Signal};
use serde_json::value::RawValue;

use super::fitting::Learning;
use super::{Step, columns_of, load};
use crate::bindings::transform::exports::fettle::step::transform::Changed;
use crate::bindings::transform::fettle::step::types as wit;
use crate::guest::Guest;
use crate::told::beginning;
use crate::{State, StepError};

/// Characters of a wrong name that are told.
const TOLD: usize = 40;

/// A frame after a step.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The surviving rows; labels follow them.
    pub frame: Frame,
    /// What changed, for each signal.
    pub changes: Vec<CellChanges>,
    /// How many rows were removed.
    pub dropped_rows: usize,
}

/// What a step did to the cells of a column that survived it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CellChanges {
    /// Missing before, a value after.
    pub filled: usize,
    /// Another value after.
    pub changed: usize,
    /// A value before, missing after.
    pub emptied: usize,
    /// A result too large for an f64, which is missing.
    pub overflowed: usize,
}

/// A column as a call handed it back, and the rows that survive.
struct ColumnResult {
    signal: Signal,
    changes: CellChanges,
}

impl Step {
    /// The state that the parts of the data give together, which must have the same columns.
    pub fn fit(&self, parts: &[Arc<Frame>]) -> Result<State, StepError> {
        let Some(first) = parts.first().filter(|_| self.traits.fitted) else { return Ok(State::None) };
        self.on_data(|| self.fitted(first, parts))
    }

    fn fitted(&self, first: &Arc<Frame>, parts: &[Arc<Frame>]) -> Result<State, StepError> {
        if self.whole_frame() {
            return Ok(State::Frame(fit(self, &mut self.guest()?, parts, None)?));
        }
        let (step, parts) = (self.clone(), parts.to_vec());
        let states = self.each_column(first, move |guest, frame, column| {
            Ok((frame.signals[column].name.clone(), fit(&step, guest, &parts, Some(column))?))
        })?;
        Ok(State::Columns(states))
    }

    /// The frame with the method applied.
    pub fn apply(&self, state: &State, frame: &Arc<Frame>) -> Result<Applied, StepError> {
        self.on_data(|| self.applied(state, frame))
    }

    fn applied(&self, state: &State, frame: &Arc<Frame>) -> Result<Applied, StepError> {
        if self.whole_frame() {
            let mut guest = self.guest()?;
            let text = state.text(None).ok_or_else(|| guest.broken("a state by column for a whole frame"))?;
            return apply_frame(self, &mut guest, text, frame);
        }
        let (step, state) = (self.clone(), state.clone());
        let columns = self.each_column(frame, move |guest, frame, column| {
            let name = &frame.signals[column].name;
            let text =
                state.text(Some(name)).ok_or_else(|| guest.broken(format!("no state for `{name}`")))?;
            apply_column(&step, guest, text, frame, column)
        })?;
        Ok(gathered(frame, columns))
    }

    /// Fits on the frame and applies to it: as `fit` and `apply`, with one instance for both.
    pub fn fit_apply(&self, frame: &Arc<Frame>) -> Result<(State, Applied), StepError> {
        if !self.traits.fitted {
            return Ok((State::None, self.apply(&State::None, frame)?));
        }
        self.on_data(|| self.fitted_and_applied(frame))
    }

    fn fitted_and_applied(&self, frame: &Arc<Frame>) -> Result<(State, Applied), StepError> {
        let parts = [Arc::clone(frame)];
        if self.whole_frame() {
            let mut guest = self.guest()?;
            let state = fit(self, &mut guest, &parts, None)?;
            let applied = apply_frame(self, &mut guest, state.get(), frame)?;
            return Ok((State::Frame(state), applied));
        }
        let step = self.clone();
        let columns = self.each_column(frame, move |guest, frame, column| {
            let state = fit(&step, guest, &parts, Some(column))?;
            let applied = apply_column(&step, guest, state.get(), frame, column)?;
            Ok(((frame.signals[column].name.clone(), state), applied))
        })?;
        let (states, columns) = columns.into_iter().unzip();
        Ok((State::Columns(states), gathered(frame, columns)))
    }
}

/// All rounds of fitting over `parts`, for one column or the whole frame.
fn fit(
    step: &Step,
    guest: &mut Guest<'_>,
    parts: &[Arc<Frame>],
    column: Option<usize>,
) -> Result<Box<RawValue>, StepError> {
    let mut learning = Learning::default();
    loop {
        for part in parts {
            learning.add(step, guest, part, column)?;
        }
        if let Some(state) = learning.end_round(step, guest)? {
            return Ok(state);
        }
    }
}

fn apply_column(
    step: &Step,
    guest: &mut Guest<'_>,
    state: &str,
    frame: &Frame,
    column: usize,
) -> Result<ColumnResult, StepError> {
    let changed = call_apply(step, guest, state, frame, Some(column))?;
    if changed.kept.is_some() {
        return Err(guest.broken("rows removed by a method that says it removes none"));
    }
    let mut results = checked(guest, changed.columns, &frame.signals[column..=column], None)?;
    Ok(results.remove(0))
}

fn apply_frame(step: &Step, guest: &mut Guest<'_>, state: &str, frame: &Frame) -> Result<Applied, StepError> {
    let changed = call_apply(step, guest, state, frame, None)?;
    let kept = match changed.kept {
        Some(_) if !step.traits.removes_rows => {
            return Err(guest.broken("rows removed by a method that says it removes none"));
        }
        Some(kept) => Some(checked_rows(guest, &kept, frame.rows())?),
        None => None,
    };
    let columns = checked(guest, changed.columns, &frame.signals, kept.as_deref())?;
    let Some(kept) = kept else { return Ok(gathered(frame, columns)) };
    let (signals, changes) = columns.into_iter().map(|column| (column.signal, column.changes)).unzip();
    Ok(Applied {
        dropped_rows: frame.rows() - kept.len(),
        frame: Frame {
            timestamps: kept.iter().map(|&row| frame.timestamps[row]).collect(),
            signals,
            labels: frame.labels.iter().map(|label| label.take(&kept)).collect(),
        },
        changes,
    })
}

fn call_apply(
    step: &Step,
    guest: &mut Guest<'_>,
    state: &str,
    frame: &Frame,
    column: Option<usize>,
) -> Result<Changed, StepError> {
    let columns = columns_of(frame, column);
    let load = load(frame.rows(), columns.len());
    let frame = wit::FrameParam { timestamps: &frame.timestamps, columns: &columns };
    guest.ask(load, |exports, store| {
        exports.transform()?.call_apply(store, &step.method, &step.traits.params, state, frame)
    })
}

/// Rows that survive: ascending, and rows there are.
fn checked_rows(guest: &Guest<'_>, kept: &[u32], rows: usize) -> Result<Vec<usize>, StepError> {
    let ascending = kept.windows(2).all(|pair| pair[0] < pair[1]);
    if !ascending || kept.last().is_some_and(|&last| last as usize >= rows) {
        return Err(guest.broken(format!("kept rows that are not ascending indices below {rows}")));
    }
    Ok(kept.iter().map(|&row| row as usize).collect())
}

/// The columns that went in, in their order, with a value for each surviving row; infinities become missing.
fn checked(
    guest: &Guest<'_>,
    columns: Vec<wit::ColumnResult>,
    input: &[Signal],
    kept: Option<&[usize]>,
) -> Result<Vec<ColumnResult>, StepError> {
    if columns.len() != input.len() {
        return Err(guest.broken(format!("{} columns for {}", columns.len(), input.len())));
    }
    columns
        .into_iter()
        .zip(input)
        .map(|(column, before)| {
            let rows = kept.map_or(before.values.len(), <[usize]>::len);
            if column.name != before.name {
                let found = beginning(&column.name, TOLD);
                return Err(guest.broken(format!("column `{found}` where `{}` was due", before.name)));
            }
            if column.values.len() != rows {
                let found = column.values.len();
                return Err(guest.broken(format!("{found} values of `{}` for {rows} rows", before.name)));
            }
            let mut signal = Signal { name: column.name, values: column.values };
            let changes = match kept {
                Some(kept) => compare(kept.iter().map(|&row| before.values[row]), &mut signal.values),
                None => compare(before.values.iter().copied(), &mut signal.values),
            };
            Ok(ColumnResult { signal, changes })
        })
        .collect()
}

fn compare(before: impl Iterator<Item = f64>, after: &mut [f64]) -> CellChanges {
    let mut changes = CellChanges::default();
    for (before, after) in before.zip(after) {
        if after.is_infinite() {
            *after = f64::NAN;
            changes.overflowed += 1;
        }
        match (before.is_nan(), after.is_nan()) {
            (true, false) => changes.filled += 1,
            (false, true) => changes.emptied += 1,
            (false, false) if before != *after => changes.changed += 1,
            _ => {}
        }
    }
    changes
}

/// The columns of a frame from which no row went.
fn gathered(frame: &Frame, columns: Vec<ColumnResult>) -> Applied {
    let (signals, changes) = columns.into_iter().map(|column| (column.signal, column.changes)).unzip();
    let frame = Frame { timestamps: frame.timestamps.clone(), signals, labels: frame.labels.clone() };
    Applied { frame, changes, dropped_rows: 0 }
}
