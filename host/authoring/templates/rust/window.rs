//! A window plugin: a window for each stretch of rows without a pause.

use fettle_sdk::cells::seconds_between;
use fettle_sdk::testing::{column, windows};
use fettle_sdk::{Frame, StepError, Window, Windowing, WindowingCase, export};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The method. A plugin may have several; `export!` below lists them.
pub struct Stretches;

/// Parameters: clients read these comments, and the limits are checked before the method is called.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// More seconds than this between two rows end a window.
    #[schemars(range(min = 0.0))]
    pause_s: f64,
    /// Leaves out windows with fewer rows.
    #[schemars(range(min = 1))]
    min_rows: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self { pause_s: 60.0, min_rows: 2 }
    }
}

impl Windowing for Stretches {
    const NAME: &'static str = "{{method}}";
    const SUMMARY: &'static str = "A window for each stretch of rows without a pause.";
    type Params = Params;

    // `reads_values` is not implemented: this method looks at timestamps alone, and is given no values.

    fn plan(params: &Params, frame: &Frame) -> Result<Vec<Window>, StepError> {
        let times = &frame.timestamps;
        let pause = |row: usize| seconds_between(times[row - 1], times[row]) > params.pause_s;
        let mut windows = Vec::new();
        let mut start = 0;
        for row in 1..=times.len() {
            if row == times.len() || pause(row) {
                if row - start >= params.min_rows as usize {
                    windows.push(Window { start: start as u32, end: row as u32 });
                }
                start = row;
            }
        }
        if windows.is_empty() {
            let (rows, least) = (times.len(), params.min_rows);
            return Err(StepError::InsufficientData(format!(
                "none of the stretches of {rows} rows has {least} of them"
            )));
        }
        Ok(windows)
    }

    /// Cases that the host replays before it lets the plugin in.
    fn examples() -> Vec<WindowingCase> {
        // Three rows a second apart, two hours later three more, and one alone.
        let mut input = column(&[0.0; 7]);
        for (row, time) in input.timestamps.iter_mut().enumerate() {
            *time += [0, 7_200_000_000_000, 14_400_000_000_000][row / 3];
        }
        vec![
            WindowingCase { params: "{}", input: input.clone(), output: windows(&[(0, 3), (3, 6)]) },
            WindowingCase { params: r#"{"min_rows": 1}"#, input, output: windows(&[(0, 3), (3, 6), (6, 7)]) },
        ]
    }
}

export!(windowing, "{{name}}", [Stretches]);

#[cfg(test)]
mod tests {
    use fettle_sdk::testing::{plan, replay_windowing};

    use super::*;

    #[test]
    fn the_examples_come_out() {
        replay_windowing::<Plugin>();
    }

    #[test]
    fn rows_without_a_pause_are_one_window() {
        let windows = plan::<Plugin>("{{method}}", "{}", &column(&[0.0; 100])).unwrap();
        assert_eq!((windows.len(), windows[0].end), (1, 100));
    }
}
