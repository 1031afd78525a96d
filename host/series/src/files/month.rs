//! UTC months: which rows stand in which file.

use std::fmt;
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A month of the UTC calendar; its text, `2025-11`, is the name of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month that holds an instant, in UTC nanoseconds.
    pub fn of(instant: i64) -> Self {
        let instant = Timestamp::from_nanosecond(i128::from(instant))
            .expect("an i64 of nanoseconds reaches from 1677 to 2262, a Timestamp much further");
        let date = TimeZone::UTC.to_datetime(instant);
        Self { year: date.year(), month: date.month() }
    }

    /// The month whose file name begins with `text`; `None` where it is no month.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits =
            |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        let month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
        Some(Self { year: year.parse().ok()?, month })
    }

    /// Where `timestamps`, which ascend, cross from one month into the next.
    pub fn split(timestamps: &[i64]) -> Vec<(Month, Range<usize>)> {
        let mut months = Vec::new();
        let mut start = 0;
        while start < timestamps.len() {
            let month = Month::of(timestamps[start]);
            let end =
                start + timestamps[start..].partition_point(|&instant| i128::from(instant) < month.end());
            months.push((month, start..end));
            start = end;
        }
        months
    }

    /// The first instant after it. Wider than a timestamp: the last month ends after the last representable instant.
    fn end(self) -> i128 {
        let (year, month) = if self.month == 12 { (self.year + 1, 1) } else { (self.year, self.month + 1) };
        let first_day =
            Date::new(year, month, 1).expect("years have four digits and months are counted to 12");
        let midnight = TimeZone::UTC
            .to_timestamp(first_day.at(0, 0, 0, 0))
            .expect("UTC has every midnight up to the year 9999");
        midnight.as_nanosecond()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> i64 {
        i64::try_from(text.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap()
    }

    #[test]
    fn rows_stand_in_the_month_of_their_utc_time() {
        for (text, month) in [
            ("1969-12-31T23:59:59.999999999Z", "1969-12"),
            ("1970-01-01T00:00:00Z", "1970-01"),
            ("2024-02-29T23:59:59.999999999Z", "2024-02"),
            ("2024-03-01T00:00:00Z", "2024-03"),
            ("2025-12-31T23:59:59+00:00", "2025-12"),
            ("2026-01-01T07:59:59+08:00", "2025-12"),
        ] {
            assert_eq!(Month::of(instant(text)).to_string(), month, "{text}");
        }
        assert_eq!(Month::of(i64::MIN).to_string(), "1677-09");
        assert_eq!(Month::of(i64::MAX).to_string(), "2262-04");
    }

    #[test]
    fn timestamps_split_where_a_month_ends() {
        let rows = [
            i64::MIN,
            instant("2025-11-30T23:59:59.999999999Z"),
            instant("2025-12-01T00:00:00Z"),
            instant("2025-12-31T00:00:00Z"),
            instant("2026-02-01T00:00:00Z"),
            i64::MAX,
        ];
        let months: Vec<_> =
            Month::split(&rows).into_iter().map(|(month, rows)| (month.to_string(), rows)).collect();
        let expected =
            [("1677-09", 0..1), ("2025-11", 1..2), ("2025-12", 2..4), ("2026-02", 4..5), ("2262-04", 5..6)];
        assert_eq!(months, expected.map(|(month, rows)| (month.to_owned(), rows)));
        assert_eq!(Month::split(&[]), []);
    }

    #[test]
    fn only_names_of_months_are_months() {
        assert_eq!(Month::parse("2025-11").unwrap().to_string(), "2025-11");
        for text in ["2025-13", "2025-00", "2025-1", "25-11", "+025-11", "2025-+1", "2025", "", "2025-11-01"]
        {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }
}
