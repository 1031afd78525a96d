//! Arrow's file and stream formats.

use std::fs::File;
use std::io::BufReader;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};

use super::Reading;
use super::batches::{Batches, batch_rows, caught};
use super::promises;
use crate::ImportError;

/// Reads a file in Arrow's file format, of `bytes` bytes.
pub fn read_file(name: &str, file: File, bytes: u64, reading: &mut Reading) -> Result<(), ImportError> {
    let broken = broken(name);
    caught(&broken, || {
        promises::check_file(&file, bytes).map_err(&broken)?;
        let reader = FileReader::try_new(file, None).map_err(|error| broken(error.to_string()))?;
        let (schema, count) = (reader.schema(), reader.num_batches() as u64);
        read_batches(name, &schema, reader, |done| bytes * done / count.max(1), reading)
    })
}

/// Reads a file in Arrow's stream format, of `bytes` bytes.
pub fn read_stream(name: &str, file: File, bytes: u64, reading: &mut Reading) -> Result<(), ImportError> {
    let broken = broken(name);
    caught(&broken, || {
        promises::check_stream(&file, bytes).map_err(&broken)?;
        let reader = StreamReader::try_new(BufReader::new(file), None);
        let reader = reader.map_err(|error| broken(error.to_string()))?;
        // How many batches there are, a stream does not tell.
        read_batches(name, &reader.schema(), reader, |_| 0, reading)
    })
}

/// Reads batches; `place` tells how many bytes so many of them are.
fn read_batches(
    name: &str,
    schema: &Schema,
    reader: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
    place: impl Fn(u64) -> u64,
    reading: &mut Reading,
) -> Result<(), ImportError> {
    let broken = broken(name);
    let mut batches = Batches::begin(name, schema, reading)?;
    let most = batch_rows(schema.fields().len());
    for (done, batch) in (1..).zip(reader) {
        let batch = batch.map_err(|error| broken(error.to_string()))?;
        // Some write all rows as one batch; while it is taken in, it would exist three times.
        for first in (0..batch.num_rows()).step_by(most) {
            batches.add(&batch.slice(first, most.min(batch.num_rows() - first)), &broken)?;
        }
        batches.tell(place(done));
    }
    Ok(())
}

fn broken(name: &str) -> impl Fn(String) -> ImportError + '_ {
    move |problem| ImportError::Arrow { file: name.to_owned(), problem }
}
