//! The rows of windows.

/// The name of the column of `row_timestamps` in a table of windows.
pub const ROW_TIME_COLUMN: &str = "row_timestamp";

/// The cleaned rows of each window, by column. All windows have the same number of rows, one at least.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowTensor {
    /// The names of the signals.
    pub names: Vec<String>,
    /// The time of each window, UTC nanoseconds.
    pub timestamps: Vec<i64>,
    /// Rows in each window.
    pub rows_per_window: usize,
    /// The time of each row, UTC nanoseconds: those of the first window, then those of the second.
    pub row_timestamps: Vec<i64>,
    /// A column for each name, a value for each of `row_timestamps`; NaN where missing, never infinite.
    pub columns: Vec<Vec<f64>>,
}
