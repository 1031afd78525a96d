//! Computing features.

use std::sync::Arc;

use fettle_frame::{Frame, Signal, Window};

use super::{Step, columns_of, load};
use crate::StepError;
use crate::bindings::transform::fettle::step::types as wit;
use crate::guest::{Guest, Load};
use crate::told::{beginning, is_name};

/// Bytes of a feature's name.
const NAME_BYTES: usize = 1000;

/// Features of a call, for each column.
const MOST_FEATURES: usize = 1_000;

/// Characters of a wrong name that are told.
const TOLD: usize = 40;

impl Step {
    /// The names of the features, which follow from the parameters and the columns' names alone.
    pub fn names(&self, columns: &[&str]) -> Result<Vec<String>, StepError> {
        self.question(|| names(self, &mut self.guest()?, columns))
    }

    /// A column of features for each name, a value for each window, and how many were too large for an f64 and are
    /// missing. Features of column methods come signal by signal.
    pub fn compute(&self, frame: &Arc<Frame>, windows: &[Window]) -> Result<(Vec<Signal>, usize), StepError> {
        let windows: Vec<wit::Window> = windows
            .iter()
            .map(|window| wit::Window { start: window.start as u32, end: window.end as u32 })
            .collect();
        let mut features: Vec<Signal> = self.on_data(|| {
            if self.whole_frame() {
                return compute(self, &mut self.guest()?, frame, None, &windows);
            }
            let step = self.clone();
            let by_column = self.each_column(frame, move |guest, frame, column| {
                compute(&step, guest, frame, Some(column), &windows)
            })?;
            Ok(by_column.into_iter().flatten().collect())
        })?;
        let mut overflowed = 0;
        for value in features.iter_mut().flat_map(|feature| &mut feature.values) {
            if value.is_infinite() {
                *value = f64::NAN;
                overflowed += 1;
            }
        }
        Ok((features, overflowed))
    }
}

fn names(step: &Step, guest: &mut Guest<'_>, columns: &[&str]) -> Result<Vec<String>, StepError> {
    let bytes = columns.iter().map(|column| column.len()).sum();
    let names = guest.ask(Load { cells: columns.len(), bytes }, |exports, store| {
        exports.features()?.call_names(store, &step.method, &step.traits.params, columns)
    })?;
    let most = MOST_FEATURES * columns.len().max(1);
    if names.len() > most {
        return Err(guest.broken(format!("{} features; at most {most} are allowed", names.len())));
    }
    match names.iter().find(|name| !is_name(name, NAME_BYTES)) {
        None => Ok(names),
        Some(name) => {
            let told = beginning(name, TOLD);
            Err(guest.broken(format!("a feature {told:?}; a name is one line of at most {NAME_BYTES} bytes")))
        }
    }
}

/// How much it is to compute so many features of each window.
pub(super) fn computing(
    step: &Step,
    rows: usize,
    columns: usize,
    windows: &[wit::Window],
    features: usize,
) -> Load {
    // Overlapping windows look at a row several times.
    let seen: usize = windows.iter().map(|window| (window.end - window.start) as usize).sum();
    // The plugin says how many features there are, and must not set its own limit: no answer is larger than one may be.
    let answer = windows.len().saturating_mul(features).saturating_mul(size_of::<f64>());
    let mut load = load(rows, columns);
    load.cells += seen * columns;
    load.bytes += size_of_val(windows) + answer.min(step.plugin.limits().output_bytes);
    load
}

fn compute(
    step: &Step,
    guest: &mut Guest<'_>,
    frame: &Frame,
    column: Option<usize>,
    windows: &[wit::Window],
) -> Result<Vec<Signal>, StepError> {
    let columns = columns_of(frame, column);
    let signals: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let expected = names(step, guest, &signals)?;
    let load = computing(step, frame.rows(), columns.len(), windows, expected.len());
    let data = wit::FrameParam { timestamps: &frame.timestamps, columns: &columns };
    let features = guest.ask(load, |exports, store| {
        exports.features()?.call_compute(store, &step.method, &step.traits.params, data, windows)
    })?;
    if features.len() != expected.len() {
        let (found, named) = (features.len(), expected.len());
        return Err(guest.broken(format!("{found} features where {named} were named")));
    }
    if let Some((feature, named)) = features.iter().zip(&expected).find(|(found, name)| found.name != **name)
    {
        let found = beginning(&feature.name, TOLD);
        return Err(guest.broken(format!("a feature {found:?} where {named:?} was named")));
    }
    if let Some(feature) = features.iter().find(|feature| feature.values.len() != windows.len()) {
        let (values, windows) = (feature.values.len(), windows.len());
        return Err(guest.broken(format!("{values} values of `{}` for {windows} windows", feature.name)));
    }
    Ok(features.into_iter().map(|feature| Signal { name: feature.name, values: feature.values }).collect())
}
