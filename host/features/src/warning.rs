//! What a client should know of an answer that is otherwise right.

use serde::Serialize;

/// Something worth a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// A word for programs.
    pub code: &'static str,
    /// The request's field that it is about, where there is one.
    pub field: Option<&'static str>,
    /// A sentence for people.
    pub message: String,
}

/// Windows below which figures fitted on a request's own rows mean little.
const FEW_WINDOWS: usize = 30;

/// The part of a column's cells above which an outlier step reshapes the signal.
const MANY_CHANGED: f64 = 0.05;

impl Warning {
    /// Normalization was fitted on few windows.
    pub(crate) fn few_windows(windows: usize) -> Option<Self> {
        (windows < FEW_WINDOWS).then(|| Self {
            code: "few_windows",
            field: Some("normalize_method"),
            message: format!(
                "normalization was fitted on {windows} windows of this request alone; fewer than {FEW_WINDOWS} make \
                 its figures unsteady"
            ),
        })
    }

    /// Fewer windows than were asked for.
    pub fn fewer_windows(found: u64, wanted: u64) -> Self {
        Self {
            code: "fewer_windows",
            field: Some("last_windows"),
            message: format!("the newest rows make {found} windows, of {wanted} that were asked for"),
        }
    }

    /// Outlier bounds that coincide though values differ.
    pub(crate) fn degenerate_bounds(signals: &[String]) -> Option<Self> {
        (!signals.is_empty()).then(|| Self {
            code: "degenerate_bounds",
            field: Some("outlier_method"),
            message: format!(
                "the outlier bounds of {} coincide though values differ (the signal stands still most of the time), \
                 so it was left as it is",
                signals.join(", ")
            ),
        })
    }

    /// An outlier step that changed a large part of a column.
    pub(crate) fn many_changed(signal: &str, changed: usize, rows: usize) -> Option<Self> {
        (changed as f64 > MANY_CHANGED * rows as f64).then(|| Self {
            code: "many_changed_cells",
            field: Some("outlier_method"),
            message: format!(
                "the outlier step changed {:.1} % of {signal}; perhaps these cells are the signal",
                100.0 * changed as f64 / rows as f64
            ),
        })
    }

    /// Columns that normalization could not scale.
    pub(crate) fn constant_columns(columns: &[String]) -> Option<Self> {
        (!columns.is_empty()).then(|| Self {
            code: "constant_columns",
            field: Some("normalize_method"),
            message: format!("nearly constant, and therefore not scaled: {}", columns.join(", ")),
        })
    }

    /// Signals without any value.
    pub(crate) fn empty_signals(signals: &[String]) -> Option<Self> {
        (!signals.is_empty()).then(|| Self {
            code: "empty_signals",
            field: None,
            message: format!("without any value in the range: {}", signals.join(", ")),
        })
    }
}
