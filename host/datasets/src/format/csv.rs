//! Rows as CSV.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Write;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampNanosecondType;
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

use crate::StorageError;
use crate::table::{Cells, Part, TableReader};

/// Where the two columns of times stand.
const TIMES: [usize; 2] = [1, 2];

pub(super) fn write(table: &TableReader, part: Part, to: &Path) -> Result<(), StorageError> {
    let failed = |error| StorageError::writing(to.display(), cause(error));
    let times = DateTimePrinter::new().precision(Some(fraction_digits(table, part)?));
    let file = File::create(to).map_err(|error| StorageError::writing(to.display(), error))?;
    let mut lines = csv::Writer::from_writer(file);
    lines.write_record(table.schema().arrow().fields().iter().map(|field| field.name())).map_err(failed)?;
    for rows in table.batches(part)? {
        write_rows(&rows?, &times, &mut lines).map_err(failed)?;
    }
    lines.flush().map_err(|error| StorageError::writing(to.display(), error))
}

/// What the operating system said, where it is behind an error, which the error itself does not tell.
fn cause(error: csv::Error) -> Box<dyn Error + Send + Sync> {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => format!("{other:?}").into(),
    }
}

/// As many digits behind the point as the finest time needs: 0, 3, 6 or 9. All have the same, since pandas takes the
/// form of the first time for that of all.
fn fraction_digits(table: &TableReader, part: Part) -> Result<u8, StorageError> {
    let mut digits = 0;
    for rows in table.columns(part, TIMES)? {
        for column in rows?.columns() {
            for &time in column.as_primitive::<TimestampNanosecondType>().values() {
                while digits < 9 && time % 10_i64.pow(9 - u32::from(digits)) != 0 {
                    digits += 3;
                }
            }
        }
    }
    Ok(digits)
}

fn write_rows(
    rows: &RecordBatch,
    times: &DateTimePrinter,
    lines: &mut csv::Writer<impl Write>,
) -> csv::Result<()> {
    let columns: Vec<_> = rows.columns().iter().map(|column| Cells::of(column.as_ref())).collect();
    let mut cell = String::new();
    for row in 0..rows.num_rows() {
        for column in &columns {
            cell.clear();
            print(column, row, times, &mut cell);
            lines.write_field(&cell)?;
        }
        lines.write_record(None::<&[u8]>)?;
    }
    Ok(())
}

fn print(column: &Cells<'_>, row: usize, times: &DateTimePrinter, into: &mut String) {
    let printed = match column {
        Cells::Text(cells) => into.write_str(cells.value(row)),
        // Every i64 of nanoseconds lies between the years 1677 and 2262, well inside what a timestamp holds.
        Cells::Time(cells) => Timestamp::from_nanosecond(cells.value(row).into())
            .and_then(|time| times.print_timestamp(&time, &mut *into))
            .map_err(|_| fmt::Error),
        Cells::Float(cells) if cells.is_null(row) => Ok(()),
        // The shortest text that reads back as the same f64.
        Cells::Float(cells) => write!(into, "{:?}", cells.value(row)),
        Cells::Int(cells) => write!(into, "{}", cells.value(row)),
        Cells::Bool(cells) => write!(into, "{}", cells.value(row)),
    };
    printed.expect("a string takes every text");
}
