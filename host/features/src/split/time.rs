//! The split by time.

use super::ValSplit;

/// The time from which on rows validate, in the unit of `first` and `last` (nanoseconds since the Unix epoch): first +
/// (last − first) · (1 − val_split), rounded to the nearest, half up.
///
/// Reckoned in whole numbers with the decimal fraction that a client wrote: an f64 of 0.2 is a little more than a fifth,
/// which is nanoseconds over a range of years, and a row that lies on the cut would change sides.
pub fn time_cut(first: i64, last: i64, val_split: ValSplit) -> i64 {
    let span = last.abs_diff(first);
    let validation = part(span, val_split);
    // At most `span`, so the cut lies between the two times.
    first.min(last).saturating_add_unsigned(span - validation)
}

/// span · val_split, rounded to the nearest, half down: what is left of the span then is rounded half up.
fn part(span: u64, val_split: ValSplit) -> u64 {
    let Decimal { digits, places } = Decimal::of(val_split);
    // Below 2^64 · 10^17 < 2^121.
    let product = u128::from(span) * digits;
    let Some(unit) = 10_u128.checked_pow(places) else {
        // The unit is beyond 10^38, and the product less than half of it.
        return 0;
    };
    let (whole, rest) = (product / unit, product % unit);
    let rounded = if rest > unit - rest { whole + 1 } else { whole };
    u64::try_from(rounded).expect("a part of the span is no more than the span")
}

/// digits · 10^−places.
struct Decimal {
    /// Less than 10^17.
    digits: u128,
    places: u32,
}

impl Decimal {
    /// The shortest decimal fraction that reads as this number: the one that was written, unless it had more than 15
    /// digits.
    fn of(val_split: ValSplit) -> Self {
        let written = format!("{:e}", val_split.get());
        let (digits, exponent) = written.split_once('e').expect("`{:e}` writes an exponent");
        let fraction = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits = digits.chars().filter_map(|digit| digit.to_digit(10)).map(u128::from);
        let exponent: i32 = exponent.parse().expect("`{:e}` writes a whole exponent");
        Self {
            digits: digits.fold(0, |number, digit| number * 10 + digit),
            // The exponent is negative, for the number is less than 1.
            places: exponent.unsigned_abs() + fraction as u32,
        }
    }
}
