//! Parquet files of any width and any plain types.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::Reading;
use super::typed::{self, Problems, TimeKind};
use crate::table::{Slot, Table};
use crate::{ImportError, ImportOptions};

/// Cells of a batch: wide files are read in batches of fewer rows.
const BATCH_CELLS: usize = 1 << 20;
const MOST_BATCH_ROWS: usize = 8_192;

/// Reads a Parquet file of `bytes` bytes.
pub fn read(name: &str, file: File, bytes: u64, reading: &mut Reading) -> Result<(), ImportError> {
    // On some broken files the Parquet library does not return an error but panics: a length below zero, for one. The
    // import ends in either case, so that nothing half done is seen again.
    let read = catch_unwind(AssertUnwindSafe(|| read_batches(name, file, bytes, reading)));
    read.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said =
            said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("its structure is broken");
        Err(ImportError::Parquet { file: name.to_owned(), problem: said.to_owned() })
    })
}

fn read_batches(name: &str, file: File, bytes: u64, reading: &mut Reading) -> Result<(), ImportError> {
    let broken = |problem: String| ImportError::Parquet { file: name.to_owned(), problem };
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| broken(error.to_string()))?;
    let schema = builder.schema().clone();
    let headers: Vec<String> = schema.fields().iter().map(|field| field.name().trim().to_owned()).collect();
    let options = reading.options;
    let (table, slots, meter) = reading.begin(name, &headers)?;
    let time = time_kind(name, &schema, &slots, options)?;
    let all_rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0).max(1);
    let batch_rows = (BATCH_CELLS / headers.len().max(1)).clamp(1, MOST_BATCH_ROWS);
    let batches = builder.with_batch_size(batch_rows).build().map_err(|error| broken(error.to_string()))?;
    let mut rows_before = 0;
    for batch in batches {
        let batch = batch.map_err(|error| broken(error.to_string()))?;
        add(&batch, &headers, &slots, &time, rows_before, table)
            .map_err(|(column, problem)| broken(format!("column `{column}`: {problem}")))?;
        rows_before += batch.num_rows() as u64;
        meter.at(bytes * rows_before.min(all_rows) / all_rows, table.rows() as u64);
    }
    Ok(())
}

/// How to read the time column; refuses columns that are neither numbers nor texts.
fn time_kind(
    name: &str,
    schema: &Schema,
    slots: &[Slot],
    options: &ImportOptions,
) -> Result<TimeKind, ImportError> {
    let mut time = None;
    for (field, slot) in schema.fields().iter().zip(slots) {
        let data_type = typed::plain_type(field.data_type());
        let checked = match slot {
            Slot::Time => TimeKind::of(data_type, options.time_format.as_ref(), &options.time_zone)
                .map(|kind| time = Some(kind)),
            Slot::Signal(_) | Slot::Label(_) => typed::check(data_type),
        };
        checked
            .map_err(|why| ImportError::columns(name, format!("column `{}` {why}", field.name().trim())))?;
    }
    Ok(time.expect("a plan of columns has a time column"))
}

/// Adds the sound rows of a batch. The error names a column and says what is wrong with it.
fn add<'a>(
    batch: &RecordBatch,
    headers: &'a [String],
    slots: &[Slot],
    time: &TimeKind,
    rows_before: u64,
    table: &mut Table,
) -> Result<(), (&'a str, String)> {
    let mut problems: Problems = vec![None; batch.num_rows()];
    let mut times = Vec::new();
    let mut signals = vec![Vec::new(); table.signals.len()];
    let mut labels = Vec::with_capacity(table.labels.len());
    for ((cells, slot), column) in batch.columns().iter().zip(slots).zip(headers) {
        let failed = |error: arrow::error::ArrowError| (column.as_str(), error.to_string());
        let cells = typed::plain(cells).map_err(failed)?;
        match *slot {
            Slot::Time => times = time.read(&cells, column, &mut problems).map_err(failed)?,
            Slot::Signal(at) => signals[at] = typed::signal(&cells, column, &mut problems).map_err(failed)?,
            Slot::Label(at) => labels.push((at, typed::label(&cells).map_err(failed)?)),
        }
    }
    let mut sound = Vec::with_capacity(problems.len());
    for (row, problem) in problems.into_iter().enumerate() {
        match problem {
            None => sound.push(row),
            Some(reason) => table.reject(rows_before + row as u64 + 1, || reason),
        }
    }
    table.times.extend(sound.iter().map(|&row| times[row]));
    table.lines.extend(sound.iter().map(|&row| rows_before + row as u64 + 1));
    for (signal, values) in table.signals.iter_mut().zip(&signals) {
        signal.values.extend(sound.iter().map(|&row| values[row]));
    }
    for (at, values) in labels {
        table.labels[at].append(values.take(&sound));
    }
    Ok(())
}
