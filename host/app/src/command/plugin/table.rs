//! Rows from a CSV file, and results as CSV.

use std::io::{Read, Write};

use anyhow::{Context, bail, ensure};
use fettle_frame::{Frame, Signal};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What a time column is called where nothing else is said.
const TIME_COLUMN: &str = "timestamp";

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// Reads a CSV file with a header. Times are ISO 8601 (UTC without an offset) or seconds since 1970; without a time
/// column, rows are a second apart. All other columns are signals, or those in `columns`.
pub fn read(file: impl Read, time_column: Option<&str>, columns: Option<&[String]>) -> anyhow::Result<Frame> {
    let mut reader = csv::Reader::from_reader(file);
    let header: Vec<String> = reader.headers()?.iter().map(|name| name.trim().to_owned()).collect();
    let find = |name: &str| header.iter().position(|other| other == name);
    let time = match time_column {
        Some(name) => Some(find(name).with_context(|| format!("there is no column `{name}`"))?),
        None => find(TIME_COLUMN),
    };
    let wanted: Vec<usize> = match columns {
        Some(names) => names
            .iter()
            .map(|name| find(name).with_context(|| format!("there is no column `{name}`")))
            .collect::<Result<_, _>>()?,
        None => (0..header.len()).filter(|index| Some(*index) != time).collect(),
    };
    ensure!(!wanted.is_empty(), "there is no column beside the time");
    let mut timestamps = Vec::new();
    let mut signals: Vec<Signal> =
        wanted.iter().map(|&index| Signal { name: header[index].clone(), values: Vec::new() }).collect();
    for (row, record) in reader.records().enumerate() {
        let record = record?;
        // The header is line 1.
        let line = record.position().map_or(row as u64 + 2, csv::Position::line);
        timestamps.push(match time {
            Some(time) => {
                instant(&record[time]).with_context(|| format!("line {line}, `{}`", header[time]))?
            }
            None => row as i64 * SECOND,
        });
        for (signal, &index) in signals.iter_mut().zip(&wanted) {
            let value = cell(&record[index]).with_context(|| {
                format!("line {line}, `{}` (--columns names those that are to be read)", signal.name)
            })?;
            signal.values.push(value);
        }
    }
    let mut frame = Frame::new(timestamps, signals, Vec::new())?;
    frame.without_infinities();
    Ok(frame)
}

/// Writes rows: the time, then a value for each column, empty where it is missing.
pub fn write(
    file: impl Write,
    timestamps: impl Iterator<Item = i64>,
    columns: &[Signal],
) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(file);
    writer.write_field(TIME_COLUMN)?;
    writer.write_record(columns.iter().map(|column| &column.name))?;
    for (row, time) in timestamps.enumerate() {
        writer.write_field(iso(time))?;
        let cells = columns.iter().map(|column| column.values[row]);
        writer.write_record(
            cells.map(|value| if value.is_nan() { String::new() } else { value.to_string() }),
        )?;
    }
    Ok(writer.flush()?)
}

/// A time as ISO 8601.
pub fn iso(nanoseconds: i64) -> String {
    // Every i64 of nanoseconds lies within jiff's years.
    Timestamp::from_nanosecond(nanoseconds.into())
        .map_or_else(|_| nanoseconds.to_string(), |time| time.to_string())
}

fn instant(text: &str) -> anyhow::Result<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        ensure!(seconds.abs() < 9.2e9, "`{text}` seconds since 1970 are out of range");
        // Whole seconds and the fraction apart, so that a fraction keeps its digits.
        let whole = seconds.floor();
        return Ok(whole as i64 * SECOND + ((seconds - whole) * 1e9).round() as i64);
    }
    let time = text.parse::<Timestamp>().or_else(|_| {
        text.parse::<DateTime>()
            .and_then(|local| local.to_zoned(TimeZone::UTC))
            .map(|zoned| zoned.timestamp())
    });
    let Ok(time) = time else { bail!("`{text}` is no time: ISO 8601, or seconds since 1970") };
    i64::try_from(time.as_nanosecond()).with_context(|| format!("`{text}` lies too far away"))
}

fn cell(text: &str) -> anyhow::Result<f64> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("nan") || text.eq_ignore_ascii_case("null") {
        return Ok(f64::NAN);
    }
    text.parse().with_context(|| format!("`{text}` is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were_written() {
        let text = "timestamp,a,b\n2025-11-01T08:00:00Z,1.5,\n2025-11-01T08:00:01.5Z,-3,4\n";
        let frame = read(text.as_bytes(), None, None).unwrap();
        assert_eq!(frame.timestamps[1] - frame.timestamps[0], 1_500_000_000);
        assert!(frame.signals[1].values[0].is_nan());
        let mut written = Vec::new();
        write(&mut written, frame.timestamps.iter().copied(), &frame.signals).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), text);
    }

    #[test]
    fn times_are_iso_or_seconds_or_counted() {
        let times = |text: &str, column| read(text.as_bytes(), column, None).unwrap().timestamps;
        assert_eq!(times("t,a\n0.25,1\n1.1,2\n", Some("t")), [250_000_000, 1_100_000_000]);
        assert_eq!(times("t,a\n1970-01-01 00:00:01,1\n", Some("t")), [1_000_000_000]);
        assert_eq!(times("a\n5\n6\n", None), [0, 1_000_000_000]);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line_and_column() {
        let refused = |text: &str| format!("{:#}", read(text.as_bytes(), None, None).unwrap_err());
        let told = refused("timestamp,a\n1,2\n2,arc\n");
        assert!(told.contains("line 3") && told.contains("`a`") && told.contains("`arc`"), "{told}");
        assert!(refused("timestamp,a\nnoon,2\n").contains("`noon` is no time"));
        assert!(refused("timestamp,a\n2,1\n1,1\n").contains("do not ascend"));
        assert!(refused("timestamp\n1\n").contains("no column beside the time"));
    }

    #[test]
    fn columns_that_are_not_asked_for_are_not_read() {
        let frame = read("a,note\n1,ok\n".as_bytes(), None, Some(&["a".to_owned()])).unwrap();
        assert_eq!(frame.signals.len(), 1);
    }
}
