//! Windows as one Arrow batch: a row for each window, in which a signal is a list of as many values as windows have rows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, FixedSizeListArray, RecordBatch};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use fettle_features::{ROW_TIME_COLUMN, WindowExtraction, WindowTensor};
use fettle_frame::TIME_COLUMN;

use super::table::{about, nullable, times};
use crate::problem::Problem;

/// `timestamp` of the window, `row_timestamp`, then the signals, null where there is no value. `metadata` and `warnings`
/// are JSON texts in the schema's metadata.
pub(super) fn table(extraction: WindowExtraction) -> Result<RecordBatch, Problem> {
    let WindowExtraction { windows, metadata, warnings } = extraction;
    batch(windows, about(&metadata, &warnings)?).map_err(|error| Problem::internal(&error))
}

fn batch(windows: WindowTensor, about: HashMap<String, String>) -> Result<RecordBatch, ArrowError> {
    let length = windows.rows_per_window;
    let mut columns: Vec<(String, ArrayRef)> = vec![
        (TIME_COLUMN.to_owned(), Arc::new(times(windows.timestamps))),
        (ROW_TIME_COLUMN.to_owned(), lists(Arc::new(times(windows.row_timestamps)), length, false)?),
    ];
    for (name, values) in windows.names.into_iter().zip(windows.columns) {
        columns.push((name, lists(Arc::new(nullable(values)), length, true)?));
    }
    let field = |(name, column): &(String, ArrayRef)| Field::new(name, column.data_type().clone(), false);
    let fields: Vec<Field> = columns.iter().map(field).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, about));
    RecordBatch::try_new(schema, columns.into_iter().map(|(_, column)| column).collect())
}

/// `values` cut into lists of `length`, in which some may be missing where they are `nullable`.
fn lists(values: ArrayRef, length: usize, nullable: bool) -> Result<ArrayRef, ArrowError> {
    let length =
        i32::try_from(length).map_err(|error| ArrowError::InvalidArgumentError(error.to_string()))?;
    let value = Arc::new(Field::new_list_field(values.data_type().clone(), nullable));
    Ok(Arc::new(FixedSizeListArray::try_new(value, length, values, None)?))
}
