//! The examples that a plugin brings along, for others than admission, which replays them.

use fettle_frame::{Frame, FrameError, Signal, Window};

use crate::bindings::transform::fettle::step::types as wit;
use crate::guest::{Guest, Load};
use crate::plugin::Exports;
use crate::{Kind, Plugin, StepError};

/// What goes into a case that a plugin brings along.
#[derive(Debug, Clone)]
pub struct Example {
    /// The method's name.
    pub method: String,
    /// Its parameters as JSON; empty for the defaults.
    pub params: String,
    /// The rows.
    pub input: Frame,
    /// The windows; empty but for features.
    pub windows: Vec<Window>,
}

impl Plugin {
    /// Its examples. Runs guest code: to be called on a guest thread.
    pub fn examples(&self) -> Result<Vec<Example>, StepError> {
        let mut guest = Guest::new(self, Kind::Feature, "examples")?;
        let load = Load::default();
        Ok(match self.exports() {
            Exports::Transform(_) => guest
                .call(load, |exports, store| exports.transform()?.call_examples(store))?
                .into_iter()
                .filter_map(|case| example(case.method, case.params, case.input, &[]))
                .collect(),
            Exports::Window(_) => guest
                .call(load, |exports, store| exports.windowing()?.call_examples(store))?
                .into_iter()
                .filter_map(|case| example(case.method, case.params, case.input, &[]))
                .collect(),
            Exports::Feature(_) => guest
                .call(load, |exports, store| exports.features()?.call_examples(store))?
                .into_iter()
                .filter_map(|case| example(case.method, case.params, case.input, &case.windows))
                .collect(),
        })
    }
}

/// A frame of what an example takes in.
pub(crate) fn frame(input: wit::FrameResult) -> Result<Frame, FrameError> {
    let signal = |column: wit::ColumnResult| Signal { name: column.name, values: column.values };
    let signals = input.columns.into_iter().map(signal).collect();
    Frame::new(input.timestamps, signals, Vec::new())
}

/// The windows of an example.
pub(crate) fn windows(windows: &[wit::Window]) -> Vec<Window> {
    windows.iter().map(|window| Window { start: window.start as usize, end: window.end as usize }).collect()
}

/// `None` where the input is no frame, with which no plugin is admitted.
fn example(
    method: String,
    params: String,
    input: wit::FrameResult,
    given: &[wit::Window],
) -> Option<Example> {
    Some(Example { method, params, input: frame(input).ok()?, windows: windows(given) })
}
