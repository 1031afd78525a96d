//! Planning windows.

use fettle_frame::{Frame, Window};

use super::{Step, columns_of, load};
use crate::StepError;
use crate::bindings::transform::fettle::step::types as wit;
use crate::guest::Load;

impl Step {
    /// Whether planning looks at values.
    pub fn reads_values(&self) -> Result<bool, StepError> {
        self.question(|| {
            self.guest()?.ask(Load::default(), |exports, store| {
                exports.windowing()?.call_reads_values(store, &self.method, &self.traits.params)
            })
        })
    }

    /// The windows of a frame, strictly ascending by start.
    pub fn plan(&self, frame: &Frame) -> Result<Vec<Window>, StepError> {
        self.on_data(|| self.planned(frame))
    }

    fn planned(&self, frame: &Frame) -> Result<Vec<Window>, StepError> {
        let mut guest = self.guest()?;
        // Values cross only for a method that reads them; timestamps say how many rows there are.
        let reads = guest.ask(Load::default(), |exports, store| {
            exports.windowing()?.call_reads_values(store, &self.method, &self.traits.params)
        })?;
        let columns = if reads { columns_of(frame, None) } else { Vec::new() };
        let load = load(frame.rows(), columns.len());
        let data = wit::FrameParam { timestamps: &frame.timestamps, columns: &columns };
        let windows = guest.ask(load, |exports, store| {
            exports.windowing()?.call_plan(store, &self.method, &self.traits.params, data)
        })?;
        let rows = frame.rows();
        let mut previous = None;
        for window in &windows {
            let ascends = previous.is_none_or(|previous| previous < window.start);
            if !ascends || window.start >= window.end || window.end as usize > rows {
                let wit::Window { start, end } = window;
                return Err(guest.broken(format!("window [{start}, {end}) of {rows} rows, or out of order")));
            }
            previous = Some(window.start);
        }
        Ok(windows
            .iter()
            .map(|window| Window { start: window.start as usize, end: window.end as usize })
            .collect())
    }
}
