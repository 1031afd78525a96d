//! Arrow columns of any type as times, numbers and labels.

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};
use arrow::error::ArrowError;
use fettle_frame::{LabelType, LabelValues};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cell::{not_a_number, number, trimmed};
use crate::time::{TimeFormat, TimeReader};

/// Why each row of a batch is left out, where it is.
pub type Problems = Vec<Option<String>>;

/// How the values of a time column are read.
#[derive(Debug, Clone)]
pub enum TimeKind {
    /// They are instants of this unit.
    Instants(TimeUnit),
    /// They are what clocks showed, in this unit.
    Local(TimeUnit, TimeReader),
    /// They are days, as clocks showed them.
    Days(TimeReader),
    /// Texts, whole numbers and decimals, read as they print.
    Texts(TimeReader),
    /// Floating point numbers.
    Floats(TimeReader),
}

impl TimeKind {
    /// How to read a time column of a type. The error says why it cannot be.
    pub fn of(data_type: &DataType, format: Option<&TimeFormat>, zone: &TimeZone) -> Result<Self, String> {
        let reader = |format: &TimeFormat| TimeReader::new(format.clone(), zone.clone());
        let own = |kind| match format {
            None => Ok(kind),
            Some(format) => Err(format!("is {data_type} already; `time_format` {format} does not apply")),
        };
        match data_type {
            DataType::Timestamp(unit, Some(_)) => own(TimeKind::Instants(*unit)),
            DataType::Timestamp(unit, None) => own(TimeKind::Local(*unit, reader(&TimeFormat::Iso))),
            DataType::Date32 => own(TimeKind::Days(reader(&TimeFormat::Iso))),
            DataType::Date64 => own(TimeKind::Local(TimeUnit::Millisecond, reader(&TimeFormat::Iso))),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                Ok(TimeKind::Texts(reader(format.unwrap_or(&TimeFormat::Iso))))
            }
            number if number.is_integer() || number.is_decimal() || *number == DataType::Float64 => {
                match format {
                    None | Some(TimeFormat::Iso) => {
                        Err(format!("is {number}; say with `time_format` what it counts (unix, unix_ms, …)"))
                    }
                    Some(format) if *number == DataType::Float64 => Ok(TimeKind::Floats(reader(format))),
                    Some(format) => Ok(TimeKind::Texts(reader(format))),
                }
            }
            other => Err(format!("is {other}, which is no time")),
        }
    }

    /// The times of a batch in UTC nanoseconds; rows without a sound one are in `problems`.
    pub fn read(
        &self,
        cells: &ArrayRef,
        column: &str,
        problems: &mut Problems,
    ) -> Result<Vec<i64>, ArrowError> {
        match self {
            TimeKind::Instants(unit) => {
                let cells = whole_numbers(cells)?;
                Ok(each(cells.iter(), column, problems, |value| {
                    let nanoseconds = i128::from(value) * nanoseconds_of(*unit);
                    i64::try_from(nanoseconds)
                        .map_err(|_| "is not between the years 1677 and 2262".to_owned())
                }))
            }
            TimeKind::Local(unit, reader) => {
                let cells = whole_numbers(cells)?;
                let nanoseconds = nanoseconds_of(*unit);
                Ok(each(cells.iter(), column, problems, |value| {
                    local(i128::from(value) * nanoseconds, reader)
                }))
            }
            TimeKind::Days(reader) => {
                let cells = whole_numbers(&cast(cells, &DataType::Int32)?)?;
                Ok(each(cells.iter(), column, problems, |value| {
                    local(i128::from(value) * NANOSECONDS_OF_A_DAY, reader)
                }))
            }
            TimeKind::Texts(reader) => {
                let cells = texts(cells)?;
                Ok(each(cells.iter(), column, problems, |text| reader.read(trimmed(text))))
            }
            TimeKind::Floats(reader) => {
                let cells = cells.as_primitive::<Float64Type>();
                Ok(each(cells.iter(), column, problems, |value| reader.read_float(value)))
            }
        }
    }
}

/// Whether a column of a type can be a signal, or a label; the error says why not.
pub fn check(data_type: &DataType) -> Result<(), String> {
    let readable = data_type.is_numeric()
        || data_type.is_temporal()
        || is_text(data_type)
        || matches!(data_type, DataType::Boolean | DataType::Null);
    if readable { Ok(()) } else { Err(format!("is {data_type}, which is neither a number nor a text")) }
}

