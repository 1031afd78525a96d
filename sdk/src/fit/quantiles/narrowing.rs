//! Rounds that narrow down where wanted ranks lie among many values.
//!
//! Every f64 has a key of 64 ordered bits. A round looks into ranges of keys: where few values lie in one they are
//! kept, and the rank is selected among them; else they are counted in bins, and the bin that holds the rank is a range
//! of the next round.

use serde::{Deserialize, Serialize};

/// Values kept by all ranges together, at most: eight bytes each, so that a summary stays below 1 MiB.
const KEPT: usize = 120_000;
/// The logarithm of how many bins all ranges have together. At most 13 bytes a bin are below 1 MiB too.
const BIN_BITS: u32 = 16;

/// What a round has to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Narrowing {
    ranges: Vec<KeyRange>,
    /// In pairs, the neighbours of a quantile.
    targets: Vec<Target>,
}

/// Keys from `low` to `high`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct KeyRange {
    low: u64,
    high: u64,
}

/// A wanted order statistic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Target {
    Found(f64),
    /// The value at a rank (from 0, among all values) lies in a range, an index into the round's.
    Within {
        range: usize,
        rank: u64,
    },
}

/// What is kept of a part for one range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InRange {
    /// How many values lie below the range.
    below: u64,
    inside: Inside,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Inside {
    Values(Vec<f64>),
    /// (bin, count) for bins that are not empty, ascending.
    Counts(Vec<(u32, u64)>),
}

impl Narrowing {
    /// Looks between `ends` for the values at pairs of `ranks`.
    pub(super) fn new(ends: &[(f64, f64)], ranks: &[[u64; 2]]) -> Self {
        let mut next = Self { ranges: Vec::new(), targets: Vec::new() };
        for (&(low, high), pair) in ends.iter().zip(ranks) {
            pair.iter().for_each(|&rank| next.add(KeyRange { low: key(low), high: key(high) }, rank));
        }
        next
    }

    /// What one part adds to this round.
    pub(super) fn look(&self, values: &[f64]) -> Vec<InRange> {
        self.ranges.iter().map(|range| self.look_into(*range, values)).collect()
    }

    /// Two parts as one.
    pub(super) fn merge(&self, left: Vec<InRange>, right: Vec<InRange>) -> Vec<InRange> {
        let parts = self.ranges.iter().zip(left.into_iter().zip(right));
        parts
            .map(|(range, (left, right))| InRange {
                below: left.below + right.below,
                inside: self.merge_inside(*range, left.inside, right.inside),
            })
            .collect()
    }

    /// The wanted values in pairs, or what the next round has to know.
    pub(super) fn narrow(&self, mut found: Vec<InRange>) -> Result<Vec<(f64, f64)>, Self> {
        let mut next = Self { ranges: Vec::new(), targets: Vec::new() };
        for target in &self.targets {
            let Target::Within { range, rank } = *target else {
                next.targets.push(*target);
                continue;
            };
            let InRange { below, inside } = &mut found[range];
            let mut inner = rank - *below;
            match inside {
                Inside::Values(values) => {
                    let (_, value, _) = values.select_nth_unstable_by(inner as usize, f64::total_cmp);
                    next.targets.push(Target::Found(*value));
                }
                Inside::Counts(counts) => {
                    let holds = |&&(_, count): &&(u32, u64)| {
                        let here = inner < count;
                        inner -= if here { 0 } else { count };
                        here
                    };
                    let (bin, _) = counts.iter().find(holds).expect("the counts of a range hold its ranks");
                    next.add(self.ranges[range].of_bin(*bin, self.bits()), rank);
                }
            }
        }
        let found = |target: &Target| match target {
            Target::Found(value) => Some(*value),
            Target::Within { .. } => None,
        };
        let values: Option<Vec<f64>> = next.targets.iter().map(found).collect();
        values.map(|values| values.as_chunks().0.iter().map(|&[low, high]| (low, high)).collect()).ok_or(next)
    }

    /// One more target; a range of one key is the value itself.
    fn add(&mut self, range: KeyRange, rank: u64) {
        if range.low == range.high {
            return self.targets.push(Target::Found(value(range.low)));
        }
        let known = self.ranges.iter().position(|other| *other == range);
        let range = known.unwrap_or_else(|| {
            self.ranges.push(range);
            self.ranges.len() - 1
        });
        self.targets.push(Target::Within { range, rank });
    }

