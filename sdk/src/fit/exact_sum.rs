//! A sum of f64 without rounding, so that it does not depend on order or cuts.
//!
//! The idea is Kulisch's long accumulator in the form of Neal's "small superaccumulator" (arXiv:1505.05571): the whole
//! range of f64 as fixed-point limbs of 32 bits, each held in an i64 whose upper half takes carries for a while.

use serde::{Deserialize, Serialize};

/// Bits that one limb stands for.
const LIMB: u32 = 32;
/// Limb 0 starts at 2^−1074, the smallest f64; the largest has its top bit at 2^1023, and carries go above it.
const LIMBS: usize = 70;
/// Additions after which carries are passed on: each adds less than 2^32 to a limb.
const ADDS_BEFORE_CARRY: u32 = 1 << 30;

/// The exact sum of the finite values that were added.
#[derive(Debug, Clone)]
pub struct ExactSum {
    limbs: [i64; LIMBS],
    adds: u32,
}

impl Default for ExactSum {
    fn default() -> Self {
        Self { limbs: [0; LIMBS], adds: 0 }
    }
}

impl ExactSum {
    /// Adds a finite value; NaN and infinities must not come here.
    #[inline]
    pub fn add(&mut self, value: f64) {
        debug_assert!(value.is_finite());
        let bits = value.to_bits();
        let exponent = ((bits >> 52) & 0x7ff) as u32;
        let fraction = bits & ((1 << 52) - 1);
        // Subnormals share the scale of exponent 1, without the implicit bit.
        let (mantissa, position) =
            if exponent == 0 { (fraction, 0) } else { (fraction | (1 << 52), exponent - 1) };
        let limb = (position / LIMB) as usize;
        let shift = position % LIMB;
        // 53 bits shifted by up to 31 reach over three limbs: the low 64 bits make two, the rest the third.
        let low = mantissa << shift;
        let high = if shift == 0 { 0 } else { mantissa >> (64 - shift) };
        let sign = 1 - 2 * (bits >> 63) as i64;
        self.limbs[limb] += sign * (low & 0xffff_ffff) as i64;
        self.limbs[limb + 1] += sign * (low >> LIMB) as i64;
        self.limbs[limb + 2] += sign * high as i64;
        self.adds += 1;
        if self.adds == ADDS_BEFORE_CARRY {
            self.carry();
        }
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &ExactSum) {
        self.carry();
        let mut other = other.clone();
        other.carry();
        for (mine, theirs) in self.limbs.iter_mut().zip(other.limbs) {
            *mine += theirs;
        }
        self.carry();
    }

    /// The sum, rounded once to the nearest f64; infinite where it is too large.
    pub fn value(&self) -> f64 {
        self.scaled(0)
    }

    /// The sum divided by `count`, also where the sum itself is too large for an f64. NaN for a count of 0.
    pub fn mean(&self, count: u64) -> f64 {
        let count = count as f64;
        let sum = self.value();
        if !sum.is_finite() {
            // 2^64 values of the largest exponent fit below 2^1088, so 2^−64 makes any sum finite.
            return self.scaled(-64) / count * power_of_two(64);
        }
        let mean = sum / count;
        let whole = mean * count;
        if !whole.is_finite() {
            return mean;
        }
        // Sum and quotient were both rounded; what that lost is known exactly, and its share is added. So the mean of
        // equal cells is that cell.
        let mut lost = self.clone();
        lost.add(-whole);
        lost.add(-mean.mul_add(count, -whole));
        mean + lost.value() / count
    }

    /// The sum times 2^exponent, rounded once (twice where the result is subnormal).
    fn scaled(&self, exponent: i32) -> f64 {
        let mut exact = self.clone();
        exact.carry();
        let negative = exact.limbs.iter().rev().find(|&&limb| limb != 0).is_some_and(|&limb| limb < 0);
        if negative {
            for limb in &mut exact.limbs {
                *limb = -*limb;
            }
            exact.carry();
        }
        let Some(top) = exact.limbs.iter().rposition(|&limb| limb != 0) else { return 0.0 };
        // The 64 bits from the highest one down, and whether anything stands below them.
        let limb = |index: usize| exact.limbs[index] as u64;
        let lead = 64 - limb(top).leading_zeros();
        let mut bits = u128::from(limb(top)) << (128 - lead);
        let mut room = 128 - lead;
        let mut index = top;
        while index > 0 && room >= LIMB {
            index -= 1;
            room -= LIMB;
            bits |= u128::from(limb(index)) << room;
        }
        let sticky = exact.limbs[..index].iter().any(|&limb| limb != 0);
        let rounded = ((bits >> 64) as u64) | u64::from(bits as u64 != 0 || sticky);
        // `rounded` holds 64 significant bits with a sticky lowest one, so the conversion rounds as if from the whole.
        let power = (top as i32) * LIMB as i32 - 1074 + lead as i32 - 64 + exponent;
        let magnitude = ldexp(rounded as f64, power);
        if negative { -magnitude } else { magnitude }
    }

