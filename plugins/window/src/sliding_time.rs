//! The method `sliding_time`.

use fettle_sdk::testing::windows;
use fettle_sdk::{Frame, StepError, Window, Windowing, WindowingCase};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::by_time::{self, Clock};
use crate::seconds;

/// Windows of a fixed length of time, from the first row's time on.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SlidingTimeParams {
    /// How long a window is, in seconds. Its end does not belong to it.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub size_s: f64,

    /// How many seconds after a window the next one begins; by default size_s, so that windows follow one another.
    #[serde(default)]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub step_s: Option<f64>,

    /// Leaves out windows with fewer rows.
    #[serde(default = "min_rows")]
    #[schemars(range(min = 1))]
    pub min_rows: u32,
}

fn min_rows() -> u32 {
    2
}

impl SlidingTimeParams {
    fn step_s(&self) -> f64 {
        self.step_s.unwrap_or(self.size_s)
    }
}

/// Windows by the clock.
pub struct SlidingTime;

impl Windowing for SlidingTime {
    const NAME: &'static str = "sliding_time";
    const SUMMARY: &'static str = "Windows of a fixed length of time, a fixed time apart.";
    type Params = SlidingTimeParams;

    fn resolve(params: SlidingTimeParams) -> SlidingTimeParams {
        SlidingTimeParams { step_s: Some(params.step_s()), ..params }
    }

    fn plan(params: &SlidingTimeParams, frame: &Frame) -> Result<Vec<Window>, StepError> {
        let clock = Clock {
            size: seconds::to_nanoseconds(params.size_s),
            step: seconds::to_nanoseconds(params.step_s()),
        };
        let SlidingTimeParams { size_s, min_rows, .. } = *params;
        let rows = frame.timestamps.len();
        let windows = clock.windows(&frame.timestamps, min_rows);
        if !windows.is_empty() {
            return Ok(windows);
        }
        Err(StepError::InsufficientData(match clock.count(&frame.timestamps) {
            0 => format!(
                "{rows} rows that span {} s are fewer than one window of {size_s} s",
                seconds::from_nanoseconds(by_time::span(&frame.timestamps))
            ),
            count => format!(
                "none of the {count} windows of {size_s} s over {rows} rows holds min_rows = {min_rows}"
            ),
        }))
    }

    fn examples() -> Vec<WindowingCase> {
        // A row each tenth of a second, then a pause, then two rows close together.
        let tenths = [0, 1, 2, 3, 4, 5, 6, 7, 20, 21, 30];
        let input = Frame {
            timestamps: tenths.iter().map(|tenth| 1_700_000_000_000_000_000 + tenth * 100_000_000).collect(),
            columns: Vec::new(),
        };
        vec![
            WindowingCase {
                params: r#"{"size_s": 0.3}"#,
                input: input.clone(),
                output: windows(&[(0, 3), (3, 6), (6, 8)]),
            },
            WindowingCase {
                params: r#"{"size_s": 0.4, "step_s": 0.2, "min_rows": 1}"#,
                input: input.clone(),
                output: windows(&[(0, 4), (2, 6), (4, 8), (6, 8), (8, 10)]),
            },
            WindowingCase { params: r#"{"size_s": 1, "min_rows": 3}"#, input, output: windows(&[(0, 8)]) },
        ]
    }
}
