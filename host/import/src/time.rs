//! Times as files write them.

mod decimal;

use std::fmt;
use std::str::FromStr;

use jiff::civil::{DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, Zoned};

pub use self::decimal::Finer;
use self::decimal::Unit;
use crate::cell::shortened;

/// How a time column is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeFormat {
    /// ISO 8601: `2025-11-01T08:00:00.5+08:00`, with `T` or a space, with or without fraction and offset; a date alone
    /// is its midnight.
    Iso,
    /// Seconds since 1970-01-01 UTC, decimals allowed.
    Unix,
    /// Milliseconds, likewise.
    UnixMs,
    /// Microseconds, likewise.
    UnixUs,
    /// Nanoseconds.
    UnixNs,
    /// A pattern in the manner of strftime: `%d.%m.%Y %H:%M:%S%.f`. `%z` is an offset, `%.f` a fraction with its point.
    Pattern(String),
}

/// A text that is no way to write times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}`: {problem}")]
pub struct InvalidTimeFormat {
    text: String,
    problem: String,
}

/// `iso`, `unix`, `unix_ms`, `unix_us`, `unix_ns`, or a pattern.
impl FromStr for TimeFormat {
    type Err = InvalidTimeFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |problem: String| InvalidTimeFormat { text: text.to_owned(), problem };
        Ok(match text {
            "iso" => TimeFormat::Iso,
            "unix" => TimeFormat::Unix,
            "unix_ms" => TimeFormat::UnixMs,
            "unix_us" => TimeFormat::UnixUs,
            "unix_ns" => TimeFormat::UnixNs,
            pattern if pattern.contains('%') => {
                check_pattern(pattern).map_err(invalid)?;
                TimeFormat::Pattern(pattern.to_owned())
            }
            _ => {
                return Err(invalid(
                    "is none of iso, unix, unix_ms, unix_us, unix_ns, nor a pattern with %".into(),
                ));
            }
        })
    }
}

impl fmt::Display for TimeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TimeFormat::Iso => "iso",
            TimeFormat::Unix => "unix",
            TimeFormat::UnixMs => "unix_ms",
            TimeFormat::UnixUs => "unix_us",
            TimeFormat::UnixNs => "unix_ns",
            TimeFormat::Pattern(pattern) => pattern,
        })
    }
}