    /// Passes carries on, so that every limb but the highest non-zero one lies in [0, 2^32).
    fn carry(&mut self) {
        let mut carry = 0i64;
        for limb in &mut self.limbs[..LIMBS - 1] {
            let sum = *limb + carry;
            *limb = sum & 0xffff_ffff;
            carry = sum >> LIMB;
        }
        self.limbs[LIMBS - 1] += carry;
        // A negative sum has all ones above its highest limb; fold them back so that few limbs are not zero.
        for index in (1..LIMBS).rev() {
            if self.limbs[index] == -1 && self.limbs[index - 1] >= 0 {
                self.limbs[index] = 0;
                self.limbs[index - 1] -= 1 << LIMB;
            } else if self.limbs[index] != 0 {
                break;
            }
        }
        self.adds = 0;
    }
}

/// `value` · 2^`power` in steps that neither overflow nor underflow before the last.
fn ldexp(mut value: f64, mut power: i32) -> f64 {
    while power > 1000 {
        value *= power_of_two(1000);
        power -= 1000;
    }
    while power < -1000 {
        // 2^−1000 twice would lose bits of what 2^−1074 can still hold only if the value were small to begin with:
        // it has its top bit at 2^63, so every step but the last is exact.
        value *= power_of_two(-1000);
        power += 1000;
    }
    value * power_of_two(power)
}

/// 2^`power`, for powers that a normal f64 has: −1022 to 1023.
pub(super) fn power_of_two(power: i32) -> f64 {
    f64::from_bits(((power + 1023) as u64) << 52)
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        let (mut left, mut right) = (self.clone(), other.clone());
        left.carry();
        right.carry();
        left.limbs == right.limbs
    }
}

impl Serialize for ExactSum {
    /// The limbs that are not zero, as (index, limb), carries passed on: equal sums are equal bytes.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut exact = self.clone();
        exact.carry();
        let limbs = exact.limbs.iter().enumerate().filter(|(_, limb)| **limb != 0);
        serializer.collect_seq(limbs.map(|(index, limb)| (index as u8, *limb)).collect::<Vec<_>>())
    }
}

impl<'de> Deserialize<'de> for ExactSum {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut sum = ExactSum::default();
        for (index, limb) in Vec::<(u8, i64)>::deserialize(deserializer)? {
            *sum.limbs.get_mut(index as usize).ok_or_else(|| serde::de::Error::custom("no such limb"))? =
                limb;
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(values: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        values.iter().for_each(|&value| sum.add(value));
        sum
    }

    #[test]
    fn keeps_what_rounding_would_lose() {
        assert_eq!(sum(&[1e100, 1.0, -1e100]).value(), 1.0);
        assert_eq!(sum(&[1e308, 1e308, -1e308, -1e308, 5e-324]).value(), 5e-324);
        assert_eq!(sum(&[0.1; 10]).value(), 1.0);
        assert_eq!(sum(&[]).value(), 0.0);
        assert_eq!(sum(&[-3.5, 1.25]).value(), -2.25);
    }

    #[test]
    fn rounds_half_to_even_from_the_whole() {
        let half_ulp = 2f64.powi(-53);
        assert_eq!(sum(&[1.0, half_ulp]).value(), 1.0);
        assert_eq!(sum(&[1.0, half_ulp, 5e-324]).value(), 1.0 + f64::EPSILON);
        assert_eq!(sum(&[1.0 + f64::EPSILON, half_ulp]).value(), 1.0 + 2.0 * f64::EPSILON);
        assert_eq!(sum(&[-1.0, -half_ulp, -5e-324]).value(), -1.0 - f64::EPSILON);
    }

    #[test]
    fn has_a_mean_where_the_sum_is_too_large() {
        assert_eq!(sum(&[1e308, 1.5e308]).value(), f64::INFINITY);
        assert_eq!(sum(&[1e308, 1.5e308]).mean(2), 1.25e308);
        assert_eq!(sum(&[-f64::MAX, -f64::MAX, -f64::MAX]).mean(3), -f64::MAX);
        assert!(sum(&[]).mean(0).is_nan());
    }

    fn finite() -> impl Strategy<Value = f64> {
        any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite())
    }

    proptest! {
        #[test]
        fn is_one_value_alone(value in finite()) {
            prop_assert_eq!(sum(&[value]).value(), value);
        }

        #[test]
        fn two_values_round_as_the_processor_does(left in finite(), right in finite()) {
            prop_assert_eq!(sum(&[left, right]).value(), left + right);
        }

        #[test]
        fn depends_on_neither_order_nor_cuts(values in prop::collection::vec(finite(), 0..40), cut in 0usize..40) {
            let whole = sum(&values);
            let (head, tail) = values.split_at(cut.min(values.len()));
            let mut merged = sum(tail);
            merged.merge(&sum(head));
            prop_assert_eq!(&merged, &whole);
            prop_assert_eq!(merged.value().to_bits(), whole.value().to_bits());
            let bytes = postcard::to_stdvec(&merged).unwrap();
            prop_assert_eq!(&bytes, &postcard::to_stdvec(&whole).unwrap());
            prop_assert_eq!(&postcard::from_bytes::<ExactSum>(&bytes).unwrap(), &whole);
        }

        #[test]
        fn the_mean_of_equal_values_is_that_value(value in -1e300..1e300, count in 1usize..200) {
            prop_assert_eq!(sum(&vec![value; count]).mean(count as u64), value);
        }

        #[test]
        fn opposite_values_cancel(values in prop::collection::vec(finite(), 0..40)) {
            let mut all = values.clone();
            all.extend(values.iter().rev().map(|value| -value));
            prop_assert_eq!(sum(&all).value(), 0.0);
        }
    }
}
