//! Powers of two that keep squares and cubes of very large and very small cells within f64.

/// Between 2^−160 and 2^160 fourth powers of cells, and of differences as small as their last bit, are ordinary numbers.
const ORDINARY: u64 = 160;
/// What f64 adds to exponents.
const BIAS: u64 = 1023;

/// A power of two to divide cells by; multiplying by it or its inverse rounds nothing, save what becomes subnormal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The power of two: 1 for ordinary cells.
    pub unit: f64,
    /// 1 / `unit`.
    pub inverse: f64,
}

impl Scale {
    /// The scale of cells whose magnitude is at most `largest`, which is finite.
    pub fn of(largest: f64) -> Self {
        let exponent = largest.to_bits() >> 52;
        if (BIAS - ORDINARY..=BIAS + ORDINARY).contains(&exponent) || largest == 0.0 {
            return Self { unit: 1.0, inverse: 1.0 };
        }
        // So that neither power is subnormal or infinite.
        let exponent = exponent.clamp(1, 2 * BIAS - 1);
        Self { unit: f64::from_bits(exponent << 52), inverse: f64::from_bits((2 * BIAS - exponent) << 52) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_cells_are_left_as_they_are() {
        for largest in [0.0, 1e-40, 1.0, 3.0, 1e40] {
            assert_eq!(Scale::of(largest), Scale { unit: 1.0, inverse: 1.0 });
        }
    }

    #[test]
    fn extreme_cells_come_near_one() {
        for largest in [f64::MAX, 1e300, 1e-300, f64::MIN_POSITIVE] {
            let Scale { unit, inverse } = Scale::of(largest);
            assert_eq!(unit * inverse, 1.0);
            assert!((1.0..4.0).contains(&(largest * inverse)), "{largest}");
        }
        assert_eq!(5e-324 * Scale::of(5e-324).inverse, f64::EPSILON);
    }
}
