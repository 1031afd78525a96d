//! The method `sliding`.

use fettle_sdk::testing::{column, windows};
use fettle_sdk::{Frame, ParamError, StepError, Window, Windowing, WindowingCase, param_error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{by_rows, seconds};

/// The fraction of rows that two windows share unless the parameters say otherwise.
const OVERLAP: f64 = 0.5;

/// Windows of a fixed number of rows, from the first row on.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlidingParams {
    /// How many rows a window has.
    #[schemars(range(min = 1))]
    pub window_size: u32,

    /// The fraction of its rows that a window shares with the next one.
    // Absent is not the same as the default: beside a stride, absent is the overlap of that stride.
    #[serde(default)]
    #[schemars(with = "f64", range(min = 0.0), extend("exclusiveMaximum" = 1.0, "default" = OVERLAP))]
    pub overlap: Option<f64>,

    /// How many rows after a window the next one begins: window_size × (1 − overlap), rounded half up, at least 1.
    /// Given without an overlap it sets it, to 1 − stride / window_size.
    #[schemars(range(min = 1))]
    pub stride: Option<u32>,

    /// Leaves out windows with more than so many seconds between two neighbouring rows; null leaves none out.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub max_gap_s: Option<f64>,
}

impl Default for SlidingParams {
    fn default() -> Self {
        Self { window_size: 100, overlap: None, stride: None, max_gap_s: None }
    }
}

impl SlidingParams {
    /// The overlap: as given, or that of the stride, or the default.
    fn overlap(&self) -> f64 {
        let of_stride = |stride| 1.0 - f64::from(stride) / f64::from(self.window_size);
        self.overlap.unwrap_or_else(|| self.stride.map_or(OVERLAP, of_stride))
    }

    /// The stride: as given, or that of the overlap.
    fn stride(&self) -> u32 {
        self.stride.unwrap_or_else(|| by_rows::stride(self.window_size, self.overlap()))
    }
}

/// Windows by counting rows.
pub struct Sliding;

impl Windowing for Sliding {
    const NAME: &'static str = "sliding";
    const SUMMARY: &'static str = "Windows of a fixed number of rows, a fixed number of rows apart.";
    type Params = SlidingParams;

    fn check(params: &SlidingParams) -> Vec<ParamError> {
        let SlidingParams { window_size, overlap, stride: Some(stride), .. } = *params else {
            return Vec::new();
        };
        let error = |message| vec![param_error("/stride", message)];
        if stride > window_size {
            return error(format!("a stride of {stride} rows is more than the window_size of {window_size}"));
        }
        match overlap {
            Some(overlap) if by_rows::stride(window_size, overlap) != stride => error(format!(
                "a stride of {stride} rows contradicts the overlap of {overlap}, which is a stride of {}; give one of them",
                by_rows::stride(window_size, overlap)
            )),
            _ => Vec::new(),
        }
    }

    fn resolve(params: SlidingParams) -> SlidingParams {
        SlidingParams { overlap: Some(params.overlap()), stride: Some(params.stride()), ..params }
    }

    fn plan(params: &SlidingParams, frame: &Frame) -> Result<Vec<Window>, StepError> {
        let rows = frame.timestamps.len();
        let windows = by_rows::windows(rows, params.window_size, params.stride());
        let count = windows.len();
        if count == 0 {
            return Err(StepError::InsufficientData(format!(
                "{rows} rows are fewer than one window of {} rows",
                params.window_size
            )));
        }
        let Some(max_gap_s) = params.max_gap_s else { return Ok(windows.collect()) };
        let after_gaps = by_rows::rows_after_gaps(&frame.timestamps, seconds::to_nanoseconds(max_gap_s));
        let windows: Vec<Window> =
            windows.filter(|window| !by_rows::holds_gap(window, &after_gaps)).collect();
        if windows.is_empty() {
            return Err(StepError::InsufficientData(format!(
                "each of the {count} windows of {} rows has a gap of more than max_gap_s = {max_gap_s} s; without one \
                 there are at most {} rows in a row",
                params.window_size,
                by_rows::longest_stretch(rows, &after_gaps)
            )));
        }
        Ok(windows)
    }

    fn examples() -> Vec<WindowingCase> {
        let rows = column(&[0.0; 10]);
        let mut with_gap = rows.clone();
        // Row 6 comes 61 seconds after row 5.
        for timestamp in &mut with_gap.timestamps[6..] {
            *timestamp += 60_000_000_000;
        }
        vec![
            WindowingCase {
                params: r#"{"window_size": 4}"#,
                input: rows.clone(),
                output: windows(&[(0, 4), (2, 6), (4, 8), (6, 10)]),
            },
            WindowingCase {
                params: r#"{"window_size": 5, "overlap": 0.3}"#,
                input: rows.clone(),
                output: windows(&[(0, 5), (4, 9)]),
            },
            WindowingCase {
                params: r#"{"window_size": 4, "stride": 3}"#,
                input: rows,
                output: windows(&[(0, 4), (3, 7), (6, 10)]),
            },
            WindowingCase {
                params: r#"{"window_size": 4, "max_gap_s": 60}"#,
                input: with_gap,
                output: windows(&[(0, 4), (2, 6), (6, 10)]),
            },
        ]
    }
}
