//! What an answer says of how it came about.

use std::collections::BTreeMap;

use fettle_steps::{State, Step};
use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::Value;

/// How a matrix, or windows, came about: the `metadata` of an extraction.
#[derive(Debug, Serialize)]
pub struct Metadata {
    /// Windows: rows of the matrix, where it is one.
    pub window_count: usize,
    /// Rows a window, where the window method counts rows.
    pub window_size: Option<u64>,
    /// The part of a window that the next one shares, where the window method counts rows.
    pub overlap: Option<f64>,
    /// Rows from one window's start to the next's, where the window method counts rows.
    pub stride: Option<u64>,
    /// The normalize method, or `none`.
    pub normalize_method: String,
    /// The missing-value method, or `none`.
    pub missing_value_method: String,
    /// The outlier method, or `none`.
    pub outlier_method: String,
    /// The window method.
    pub window_method: String,
    /// Rows that were read.
    pub row_count: usize,
    /// The model's revision.
    pub model_revision: i64,
    /// What fitted steps were fitted on.
    pub fitted_on: FittedOn,
    /// Cells that were missing and are not any more.
    pub imputed_cells: usize,
    /// Cells that the outlier step changed or took out, by signal.
    pub changed_cells: BTreeMap<String, usize>,
    /// Rows that steps removed.
    pub dropped_rows: usize,
    /// Rows in no window.
    pub leftover_rows: usize,
    /// Windows that the window method left out, where it tells how many there would have been.
    pub dropped_windows: Option<usize>,
    /// Cells that were infinite in the store, and are missing.
    pub infinite_cells: u64,
    /// Results too large for a number, which are missing.
    pub overflow_cells: usize,
    /// Signals without any value in the range.
    pub empty_signals: Vec<String>,
    /// The longest time between two neighbouring rows that windows are made of, in seconds.
    pub largest_gap_s: Option<f64>,
    /// The steps, in the order in which they ran.
    pub steps: Vec<FittedStep>,
}

/// Where fitted steps have their states from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FittedOn {
    /// The rows of the request itself.
    Request,
    /// The training rows of the dataset that the request names.
    Dataset,
}

/// A step and what it learnt.
#[derive(Debug, Clone)]
pub struct FittedStep {
    /// The step.
    pub step: Step,
    /// Its state.
    pub state: State,
}

impl Serialize for FittedStep {
    /// The step's fields and `state`, side by side.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let step = serde_json::to_value(&self.step).map_err(serde::ser::Error::custom)?;
        let Value::Object(fields) = step else {
            return Err(serde::ser::Error::custom("a step is an object"));
        };
        let mut map = serializer.serialize_map(Some(fields.len() + 1))?;
        for (name, value) in &fields {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("state", &self.state)?;
        map.end()
    }
}
