//! Times in an answer, written the way the question wrote its own.

use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::request::TimeForm;

/// Writes all times of one answer alike: the offset form of the question, and as many fraction digits as the finest of
/// them needs (0, 3, 6 or 9).
#[derive(Debug)]
pub(crate) struct TimeWriter {
    form: TimeForm,
    fraction_digits: usize,
}

impl TimeWriter {
    /// For an answer that shows `instants`, UTC nanoseconds since the Unix epoch.
    pub(crate) fn new(form: TimeForm, instants: &[i64]) -> Self {
        let needs = |unit: i64| instants.iter().any(|instant| instant % unit != 0);
        let fraction_digits = match () {
            () if !needs(1_000_000_000) => 0,
            () if !needs(1_000_000) => 3,
            () if !needs(1_000) => 6,
            () => 9,
        };
        Self { form, fraction_digits }
    }

    /// One of the instants as text.
    pub(crate) fn text(&self, instant: i64) -> String {
        Time { writer: self, instant }.to_string()
    }

    /// `instants` as a JSON array.
    pub(crate) fn list<'a>(&'a self, instants: &'a [i64]) -> Times<'a> {
        Times { writer: self, instants }
    }
}

/// Times of one answer.
#[derive(Debug)]
pub(crate) struct Times<'a> {
    writer: &'a TimeWriter,
    instants: &'a [i64],
}

impl Serialize for Times<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.instants.iter().map(|&instant| Time { writer: self.writer, instant }))
    }
}

struct Time<'a> {
    writer: &'a TimeWriter,
    instant: i64,
}

impl Serialize for Time<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TimeWriter { form, fraction_digits } = self.writer;
        // Every i64 of nanoseconds lies between the years 1677 and 2262, well inside what a timestamp holds.
        let timestamp = Timestamp::from_nanosecond(i128::from(self.instant)).map_err(|_| fmt::Error)?;
        let local = form.zone().to_datetime(timestamp);
        write!(f, "{:04}-{:02}-{:02}", local.year(), local.month(), local.day())?;
        write!(f, "T{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second())?;
        if *fraction_digits > 0 {
            let fraction = format!("{:09}", local.subsec_nanosecond());
            write!(f, ".{}", &fraction[..*fraction_digits])?;
        }
        f.write_str(form.suffix())
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::request::RequestTime;

    const SECOND: i64 = 1_000_000_000;
    const NOVEMBER: i64 = 1_761_955_200 * SECOND; // 2025-11-01T00:00:00Z

    fn written(asked: &str, zone: &str, instants: &[i64]) -> Vec<String> {
        let form = RequestTime::parse(asked, &TimeZone::get(zone).unwrap()).unwrap().form().clone();
        let json = serde_json::to_value(TimeWriter::new(form, instants).list(instants)).unwrap();
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_answer_takes_the_offset_form_of_the_question() {
        assert_eq!(written("2025-11-01T00:00:00", "UTC", &[NOVEMBER]), ["2025-11-01T00:00:00"]);
        assert_eq!(written("2025-11-01T00:00:00Z", "Asia/Shanghai", &[NOVEMBER]), ["2025-11-01T00:00:00Z"]);
        assert_eq!(written("2025-11-01T05:30:00+05:30", "UTC", &[NOVEMBER]), ["2025-11-01T05:30:00+05:30"]);
        assert_eq!(written("2025-11-01T08:00:00+08:00", "UTC", &[NOVEMBER]), ["2025-11-01T08:00:00+08:00"]);
        assert_eq!(written("2025-10-31T20:30:00-03:30", "UTC", &[NOVEMBER]), ["2025-10-31T20:30:00-03:30"]);
        assert_eq!(written("2025-11-01T08:00:00", "Asia/Shanghai", &[NOVEMBER]), ["2025-11-01T08:00:00"]);
    }

    #[test]
    fn all_times_of_an_answer_have_the_same_fraction_digits() {
        let instants = [NOVEMBER, NOVEMBER + SECOND / 10];
        assert_eq!(
            written("2025-11-01T00:00:00Z", "UTC", &instants),
            ["2025-11-01T00:00:00.000Z", "2025-11-01T00:00:00.100Z"]
        );
        assert_eq!(
            written("2025-11-01T00:00:00Z", "UTC", &[NOVEMBER + 1_000]),
            ["2025-11-01T00:00:00.000001Z"]
        );
        assert_eq!(
            written("2025-11-01T00:00:00Z", "UTC", &[NOVEMBER + 1]),
            ["2025-11-01T00:00:00.000000001Z"]
        );
    }

    #[test]
    fn times_before_the_epoch_keep_their_fraction() {
        assert_eq!(written("1960-01-01T00:00:00Z", "UTC", &[-SECOND / 2]), ["1969-12-31T23:59:59.500Z"]);
        assert_eq!(written("1960-01-01T00:00:00Z", "UTC", &[i64::MIN]), ["1677-09-21T00:12:43.145224192Z"]);
    }
}
