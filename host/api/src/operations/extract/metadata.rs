//! The documentation of what the domain says about an extraction.
//!
//! The domain's own `Metadata` and `Warning` are what is written; these types give the API document their names,
//! types and descriptions, and a test compares the names.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What was done to the rows on the way to the answer.
#[derive(ToSchema)]
#[schema(as = ExtractionMetadata)]
pub(super) struct MetadataDocument {
    /// Windows, which are rows of the answer.
    #[schema(example = 171)]
    window_count: u64,
    /// Rows in a window; `null` where windows are cut by time.
    #[schema(example = 100)]
    window_size: Option<u64>,
    /// The share of a window that the next one covers again; `null` where windows are cut by time.
    #[schema(example = 0.5)]
    overlap: Option<f64>,
    /// Rows from the start of a window to the start of the next; `null` where windows are cut by time.
    #[schema(example = 50)]
    stride: Option<u64>,
    /// The normalize method, or `none`.
    #[schema(example = "z_score")]
    normalize_method: String,
    /// The missing-value method, or `none`.
    #[schema(example = "interpolate")]
    missing_value_method: String,
    /// The outlier method, or `none`.
    #[schema(example = "iqr")]
    outlier_method: String,
    /// The window method.
    #[schema(example = "sliding")]
    window_method: String,
    /// Rows that were read.
    #[schema(example = 8640)]
    row_count: u64,
    /// Which revision of the model was used: 1 when it was made, one more at every change.
    #[schema(example = 1)]
    model_revision: i64,
    /// What fitted steps were fitted on: the rows of this very `request`, or those of a `dataset`.
    #[schema(example = "request")]
    fitted_on: String,
    /// Cells that were missing and are not any more.
    #[schema(example = 870)]
    imputed_cells: u64,
    /// Cells that the outlier step changed, by signal.
    #[schema(value_type = Object, example = json!({"current": 12}))]
    changed_cells: Map<String, Value>,
    /// Rows that a step removed.
    #[schema(example = 0)]
    dropped_rows: u64,
    /// Rows in no window.
    #[schema(example = 40)]
    leftover_rows: u64,
    /// Windows that the window method left out; `null` where it does not tell how many there would have been.
    #[schema(example = 0)]
    dropped_windows: Option<u64>,
    /// Infinite cells of the store, which are read as missing.
    #[schema(example = 0)]
    infinite_cells: u64,
    /// Results that no f64 can hold, which are missing instead.
    #[schema(example = 0)]
    overflow_cells: u64,
    /// Signals without any value in the range.
    #[schema(example = json!([]))]
    empty_signals: Vec<String>,
    /// Seconds of the longest step between two rows; `null` with fewer than two rows.
    #[schema(example = 10.0)]
    largest_gap_s: Option<f64>,
    /// Every step that ran, in its order.
    steps: Vec<StepDocument>,
}

/// A step as it ran.
#[derive(ToSchema)]
#[schema(as = Step)]
pub(crate) struct StepDocument {
    /// `missing_value`, `outlier`, `window`, `feature` or `normalize`.
    #[schema(example = "outlier")]
    kind: String,
    /// The method.
    #[schema(example = "iqr")]
    method: String,
    /// The plugin that the method is of.
    #[schema(example = "outlier")]
    plugin: String,
    /// The plugin's version.
    #[schema(example = "0.1.0")]
    version: String,
    /// SHA-256 of the plugin's bytes, in hex.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// All parameters, defaults filled in.
    #[schema(value_type = Object, example = json!({"threshold": 1.5, "action": "clip"}))]
    params: Map<String, Value>,
    /// Whether a row's result depends on that row and earlier ones alone.
    #[schema(example = true)]
    causal: bool,
    /// What was fitted; `null` where the method needs no fitting.
    #[schema(value_type = Option<Object>)]
    state: Value,
}

/// Something to know before relying on an answer.
#[derive(ToSchema)]
#[schema(as = Warning)]
pub(crate) struct WarningDocument {
    /// Which warning it is, for programs.
    #[schema(example = "few_windows")]
    code: String,
    /// The field of the request that it is about, where there is one.
    #[schema(example = "normalize_method")]
    field: Option<String>,
    /// What it is, for people.
    #[schema(example = "normalization was fitted on 12 windows of this request alone")]
    message: String,
}
