//! A feature matrix.

/// One row of features for each window, by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// The names of the features.
    pub names: Vec<String>,
    /// The time of each window, UTC nanoseconds.
    pub timestamps: Vec<i64>,
    /// A column for each name, a value for each window; NaN where missing, never infinite.
    pub columns: Vec<Vec<f64>>,
}
