//! Decimal numbers since the epoch, read exactly: a float has too few digits for them.

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// What to do with decimals that are finer than a nanosecond. Zeros are fine in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finer {
    Refuse,
    /// To the nearest nanosecond, away from zero where two are as near.
    Round,
}

/// More digits than any time has; with them a sum cannot overflow.
const MOST_DIGITS: usize = 24;

/// The nanoseconds in `text`: digits, a sign before them and decimals behind a point if need be, nothing else.
pub fn nanoseconds(text: &str, unit: Unit, finer: Finer) -> Result<i128, String> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !are_digits(whole) || !are_digits(fraction) {
        return Err("is not a plain decimal number".to_owned());
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > MOST_DIGITS {
        return Err("is not between the years 1677 and 2262".to_owned());
    }
    let decimals = match unit {
        Unit::Seconds => 9,
        Unit::Milliseconds => 6,
        Unit::Microseconds => 3,
        Unit::Nanoseconds => 0,
    };
    let (kept, rest) = fraction.split_at(decimals.min(fraction.len()));
    let digits = whole.bytes().chain(kept.bytes()).chain(std::iter::repeat_n(b'0', decimals - kept.len()));
    let mut value = digits.fold(0_i128, |value, digit| value * 10 + i128::from(digit - b'0'));
    if rest.bytes().any(|digit| digit != b'0') {
        match finer {
            Finer::Refuse => return Err("is finer than a nanosecond".to_owned()),
            Finer::Round => value += i128::from(rest.as_bytes()[0] >= b'5'),
        }
    }
    Ok(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        for (text, unit, expected) in [
            ("1520624667.164109", Unit::Seconds, 1_520_624_667_164_109_000),
            ("1520624667", Unit::Seconds, 1_520_624_667_000_000_000),
            ("1520624667.", Unit::Seconds, 1_520_624_667_000_000_000),
            ("1520624667.123456789", Unit::Seconds, 1_520_624_667_123_456_789),
            ("1520624667.123456789000", Unit::Seconds, 1_520_624_667_123_456_789),
            ("0001.5", Unit::Seconds, 1_500_000_000),
            (".25", Unit::Seconds, 250_000_000),
            ("-0.000000001", Unit::Seconds, -1),
            ("+7", Unit::Seconds, 7_000_000_000),
            ("1520624667164.109", Unit::Milliseconds, 1_520_624_667_164_109_000),
            ("1520624667164109.001", Unit::Microseconds, 1_520_624_667_164_109_001),
            ("1520624667164109001", Unit::Nanoseconds, 1_520_624_667_164_109_001),
            ("5.000", Unit::Nanoseconds, 5),
        ] {
            assert_eq!(nanoseconds(text, unit, Finer::Refuse), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_finer_than_a_nanosecond_is_refused_or_rounded() {
        for (text, rounded) in [("0.0000000014", 1), ("0.0000000015", 2), ("-0.0000000015", -2)] {
            assert_eq!(
                nanoseconds(text, Unit::Seconds, Finer::Refuse),
                Err("is finer than a nanosecond".to_owned())
            );
            assert_eq!(nanoseconds(text, Unit::Seconds, Finer::Round), Ok(rounded));
        }
    }

    #[test]
    fn other_numbers_are_refused() {
        for text in ["", ".", "-", "1.5e9", "1,5", "1 5", "0x10", "1.2.3", "--1", "inf", "NaN", "١"] {
            let error = nanoseconds(text, Unit::Seconds, Finer::Refuse).unwrap_err();
            assert_eq!(error, "is not a plain decimal number", "{text}");
        }
        let long = "9".repeat(400);
        assert!(nanoseconds(&long, Unit::Seconds, Finer::Refuse).unwrap_err().contains("1677"));
    }
}