/// A pattern is sound if the time that it writes is one that it reads.
fn check_pattern(pattern: &str) -> Result<(), String> {
    let some_day = DateTime::constant(2001, 2, 3, 16, 5, 6, 789_000_000);
    let some_day = some_day.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
    let written = BrokenDownTime::from(&some_day).to_string(pattern).map_err(|error| error.to_string())?;
    let read = BrokenDownTime::parse(pattern, &written).map_err(|error| error.to_string())?;
    if read.timestamp().is_none() {
        read.to_datetime().map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Reads times of one format.
#[derive(Debug, Clone)]
pub struct TimeReader {
    format: TimeFormat,
    zone: TimeZone,
}

impl TimeReader {
    /// Times without an offset are what clocks in `zone` showed.
    pub fn new(format: TimeFormat, zone: TimeZone) -> Self {
        Self { format, zone }
    }

    /// The time in `text`, which is trimmed, in UTC nanoseconds; or why there is none.
    pub fn read(&self, text: &str) -> Result<i64, String> {
        self.read_with(text, Finer::Refuse)
    }

    /// The time that a binary floating point number stands for: the shortest decimal that it prints as, to the nearest
    /// nanosecond. (The number itself is hardly ever what was meant: at 1520624667.164109 s they are 240 ns apart.)
    pub fn read_float(&self, number: f64) -> Result<i64, String> {
        self.read_with(&number.to_string(), Finer::Round)
    }

    fn read_with(&self, text: &str, finer: Finer) -> Result<i64, String> {
        if text.is_empty() {
            return Err("there is no time".to_owned());
        }
        let unit = match &self.format {
            TimeFormat::Iso => return self.read_iso(text),
            TimeFormat::Pattern(pattern) => return self.read_pattern(pattern, text),
            TimeFormat::Unix => Unit::Seconds,
            TimeFormat::UnixMs => Unit::Milliseconds,
            TimeFormat::UnixUs => Unit::Microseconds,
            TimeFormat::UnixNs => Unit::Nanoseconds,
        };
        decimal::nanoseconds(text, unit, finer)
            .and_then(in_range)
            .map_err(|problem| format!("`{}` {problem}", shortened(text)))
    }

    fn read_iso(&self, text: &str) -> Result<i64, String> {
        let pieces =
            Pieces::parse(text).map_err(|_| format!("`{}` is not an ISO 8601 time", shortened(text)))?;
        if pieces.time_zone_annotation().is_some() {
            let zoned: Zoned = text.parse().map_err(|error| format!("`{}`: {error}", shortened(text)))?;
            return instant_of(zoned.timestamp(), text);
        }
        let local = DateTime::from_parts(pieces.date(), pieces.time().unwrap_or(Time::midnight()));
        match pieces.to_numeric_offset() {
            Some(offset) => {
                let instant = offset.to_timestamp(local).map_err(|_| out_of_range(text))?;
                instant_of(instant, text)
            }
            None => self.local(local, text),
        }
    }

    fn read_pattern(&self, pattern: &str, text: &str) -> Result<i64, String> {
        let unlike = |error: jiff::Error| format!("`{}` is not like `{pattern}`: {error}", shortened(text));
        let parts = BrokenDownTime::parse(pattern, text).map_err(unlike)?;
        if parts.timestamp().is_some() || parts.offset().is_some() {
            return instant_of(parts.to_timestamp().map_err(unlike)?, text);
        }
        if parts.iana_time_zone().is_some() {
            return instant_of(parts.to_zoned().map_err(unlike)?.timestamp(), text);
        }
        self.local(parts.to_datetime().map_err(unlike)?, text)
    }

    /// The instant at which clocks showed `local`, where there is just one.
    pub fn local(&self, local: DateTime, text: &str) -> Result<i64, String> {
        let instant = self.zone.to_ambiguous_timestamp(local);
        let zone = self.zone.iana_name().unwrap_or("the time zone");
        match instant.offset() {
            AmbiguousOffset::Unambiguous { .. } => {
                instant_of(instant.unambiguous().map_err(|_| out_of_range(text))?, text)
            }
            AmbiguousOffset::Gap { .. } => {
                Err(format!("`{}` does not exist in {zone}: clocks were put forward", shortened(text)))
            }
            AmbiguousOffset::Fold { .. } => {
                Err(format!("`{}` occurs twice in {zone}: clocks were put back", shortened(text)))
            }
        }
    }
}

fn instant_of(instant: Timestamp, text: &str) -> Result<i64, String> {
    in_range(instant.as_nanosecond()).map_err(|problem| format!("`{}` {problem}", shortened(text)))
}

/// What 64 bits of nanoseconds hold. Not the very last: ranges of time are half open, and none could hold it.
fn in_range(nanoseconds: i128) -> Result<i64, String> {
    i64::try_from(nanoseconds)
        .ok()
        .filter(|&nanoseconds| nanoseconds < i64::MAX)
        .ok_or_else(|| "is not between the years 1677 and 2262".to_owned())
}

fn out_of_range(text: &str) -> String {
    format!("`{}` is not between the years 1677 and 2262", shortened(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(format: &str, zone: &str) -> TimeReader {
        TimeReader::new(format.parse().unwrap(), TimeZone::get(zone).unwrap())
    }

    fn utc(text: &str) -> i64 {
        i64::try_from(text.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap()
    }

    #[test]
    fn iso_times_are_read_in_every_usual_form() {
        let shanghai = reader("iso", "Asia/Shanghai");
        for (text, instant) in [
            ("2020-03-01 15:44:06", "2020-03-01T07:44:06Z"),
            ("2020-03-01T15:44:06", "2020-03-01T07:44:06Z"),
            ("2020-03-01T15:44", "2020-03-01T07:44:00Z"),
            ("2020-03-01", "2020-02-29T16:00:00Z"),
            ("2020-03-01T15:44:06Z", "2020-03-01T15:44:06Z"),
            ("2020-03-01 15:44:06.5+00:00", "2020-03-01T15:44:06.5Z"),
            ("2020-03-01T15:44:06.123456789-0330", "2020-03-01T19:14:06.123456789Z"),
            ("20200301T154406Z", "2020-03-01T15:44:06Z"),
            ("2020-03-01T15:44:06+01:00[Europe/Berlin]", "2020-03-01T14:44:06Z"),
            ("1677-09-22T00:00:00Z", "1677-09-22T00:00:00Z"),
        ] {
            assert_eq!(shanghai.read(text), Ok(utc(instant)), "{text}");
        }
    }

    #[test]
    fn what_is_no_iso_time_is_refused_with_its_text() {
        let reader = reader("iso", "UTC");
        for text in [
            "01.03.2020 15:44",
            "yesterday",
            "2020-02-30",
            "15:44:06",
            "1520624667",
            "2020-03-01T15:44:06.1234567891Z",
        ] {
            assert_eq!(reader.read(text), Err(format!("`{text}` is not an ISO 8601 time")));
        }
        assert_eq!(reader.read(""), Err("there is no time".to_owned()));
        for text in ["1500-01-01T00:00:00Z", "2300-01-01", "9999-12-31T23:00:00-05:00"] {
            assert_eq!(reader.read(text), Err(format!("`{text}` is not between the years 1677 and 2262")));
        }
    }

    #[test]
    fn a_local_time_that_is_not_one_instant_is_refused() {
        let berlin = reader("iso", "Europe/Berlin");
        assert_eq!(
            berlin.read("2025-03-30 02:30:00"),
            Err("`2025-03-30 02:30:00` does not exist in Europe/Berlin: clocks were put forward".to_owned())
        );
        assert_eq!(
            berlin.read("2025-10-26T02:30:00"),
            Err("`2025-10-26T02:30:00` occurs twice in Europe/Berlin: clocks were put back".to_owned())
        );
        assert_eq!(berlin.read("2025-10-26T02:30:00+02:00"), Ok(utc("2025-10-26T00:30:00Z")));
        assert_eq!(berlin.read("2025-10-26T03:00:00"), Ok(utc("2025-10-26T02:00:00Z")));
    }

    #[test]
    fn patterns_read_what_they_describe() {
        for (pattern, text, instant) in [
            ("%d.%m.%Y %H:%M:%S%.f", "01.03.2020 15:44:06.25", "2020-03-01T14:44:06.25Z"),
            ("%d.%m.%Y %H:%M:%S%.f", "01.03.2020 15:44:06", "2020-03-01T14:44:06Z"),
            ("%m/%d/%y %I:%M %p", "3/1/20 3:44 PM", "2020-03-01T14:44:00Z"),
            ("%Y%m%d", "20200301", "2020-02-29T23:00:00Z"),
            ("%Y-%m-%d %H:%M:%S %z", "2020-03-01 15:44:06 +0530", "2020-03-01T10:14:06Z"),
            ("t=%s", "t=1583077446", "2020-03-01T15:44:06Z"),
        ] {
            assert_eq!(reader(pattern, "Europe/Berlin").read(text), Ok(utc(instant)), "{pattern}");
        }
        let error = reader("%d.%m.%Y", "UTC").read("2020-03-01").unwrap_err();
        assert!(error.starts_with("`2020-03-01` is not like `%d.%m.%Y`: "), "{error}");
        let error = reader("%d.%m.%Y", "UTC").read("01.03.2020 15:44").unwrap_err();
        assert!(error.starts_with("`01.03.2020 15:44` is not like"), "{error}");
    }

    #[test]
    fn a_format_that_says_no_time_is_refused() {
        for text in ["", "rfc3339", "%H:%M", "%Y-%m", "%Y-%m-%d %!"] {
            let error = text.parse::<TimeFormat>().unwrap_err();
            assert!(error.to_string().starts_with(&format!("`{text}`: ")), "{error}");
        }
        for text in ["iso", "unix", "unix_ms", "unix_us", "unix_ns", "%F %T"] {
            assert_eq!(text.parse::<TimeFormat>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_float_is_the_decimal_that_it_prints_as() {
        let seconds = reader("unix", "UTC");
        assert_eq!(seconds.read_float(1_520_624_667.164_109), Ok(1_520_624_667_164_109_000));
        assert_eq!(seconds.read_float(0.123_456_789_012_3), Ok(123_456_789));
        assert_eq!(reader("unix_ms", "UTC").read_float(1_520_624_667_164.109), Ok(1_520_624_667_164_109_000));
        assert_eq!(seconds.read_float(1e300).unwrap_err().split(' ').next_back(), Some("2262"));
        assert!(seconds.read_float(f64::INFINITY).is_err());
    }
}
