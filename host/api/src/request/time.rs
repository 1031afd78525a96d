//! A time in a request: ISO 8601, with an offset or in the configured zone.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// A time as a request gave it.
#[derive(Debug, Clone)]
pub(crate) struct RequestTime {
    instant: i64,
    form: TimeForm,
}

/// How a request wrote a time's offset; the answer writes its own times alike.
#[derive(Debug, Clone)]
pub(crate) struct TimeForm {
    zone: TimeZone,
    suffix: String,
}

impl RequestTime {
    /// Reads `text`; without an offset it is local time in `local`. The error says what would be right.
    pub(crate) fn parse(text: &str, local: &TimeZone) -> Result<Self, String> {
        const EXPECTED: &str =
            "must be an ISO 8601 time such as 2025-11-01T00:00:00, with or without an offset";
        let pieces = Pieces::parse(text).map_err(|_| EXPECTED.to_owned())?;
        if pieces.time_zone_annotation().is_some() {
            return Err(format!("{EXPECTED} (a zone's name in brackets is not read)"));
        }
        let civil = pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight()));
        let form = match pieces.offset() {
            Some(PiecesOffset::Zulu) => TimeForm { zone: TimeZone::UTC, suffix: "Z".to_owned() },
            Some(offset) => {
                let offset = offset.to_numeric_offset();
                TimeForm { zone: offset.to_time_zone(), suffix: suffix(offset) }
            }
            None => TimeForm { zone: local.clone(), suffix: String::new() },
        };
        let resolved = form.zone.to_ambiguous_timestamp(civil);
        let zone_name = zone_name(&form.zone);
        let timestamp = match resolved.offset() {
            AmbiguousOffset::Unambiguous { .. } => resolved.compatible(),
            AmbiguousOffset::Gap { .. } => {
                return Err(format!("does not exist in {zone_name}: its clocks skip it; give an offset"));
            }
            AmbiguousOffset::Fold { .. } => {
                return Err(format!("occurs twice in {zone_name}: its clocks go back; give an offset"));
            }
        };
        let instant = timestamp.ok().and_then(|timestamp| i64::try_from(timestamp.as_nanosecond()).ok());
        match instant {
            Some(instant) => Ok(Self { instant, form }),
            None => Err("must lie between the years 1678 and 2261".to_owned()),
        }
    }

    /// UTC nanoseconds since the Unix epoch.
    pub(crate) fn instant(&self) -> i64 {
        self.instant
    }

    /// The same as a timestamp.
    pub(crate) fn timestamp(&self) -> Timestamp {
        let nanoseconds = i128::from(self.instant);
        Timestamp::from_nanosecond(nanoseconds).expect("an i64 of nanoseconds is within a timestamp's years")
    }

    /// How it was written.
    pub(crate) fn form(&self) -> &TimeForm {
        &self.form
    }

    /// Stands in for a time that was refused, in a request that goes no further.
    pub(super) fn stand_in(instant: i64) -> Self {
        Self { instant, form: TimeForm { zone: TimeZone::UTC, suffix: String::new() } }
    }
}

impl TimeForm {
    /// UTC with `Z`: for answers to questions without a time.
    pub(crate) fn utc() -> Self {
        Self { zone: TimeZone::UTC, suffix: "Z".to_owned() }
    }

    /// The zone that local times are written in.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The name of that zone where a time that is written in this form does not tell which of two instants it is: its
    /// clocks went back, and it carries no offset. `None` where all of `instants` can be told.
    pub(crate) fn ambiguous_zone(&self, instants: &[i64]) -> Option<&str> {
        if !self.suffix.is_empty() || self.zone.to_fixed_offset().is_ok() {
            return None;
        }
        let twice = |instant: &i64| {
            let timestamp = Timestamp::from_nanosecond(i128::from(*instant)).ok()?;
            let local = self.zone.to_datetime(timestamp);
            Some(matches!(self.zone.to_ambiguous_timestamp(local).offset(), AmbiguousOffset::Fold { .. }))
        };
        instants.iter().any(|instant| twice(instant) == Some(true)).then(|| zone_name(&self.zone))
    }

    /// What follows the local time: `Z`, an offset, or nothing.
    pub(crate) fn suffix(&self) -> &str {
        &self.suffix
    }
}

fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("the configured zone")
}

/// `+05:30`; always with minutes, which is how RFC 3339 wants it, and with seconds where the offset has some.
fn suffix(offset: Offset) -> String {
    let sign = if offset.is_negative() { '-' } else { '+' };
    let seconds = offset.seconds().unsigned_abs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match seconds {
        0 => format!("{sign}{hours:02}:{minutes:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn parse(text: &str, zone: &str) -> Result<i64, String> {
        RequestTime::parse(text, &TimeZone::get(zone).unwrap()).map(|time| time.instant() / SECOND)
    }

    #[test]
    fn a_time_without_an_offset_is_local() {
        assert_eq!(parse("2025-11-01T00:00:00", "UTC"), Ok(1_761_955_200));
        assert_eq!(parse("2025-11-01T00:00:00", "Asia/Shanghai"), Ok(1_761_955_200 - 8 * 3600));
        assert_eq!(parse("2025-11-01T00:00:00", "Asia/Kolkata"), Ok(1_761_955_200 - 19_800));
        assert_eq!(parse("2025-11-01", "UTC"), Ok(1_761_955_200));
    }

    #[test]
    fn an_offset_wins_over_the_configured_zone() {
        assert_eq!(parse("2025-11-01T00:00:00Z", "Asia/Shanghai"), Ok(1_761_955_200));
        assert_eq!(parse("2025-11-01T05:30:00+05:30", "Asia/Shanghai"), Ok(1_761_955_200));
    }

    #[test]
    fn local_times_that_do_not_exist_or_occur_twice_are_refused() {
        let skipped = parse("2025-03-30T02:30:00", "Europe/Berlin").unwrap_err();
        assert!(skipped.contains("does not exist in Europe/Berlin"), "{skipped}");
        let twice = parse("2025-10-26T02:30:00", "Europe/Berlin").unwrap_err();
        assert!(twice.contains("occurs twice in Europe/Berlin"), "{twice}");
        assert!(parse("2025-10-26T02:30:00+02:00", "Europe/Berlin").is_ok());
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "yesterday", "2025-13-01T00:00:00", "2025-02-29T00:00:00", "1761955200", "12:00:00"]
        {
            assert!(parse(text, "UTC").unwrap_err().contains("ISO 8601"), "{text}");
        }
        assert!(parse("2025-11-01T00:00:00+01:00[Europe/Berlin]", "UTC").unwrap_err().contains("brackets"));
        assert!(parse("1500-01-01T00:00:00", "UTC").unwrap_err().contains("between"));
        assert!(parse("9999-12-31T23:59:59", "UTC").unwrap_err().contains("between"));
    }
}
