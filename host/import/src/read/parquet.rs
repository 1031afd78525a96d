//! Parquet files of any width and any plain types.

use std::fs::File;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::Reading;
use super::batches::{Batches, batch_rows, caught};
use crate::ImportError;

/// Reads a Parquet file of `bytes` bytes.
pub fn read(name: &str, file: File, bytes: u64, reading: &mut Reading) -> Result<(), ImportError> {
    let broken = |problem: String| ImportError::Parquet { file: name.to_owned(), problem };
    // On some broken files the Parquet library does not return an error but panics: a length below zero, for one.
    caught(broken, || read_batches(name, file, bytes, reading))
}

fn read_batches(name: &str, file: File, bytes: u64, reading: &mut Reading) -> Result<(), ImportError> {
    let broken = |problem: String| ImportError::Parquet { file: name.to_owned(), problem };
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| broken(error.to_string()))?;
    let schema = builder.schema().clone();
    let mut batches = Batches::begin(name, &schema, reading)?;
    let all_rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0).max(1);
    let rows = batch_rows(schema.fields().len());
    let reader = builder.with_batch_size(rows).build().map_err(|error| broken(error.to_string()))?;
    for batch in reader {
        let batch = batch.map_err(|error| broken(error.to_string()))?;
        batches.add(&batch, broken)?;
        let rows = batches.rows();
        batches.tell(bytes * rows.min(all_rows) / all_rows);
    }
    Ok(())
}
