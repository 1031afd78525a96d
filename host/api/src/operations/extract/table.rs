//! The matrix as one Arrow batch, which the binary forms of an answer are written from.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Schema};
use fettle_features::{Extraction, Matrix, Metadata, Warning};
use fettle_frame::TIME_COLUMN;
use serde::Serialize;

use crate::problem::Problem;

/// `timestamp`, then the features, null where there is no value. `metadata` and `warnings` are JSON texts in the
/// schema's metadata.
pub(super) fn table(extraction: Extraction) -> Result<RecordBatch, Problem> {
    let Extraction { matrix, metadata, warnings } = extraction;
    batch(matrix, about(&metadata, &warnings)?)
}

pub(super) fn batch(matrix: Matrix, about: HashMap<String, String>) -> Result<RecordBatch, Problem> {
    let timestamps = times(matrix.timestamps);
    let mut fields = vec![Field::new(TIME_COLUMN, timestamps.data_type().clone(), false)];
    let mut columns: Vec<ArrayRef> = vec![Arc::new(timestamps)];
    for (name, values) in matrix.names.into_iter().zip(matrix.columns) {
        fields.push(Field::new(name, DataType::Float64, true));
        columns.push(Arc::new(nullable(values)));
    }
    let schema = Arc::new(Schema::new_with_metadata(fields, about));
    RecordBatch::try_new(schema, columns).map_err(|error| Problem::internal(&error))
}

/// What a schema's metadata says of how its table came about.
pub(super) fn about(metadata: &Metadata, warnings: &[Warning]) -> Result<HashMap<String, String>, Problem> {
    Ok(HashMap::from([
        ("metadata".to_owned(), to_json(metadata)?),
        ("warnings".to_owned(), to_json(&warnings)?),
    ]))
}

/// Nanoseconds since the Unix epoch.
pub(super) fn times(nanoseconds: Vec<i64>) -> TimestampNanosecondArray {
    TimestampNanosecondArray::from(nanoseconds).with_timezone("UTC")
}

/// The values as they are, those that are NaN marked as null.
pub(super) fn nullable(values: Vec<f64>) -> Float64Array {
    let missing = values.iter().any(|value| value.is_nan());
    let nulls = missing.then(|| values.iter().map(|value| !value.is_nan()).collect::<NullBuffer>());
    Float64Array::new(ScalarBuffer::from(values), nulls)
}

fn to_json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|error| Problem::internal(&error))
}
