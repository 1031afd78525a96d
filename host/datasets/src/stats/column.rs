//! What is known of a feature as soon as its windows have been computed.

/// A feature's present values, in short.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// How many there are.
    pub(super) count: u64,
    /// The smallest; +∞ where there is none.
    pub(super) min: f64,
    /// The largest; −∞ where there is none.
    pub(super) max: f64,
}

impl Column {
    pub(super) const EMPTY: Self = Self { count: 0, min: f64::INFINITY, max: f64::NEG_INFINITY };

    /// Takes in values, of which those that are missing count for nothing.
    pub(super) fn add(&mut self, values: &[f64]) {
        for value in values.iter().filter(|value| !value.is_nan()) {
            self.count += 1;
            self.min = if *value < self.min { *value } else { self.min };
            self.max = if *value > self.max { *value } else { self.max };
        }
        // Of two zeros it would be a matter of order which sign is met first.
        self.min += 0.0;
        self.max += 0.0;
    }

    /// The power of two that values are divided by before they are squared: 1, unless squares of them would be beyond
    /// the ends of f64.
    pub(super) fn scale(&self) -> f64 {
        let reach = self.min.abs().max(self.max.abs());
        if self.count == 0 || reach == 0.0 || (1e-100..=1e100).contains(&reach) {
            return 1.0;
        }
        // The exponent alone; a subnormal number has none, and with the largest two the inverse would be subnormal.
        let exponent = (reach.to_bits() >> 52).clamp(1, 2045);
        f64::from_bits(exponent << 52)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Column {
        let mut column = Column::EMPTY;
        column.add(values);
        column
    }

    #[test]
    fn missing_values_count_for_nothing_and_zeros_have_no_sign() {
        let column = of(&[f64::NAN, 2.0, -0.0, f64::NAN]);
        assert_eq!((column.count, column.min.to_bits(), column.max), (2, 0, 2.0));
        assert_eq!(of(&[f64::NAN]).count, 0);
    }

    #[test]
    fn what_is_scaled_is_near_one_and_scales_are_powers_of_two() {
        for values in [[1e300, -2e300], [f64::MAX, f64::MIN], [3e-310, 1e-320], [5e-324, 0.0], [1e-101, 0.0]]
        {
            let (column, scale) = (of(&values), of(&values).scale());
            assert_eq!(scale.to_bits() & ((1 << 52) - 1), 0, "{scale:e}");
            let largest = column.max.max(-column.min) * (1.0 / scale);
            assert!(largest < 4.1, "{values:?} come to {largest}");
        }
        for values in [[0.0, 0.0], [1e6, -1e6], [1e-100, 1e100], [f64::NAN, f64::NAN]] {
            assert_eq!(of(&values).scale(), 1.0);
        }
    }
}
