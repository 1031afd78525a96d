//! The matrix as an Arrow IPC stream.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use fettle_frame::TIME_COLUMN;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::MediaType;
use crate::problem::Problem;
use fettle_features::{Extraction, Matrix};

/// The answer as one Arrow IPC stream, for the API document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct ArrowStream(Vec<u8>);

/// The answer as one batch: `timestamp`, then the features, null where there is no value. `metadata` and `warnings`
/// are JSON texts in the schema's metadata.
pub(super) fn write(extraction: Extraction) -> Result<Response, Problem> {
    let Extraction { matrix, metadata, warnings } = extraction;
    let about = HashMap::from([
        ("metadata".to_owned(), to_json(&metadata)?),
        ("warnings".to_owned(), to_json(&warnings)?),
    ]);
    let body = stream(matrix, about).map_err(|error| Problem::internal(&error))?;
    Ok(([(CONTENT_TYPE, MediaType::ArrowStream.name())], body).into_response())
}

fn to_json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|error| Problem::internal(&error))
}

fn stream(matrix: Matrix, about: HashMap<String, String>) -> Result<Vec<u8>, ArrowError> {
    let utc = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let mut fields = vec![Field::new(TIME_COLUMN, utc, false)];
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(TimestampNanosecondArray::from(matrix.timestamps).with_timezone("UTC"))];
    for (name, values) in matrix.names.into_iter().zip(matrix.columns) {
        fields.push(Field::new(name, DataType::Float64, true));
        columns.push(Arc::new(nullable(values)));
    }
    let schema = Arc::new(Schema::new_with_metadata(fields, about));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    let mut writer = StreamWriter::try_new(Vec::new(), &schema)?;
    writer.write(&batch)?;
    writer.into_inner()
}

/// The values as they are, those that are NaN marked as null.
fn nullable(values: Vec<f64>) -> Float64Array {
    let missing = values.iter().any(|value| value.is_nan());
    let nulls = missing.then(|| values.iter().map(|value| !value.is_nan()).collect::<NullBuffer>());
    Float64Array::new(ScalarBuffer::from(values), nulls)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::Float64Type;
    use arrow::ipc::reader::StreamReader;

    use super::*;

    #[test]
    fn the_stream_reads_back_to_the_bit() {
        let matrix = Matrix {
            names: vec!["a_mean".to_owned()],
            timestamps: vec![1, 2, 3],
            columns: vec![vec![0.1, f64::NAN, -0.0]],
        };
        let about = HashMap::from([("metadata".to_owned(), "{}".to_owned())]);
        let bytes = stream(matrix, about.clone()).unwrap();
        let mut reader = StreamReader::try_new(bytes.as_slice(), None).unwrap();
        assert_eq!(reader.schema().metadata(), &about);
        let batch = reader.next().unwrap().unwrap();
        let column = batch.column(1).as_primitive::<Float64Type>();
        assert_eq!(batch.schema().field(0).name(), "timestamp");
        assert_eq!(batch.schema().field(1).name(), "a_mean");
        assert_eq!(column.value(0).to_bits(), 0.1f64.to_bits());
        assert!(column.is_null(1));
        assert_eq!(column.value(2).to_bits(), (-0.0f64).to_bits());
    }
}
