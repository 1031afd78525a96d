//! The answer as an Arrow IPC stream.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::ToSchema;

use crate::answer::MediaType;
use crate::problem::Problem;

/// The answer as one Arrow IPC stream, for the API document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct ArrowStream(Vec<u8>);

/// The answer as a stream of one batch.
pub(super) fn write(batch: &RecordBatch) -> Result<Response, Problem> {
    let body = stream(batch).map_err(|error| Problem::internal(&error))?;
    Ok(([(CONTENT_TYPE, MediaType::ArrowStream.name())], body).into_response())
}

fn stream(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    writer.into_inner()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use arrow::array::{Array, AsArray};
    use arrow::datatypes::Float64Type;
    use arrow::ipc::reader::StreamReader;
    use fettle_features::Matrix;

    use super::super::table::batch;
    use super::*;

    #[test]
    fn the_stream_reads_back_to_the_bit() {
        let matrix = Matrix {
            names: vec!["a_mean".to_owned()],
            timestamps: vec![1, 2, 3],
            columns: vec![vec![0.1, f64::NAN, -0.0]],
        };
        let about = HashMap::from([("metadata".to_owned(), "{}".to_owned())]);
        let bytes = stream(&batch(matrix, about.clone()).unwrap()).unwrap();
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
