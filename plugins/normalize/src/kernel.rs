//! The loops over a column, as plain Rust. A missing cell is NaN and stays so.

/// (value − `origin`) / `divisor` for each.
pub fn standardize(values: &mut [f64], origin: f64, divisor: f64) {
    // Halving all three changes no digit but keeps the difference of two huge values finite; not so where the divisor
    // is so small that halving could cost one.
    let part = if divisor < f64::MIN_POSITIVE / f64::EPSILON { 1.0 } else { 0.5 };
    divide(values, part, origin * part, divisor * part);
}

/// `low` to 0, `high` to 1, all else on the line through them; `low` and `high` differ by far more than the smallest
/// f64.
pub fn between(values: &mut [f64], low: f64, high: f64) {
    divide(values, 0.5, low * 0.5, high * 0.5 - low * 0.5);
}

/// 0 to `low`, 1 to `high`, all else on the line through them.
pub fn stretch(values: &mut [f64], low: f64, high: f64) {
    let width = high - low;
    for value in values {
        *value = *value * width + low;
    }
}

/// Pulls values to the nearer of two bounds.
pub fn clip(values: &mut [f64], low: f64, high: f64) {
    for value in values {
        let raised = if *value < low { low } else { *value };
        *value = if raised > high { high } else { raised };
    }
}

/// Divides rather than multiplying by the inverse, as scikit-learn does: the last digit agrees.
fn divide(values: &mut [f64], part: f64, origin: f64, divisor: f64) {
    for value in values {
        *value = (*value * part - origin) / divisor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standardized<const ROWS: usize>(mut values: [f64; ROWS], origin: f64, divisor: f64) -> [f64; ROWS] {
        standardize(&mut values, origin, divisor);
        values
    }

    #[test]
    fn values_become_multiples_of_the_divisor() {
        assert_eq!(standardized([1.0, 3.0, 7.0], 3.0, 2.0), [-1.0, 0.0, 2.0]);
        assert!(standardized([f64::NAN], 3.0, 2.0)[0].is_nan());
    }

    #[test]
    fn huge_and_tiny_differences_keep_their_digits() {
        assert_eq!(standardized([1e308, -1e308], -1e308, 1e308), [2.0, 0.0]);
        assert_eq!(standardized([f64::MAX], f64::MIN, f64::MAX), [2.0]);
        assert_eq!(standardized([15e-324, 5e-324], 5e-324, 5e-324), [2.0, 0.0]);
        let tiny = f64::MIN_POSITIVE;
        assert_eq!(standardized([3.0 * tiny], tiny, tiny), [2.0]);
    }

    #[test]
    fn both_ends_are_met() {
        let mut values = [f64::MIN, 0.0, f64::MAX];
        between(&mut values, f64::MIN, f64::MAX);
        assert_eq!(values, [0.0, 0.5, 1.0]);

        let mut values = [0.0, 0.25, 1.0, 2.0];
        stretch(&mut values, -1.0, 1.0);
        assert_eq!(values, [-1.0, -0.5, 1.0, 3.0]);
        clip(&mut values, -1.0, 1.0);
        assert_eq!(values, [-1.0, -0.5, 1.0, 1.0]);
    }
}
