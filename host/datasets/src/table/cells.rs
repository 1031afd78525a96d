//! The cells of a column, by the types that a dataset's table has.

use arrow::array::{
    Array, AsArray, BooleanArray, Float64Array, Int64Array, StringArray, TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampNanosecondType};

/// The cells of a column of a [`TableSchema`](super::TableSchema).
#[derive(Debug)]
pub(crate) enum Cells<'a> {
    /// Device codes, sides, labels that are strings.
    Text(&'a StringArray),
    /// Nanoseconds since the Unix epoch.
    Time(&'a TimestampNanosecondArray),
    /// Features, labels that are numbers.
    Float(&'a Float64Array),
    /// Labels that are whole numbers.
    Int(&'a Int64Array),
    /// Labels that are truth values.
    Bool(&'a BooleanArray),
}

impl<'a> Cells<'a> {
    /// # Panics
    /// Where the column is of a type that no table has.
    pub(crate) fn of(column: &'a dyn Array) -> Self {
        match column.data_type() {
            DataType::Utf8 => Cells::Text(column.as_string()),
            DataType::Float64 => Cells::Float(column.as_primitive::<Float64Type>()),
            DataType::Int64 => Cells::Int(column.as_primitive::<Int64Type>()),
            DataType::Boolean => Cells::Bool(column.as_boolean()),
            _ => Cells::Time(column.as_primitive::<TimestampNanosecondType>()),
        }
    }
}

/// The value of a cell, NaN where it is missing.
pub(crate) fn or_nan(cells: &Float64Array, row: usize) -> f64 {
    if cells.is_null(row) { f64::NAN } else { cells.value(row) }
}
