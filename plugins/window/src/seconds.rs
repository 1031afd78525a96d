//! Seconds, as people write them, in the nanoseconds of timestamps.

/// `seconds` to the nearest nanosecond, and at least one: 0.1 is 100,000,000, so that steps of it never drift.
pub(crate) fn to_nanoseconds(seconds: f64) -> u64 {
    // The cast saturates: what is longer than 584 years is longer than any frame.
    ((seconds * 1e9).round() as u64).max(1)
}

/// Nanoseconds as seconds, for messages.
pub(crate) fn from_nanoseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_seconds_are_exact() {
        assert_eq!(to_nanoseconds(0.1), 100_000_000);
        assert_eq!(to_nanoseconds(0.3), 300_000_000);
        assert_eq!(to_nanoseconds(86_400.123_456_789), 86_400_123_456_789);
        assert_eq!(to_nanoseconds(1e-9), 1);
    }

    #[test]
    fn the_ends_are_one_nanosecond_and_longer_than_any_frame() {
        assert_eq!(to_nanoseconds(1e-300), 1);
        assert_eq!(to_nanoseconds(1e300), u64::MAX);
    }
}
