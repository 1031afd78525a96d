//! Many values into an exact sum at once.
//!
//! Adding one value to the limbs takes a dozen steps that the next addition waits for. Of a block, most can be summed
//! in plain f64 without rounding: adding and subtracting a large power of two σ cuts each value at a fixed bit, and a
//! sum of numbers that are all multiples of that bit, and not too many, is exact (Rump, Ogita, Oishi: Accurate
//! Floating-Point Summation, part I). Two such cuts take 86 bits below the block's largest value; the rare rest is
//! added one by one. The result is the same sum, only sooner.

use super::ExactSum;
use super::exact_sum::power_of_two;

/// Values that are cut at the same bit.
const BLOCK: usize = 1 << BLOCK_BITS;
const BLOCK_BITS: i32 = 9;
/// Sums that run side by side, so that no addition waits for the one before.
const LANES: usize = 8;
/// Blocks whose largest value has an exponent beyond it are added one by one: σ has to be an f64, its last bit too.
const EXPONENT: i32 = 900;

impl ExactSum {
    /// Adds the present ones of `values`; returns how many they are.
    pub fn add_present(&mut self, values: &[f64]) -> u64 {
        for block in values.chunks(BLOCK) {
            // Missing cells, and what a short block lacks, are zeros.
            let mut whole = [0.0; BLOCK];
            for (slot, &value) in whole.iter_mut().zip(block) {
                *slot = if value.is_nan() { 0.0 } else { value };
            }
            self.add_block(&whole);
        }
        values.iter().map(|value| u64::from(!value.is_nan())).sum()
    }

    fn add_block(&mut self, block: &[f64; BLOCK]) {
        let reach = largest(block);
        // Values are below 2^exponent.
        let exponent = (reach.to_bits() >> 52) as i32 - 1022;
        if reach == 0.0 {
            return;
        }
        if exponent.abs() > EXPONENT {
            block.iter().for_each(|&value| self.add(value));
            return;
        }
        let first = power_of_two(exponent + BLOCK_BITS + 1);
        // What the first cut leaves of a value is at most first · 2^−53; the second stands to it as the first to values.
        let second = power_of_two(exponent + 2 * (BLOCK_BITS + 1) - 53);
        let (mut upper, mut lower, mut left) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for values in block.as_chunks::<LANES>().0 {
            for (lane, &value) in values.iter().enumerate() {
                let (high, low, rest) = cut(value, first, second);
                upper[lane] += high;
                lower[lane] += low;
                left[lane] += rest.abs();
            }
        }
        self.add(upper.iter().sum());
        self.add(lower.iter().sum());
        if left.iter().any(|&left| left > 0.0) {
            for &value in block {
                let (_, _, rest) = cut(value, first, second);
                if rest != 0.0 {
                    self.add(rest);
                }
            }
        }
    }
}

/// `value` as the sum of a multiple of `first` · 2^−53, one of `second` · 2^−53, and what is left.
#[inline]
fn cut(value: f64, first: f64, second: f64) -> (f64, f64, f64) {
    let high = (first + value) - first;
    let rest = value - high;
    let low = (second + rest) - second;
    (high, low, rest - low)
}

fn largest(block: &[f64; BLOCK]) -> f64 {
    let mut reach = [0.0; LANES];
    for values in block.as_chunks::<LANES>().0 {
        for (reach, value) in reach.iter_mut().zip(values) {
            let size = value.abs();
            *reach = if size > *reach { size } else { *reach };
        }
    }
    reach.into_iter().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one_by_one(values: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        values.iter().filter(|value| !value.is_nan()).for_each(|&value| sum.add(value));
        sum
    }

    fn at_once(values: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        let present = sum.add_present(values);
        assert_eq!(present as usize, values.iter().filter(|value| !value.is_nan()).count());
        sum
    }

    #[test]
    fn full_blocks_of_largest_mantissas_are_exact() {
        for value in [2.0f64.next_down(), -(1024.0f64.next_down()), 0.1, f64::MAX, 5e-324, 1e-300, 1e280] {
            let values = vec![value; 3 * BLOCK + 5];
            assert_eq!(at_once(&values), one_by_one(&values), "{value}");
        }
    }

    #[test]
    fn nothing_adds_nothing() {
        assert_eq!(at_once(&[]).value(), 0.0);
        assert_eq!(at_once(&[f64::NAN; 600]).value(), 0.0);
    }

    fn finite_or_missing(value: f64) -> f64 {
        if value.is_finite() { value } else { f64::NAN }
    }

    proptest! {
        #[test]
        fn blocks_add_as_single_values_do(
            values in prop::collection::vec(
                prop_oneof![4 => -1e3..1e3, 1 => -1e-12..1e-12, 1 => any::<f64>().prop_map(finite_or_missing)],
                0..1_500,
            ),
            scale in prop_oneof![Just(1.0), Just(1e-150), Just(1e9)],
        ) {
            let values: Vec<f64> = values.iter().map(|value: &f64| finite_or_missing(value * scale)).collect();
            prop_assert_eq!(at_once(&values), one_by_one(&values));
        }

        #[test]
        fn values_of_one_size_add_as_single_values_do(
            values in prop::collection::vec(prop_oneof![9 => -200.0..200.0, 1 => Just(f64::NAN)], 0..1_500),
        ) {
            prop_assert_eq!(at_once(&values), one_by_one(&values));
        }
    }
}
