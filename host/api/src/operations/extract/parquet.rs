//! The matrix as a Parquet file.

use arrow::array::RecordBatch;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use utoipa::ToSchema;

use crate::answer::MediaType;
use crate::problem::Problem;

/// The answer as a Parquet file, for the API document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct ParquetFile(Vec<u8>);

/// The answer as a file, whose Arrow schema holds `metadata` and `warnings`.
pub(super) fn write(batch: &RecordBatch) -> Result<Response, Problem> {
    let body = file(batch).map_err(|error| Problem::internal(&error))?;
    Ok(([(CONTENT_TYPE, MediaType::Parquet.name())], body).into_response())
}

fn file(batch: &RecordBatch) -> Result<Vec<u8>, ParquetError> {
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None)?;
    writer.write(batch)?;
    writer.into_inner()
}