    fn look_into(&self, range: KeyRange, values: &[f64]) -> InRange {
        let mut below = 0;
        let mut kept = Vec::new();
        let mut bins = Vec::new();
        // Adding zero makes −0 into 0: which of them comes first would be a matter of order.
        for value in values.iter().filter(|value| !value.is_nan()).map(|value| value + 0.0) {
            let key = key(value);
            below += u64::from(key < range.low);
            if key < range.low || key > range.high {
                continue;
            }
            if !bins.is_empty() {
                bins[range.bin(key, self.bits())] += 1;
            } else if kept.len() < self.room() {
                kept.push(value);
            } else {
                bins = self.count(range, &kept);
                bins[range.bin(key, self.bits())] += 1;
            }
        }
        InRange {
            below,
            inside: if bins.is_empty() { Inside::Values(kept) } else { Inside::Counts(sparse(&bins)) },
        }
    }

    fn merge_inside(&self, range: KeyRange, left: Inside, right: Inside) -> Inside {
        match (left, right) {
            (Inside::Values(mut left), Inside::Values(right)) if left.len() + right.len() <= self.room() => {
                left.extend(right);
                Inside::Values(left)
            }
            (left, right) => {
                let (mut bins, more) = (self.bins(range, left), self.bins(range, right));
                bins.iter_mut().zip(more).for_each(|(mine, theirs)| *mine += theirs);
                Inside::Counts(sparse(&bins))
            }
        }
    }

    fn bins(&self, range: KeyRange, inside: Inside) -> Vec<u64> {
        match inside {
            Inside::Values(values) => self.count(range, &values),
            Inside::Counts(counts) => {
                let mut bins = vec![0; 1 << self.bits()];
                counts.into_iter().for_each(|(bin, count)| bins[bin as usize] += count);
                bins
            }
        }
    }

    fn count(&self, range: KeyRange, values: &[f64]) -> Vec<u64> {
        let mut bins = vec![0; 1 << self.bits()];
        values.iter().for_each(|&value| bins[range.bin(key(value), self.bits())] += 1);
        bins
    }

    /// How many values a range may keep.
    fn room(&self) -> usize {
        KEPT / self.ranges.len()
    }

    /// The logarithm of how many bins a range has.
    fn bits(&self) -> u32 {
        BIN_BITS - self.ranges.len().next_power_of_two().ilog2()
    }
}

impl KeyRange {
    /// Of how many of the lowest bits a bin does not know.
    fn shift(self, bits: u32) -> u32 {
        (64 - (self.high - self.low).leading_zeros()).saturating_sub(bits)
    }

    fn bin(self, key: u64, bits: u32) -> usize {
        ((key - self.low) >> self.shift(bits)) as usize
    }

    fn of_bin(self, bin: u32, bits: u32) -> Self {
        let shift = self.shift(bits);
        let low = self.low + (u64::from(bin) << shift);
        Self { low, high: self.high.min(low.saturating_add((1 << shift) - 1)) }
    }
}

fn sparse(bins: &[u64]) -> Vec<(u32, u64)> {
    let filled = bins.iter().enumerate().filter(|(_, count)| **count > 0);
    filled.map(|(bin, count)| (bin as u32, *count)).collect()
}

/// The bits of a value, in the order of `f64::total_cmp`.
fn key(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

/// The value of a key.
fn value(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bins_cut_a_range_without_gap_or_overlap() {
        for (low, high) in
            [(0, u64::MAX), (5, 5 + (1 << 20)), (u64::MAX - 9, u64::MAX), (1 << 63, (1 << 63) + 40_000)]
        {
            let range = KeyRange { low, high };
            let bins = range.bin(high, 14) as u32;
            assert!(bins < 1 << 14);
            assert_eq!((range.of_bin(0, 14).low, range.of_bin(bins, 14).high), (low, high));
            for bin in 0..bins.min(100) {
                assert_eq!(range.of_bin(bin, 14).high + 1, range.of_bin(bin + 1, 14).low);
                assert_eq!(range.bin(range.of_bin(bin, 14).high, 14), bin as usize);
            }
        }
    }

    proptest! {
        #[test]
        fn keys_are_in_the_order_of_values(left in any::<f64>(), right in any::<f64>()) {
            prop_assert_eq!(key(left).cmp(&key(right)), left.total_cmp(&right));
            prop_assert_eq!(value(key(left)).to_bits(), left.to_bits());
        }
    }
}
