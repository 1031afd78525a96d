//! The matrix as one Arrow batch, which the binary forms of an answer are written from.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use fettle_features::{Extraction, Matrix};
use fettle_frame::TIME_COLUMN;
use serde::Serialize;

use crate::problem::Problem;

/// `timestamp`, then the features, null where there is no value. `metadata` and `warnings` are JSON texts in the
/// schema's metadata.
pub(super) fn table(extraction: Extraction) -> Result<RecordBatch, Problem> {
    let Extraction { matrix, metadata, warnings } = extraction;
    let about = HashMap::from([
        ("metadata".to_owned(), to_json(&metadata)?),
        ("warnings".to_owned(), to_json(&warnings)?),
    ]);
    batch(matrix, about)
}

pub(super) fn batch(matrix: Matrix, about: HashMap<String, String>) -> Result<RecordBatch, Problem> {
    let utc = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let mut fields = vec![Field::new(TIME_COLUMN, utc, false)];
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(TimestampNanosecondArray::from(matrix.timestamps).with_timezone("UTC"))];
    for (name, values) in matrix.names.into_iter().zip(matrix.columns) {
        fields.push(Field::new(name, DataType::Float64, true));
        columns.push(Arc::new(nullable(values)));
    }
    let schema = Arc::new(Schema::new_with_metadata(fields, about));
    RecordBatch::try_new(schema, columns).map_err(|error| Problem::internal(&error))
}

/// The values as they are, those that are NaN marked as null.
fn nullable(values: Vec<f64>) -> Float64Array {
    let missing = values.iter().any(|value| value.is_nan());
    let nulls = missing.then(|| values.iter().map(|value| !value.is_nan()).collect::<NullBuffer>());
    Float64Array::new(ScalarBuffer::from(values), nulls)
}

fn to_json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|error| Problem::internal(&error))
}