/// The cells of a signal: numbers as they are, truth values as 0 and 1, points in time and durations in seconds (from
/// 1970, or midnight), texts as the numbers that they say. NaN where missing.
pub fn signal(cells: &ArrayRef, column: &str, problems: &mut Problems) -> Result<Vec<f64>, ArrowError> {
    if is_text(cells.data_type()) {
        let cells = texts(cells)?;
        let mut values = vec![f64::NAN; cells.len()];
        for ((text, value), problem) in cells.iter().zip(&mut values).zip(problems) {
            let Some(text) = text.map(trimmed) else { continue };
            match number(text) {
                Some(number) => *value = number,
                None => {
                    problem.get_or_insert_with(|| format!("column `{column}`: {}", not_a_number(text)));
                }
            }
        }
        return Ok(values);
    }
    if let Some(unit) = seconds_per_unit(cells.data_type()) {
        let whole = whole_numbers(cells)?;
        return Ok(whole.iter().map(|value| value.map_or(f64::NAN, |value| value as f64 * unit)).collect());
    }
    Ok(numbers(cells)?.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// The cells of a label, in its own type; points in time are texts.
pub fn label(cells: &ArrayRef) -> Result<LabelValues, ArrowError> {
    Ok(match cells.data_type() {
        // Of no type, and so of any.
        DataType::Null => LabelValues::missing(LabelType::Text, cells.len()),
        DataType::Boolean => LabelValues::Bool(cells.as_boolean().iter().collect()),
        whole if whole.is_integer() => LabelValues::Int(whole_numbers(cells)?.iter().collect()),
        number if number.is_numeric() => {
            let present = |cell: Option<f64>| cell.filter(|number| !number.is_nan());
            LabelValues::Float(numbers(cells)?.iter().map(present).collect())
        }
        _ => LabelValues::Text(texts(cells)?.iter().map(|cell| cell.map(str::to_owned)).collect()),
    })
}

/// A column without the dictionary that it may be kept in.
pub fn plain(cells: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    cast(cells, plain_type(cells.data_type()))
}

/// The type of a column's values, in a dictionary or not.
pub fn plain_type(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

const NANOSECONDS_OF_A_DAY: i128 = 86_400 * 1_000_000_000;

fn nanoseconds_of(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

/// What a temporal type counts, in seconds; `None` for all others.
fn seconds_per_unit(data_type: &DataType) -> Option<f64> {
    match data_type {
        DataType::Timestamp(unit, _)
        | DataType::Time32(unit)
        | DataType::Time64(unit)
        | DataType::Duration(unit) => Some(nanoseconds_of(*unit) as f64 / 1e9),
        DataType::Date32 => Some(86_400.0),
        DataType::Date64 => Some(0.001),
        _ => None,
    }
}

/// The instant at which clocks showed what a UTC clock shows `nanoseconds` after 1970.
fn local(nanoseconds: i128, reader: &TimeReader) -> Result<i64, String> {
    let shown = Timestamp::from_nanosecond(nanoseconds)
        .map_err(|_| "is not between the years 1677 and 2262".to_owned())?;
    let shown = TimeZone::UTC.to_datetime(shown);
    reader.local(shown, &shown.to_string())
}

/// Reads each cell; what cannot be read, or is missing, goes to `problems`.
fn each<T>(
    cells: impl Iterator<Item = Option<T>>,
    column: &str,
    problems: &mut Problems,
    read: impl Fn(T) -> Result<i64, String>,
) -> Vec<i64> {
    cells
        .zip(problems)
        .map(|(cell, problem)| {
            let read = cell.map_or_else(|| Err("there is no time".to_owned()), &read);
            read.unwrap_or_else(|why| {
                problem.get_or_insert_with(|| format!("column `{column}`: {why}"));
                0
            })
        })
        .collect()
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn whole_numbers(cells: &ArrayRef) -> Result<Int64Array, ArrowError> {
    Ok(cast(cells, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

fn numbers(cells: &ArrayRef) -> Result<Float64Array, ArrowError> {
    Ok(cast(cells, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
}

fn texts(cells: &ArrayRef) -> Result<StringArray, ArrowError> {
    Ok(cast(cells, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// A value that does not fit is an error, not a missing cell.
fn cast(cells: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    cast_with_options(cells, data_type, &CastOptions { safe: false, ..CastOptions::default() })
}
