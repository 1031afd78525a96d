//! Order statistics of a part that is at hand as a whole: sample, bracket, select (Floyd and Rivest's idea).
//!
//! A sample says between which two values a rank almost surely lies. One pass counts what lies below, takes out
//! the few values between, and the rank is selected among those. Where the sample was wrong, the counts say so, and
//! all values are partitioned.

/// Fewer values are partitioned at once.
const FEW: usize = 2_048;
/// One value of so many is sampled, within the bounds below.
const SAMPLED: usize = 64;
/// Values in a sample.
const SAMPLE: std::ops::RangeInclusive<usize> = 128..=4_096;
/// Values that a bracket looks at in one go: they stay in the processor's nearest cache.
const BLOCK: usize = 1_024;

/// The values at each pair of ranks (from 0, ascending within the pair) among the `count` present ones of `values`.
pub(super) fn pairs(values: &[f64], count: usize, ranks: &[[usize; 2]]) -> Vec<(f64, f64)> {
    if count > FEW
        && let Some(found) = by_brackets(values, count, ranks)
    {
        return found;
    }
    by_partition(values, ranks)
}

fn by_partition(values: &[f64], ranks: &[[usize; 2]]) -> Vec<(f64, f64)> {
    let mut present: Vec<f64> =
        values.iter().filter(|value| !value.is_nan()).map(|value| value + 0.0).collect();
    ranks.iter().map(|pair| pair_of(&mut present, *pair)).collect()
}

/// Two ranks, the second the same as the first or the next.
fn pair_of(values: &mut [f64], [low, high]: [usize; 2]) -> (f64, f64) {
    let (_, &mut at_low, above) = values.select_nth_unstable_by(low, f64::total_cmp);
    let next = || above.iter().copied().min_by(f64::total_cmp);
    (at_low, if high == low { at_low } else { next().unwrap_or(at_low) })
}

fn by_brackets(values: &[f64], count: usize, ranks: &[[usize; 2]]) -> Option<Vec<(f64, f64)>> {
    let mut sample = sample(values);
    let mut brackets: Vec<Bracket> =
        ranks.iter().map(|pair| Bracket::around(*pair, count, &mut sample)).collect();
    let (blocks, rest) = values.as_chunks::<BLOCK>();
    let mut last = [f64::NAN; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    for block in blocks.iter().chain([&last]) {
        brackets.iter_mut().for_each(|bracket| bracket.look(block));
    }
    brackets.iter_mut().zip(ranks).map(|(bracket, pair)| bracket.pair(*pair)).collect()
}

/// Some of the present values. Places are spread evenly, but in no rhythm that a signal could share.
fn sample(values: &[f64]) -> Vec<f64> {
    let size = (values.len() / SAMPLED).clamp(*SAMPLE.start(), *SAMPLE.end());
    // Multiples of the golden ratio, as fractions of 2^64.
    let place = |index: usize| {
        let fraction = (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((u128::from(fraction) * values.len() as u128) >> 64) as usize
    };
    (0..size).map(|index| values[place(index)] + 0.0).filter(|value| !value.is_nan()).collect()
}

/// Two values that ranks are thought to lie between, and what was found about them.
struct Bracket {
    low: f64,
    high: f64,
    /// How many values are below `low`.
    below: usize,
    /// How many are from `low` to `high`.
    within: usize,
    /// These, unless they are all alike, and room for a block more.
    kept: Vec<f64>,
}

impl Bracket {
    fn around([low, high]: [usize; 2], count: usize, sample: &mut [f64]) -> Self {
        let share = low as f64 / count as f64;
        let size = sample.len() as f64;
        // Three standard deviations of how many of a random sample lie below.
        let margin = 3.0 * (size * share * (1.0 - share)).sqrt() + 2.0;
        let first = (share * size - margin).floor();
        let last = (high as f64 / count as f64 * size + margin).ceil();
        let mut at = |place: f64| *sample.select_nth_unstable_by(place as usize, f64::total_cmp).1;
        Self {
            low: if first < 0.0 { f64::NEG_INFINITY } else { at(first) },
            high: if last < size { at(last) } else { f64::INFINITY },
            below: 0,
            within: 0,
            kept: Vec::new(),
        }
    }

    /// A missing value is neither below nor within.
    fn look(&mut self, block: &[f64; BLOCK]) {
        let (low, high) = (self.low, self.high);
        let (mut below, mut up_to_high) = (0u64, 0u64);
        for &value in block {
            below += u64::from(value < low);
            up_to_high += u64::from(value <= high);
        }
        let before = self.within;
        self.below += below as usize;
        self.within += (up_to_high - below) as usize;
        if self.within == before || low == high {
            return;
        }
        self.kept.resize(before + BLOCK, 0.0);
        let Some(room) = self.kept[before..].first_chunk_mut::<BLOCK>() else { return };
        let mut next = 0;
        for &value in block {
            // Always written, and kept by moving on: cheaper than a branch that is hard to foresee. The remainder is
            // for the compiler, to see that it is in bounds.
            room[next % BLOCK] = value;
            next += usize::from((value >= low) & (value <= high));
        }
    }

    /// `None` where the ranks are not within after all.
    fn pair(&mut self, ranks: [usize; 2]) -> Option<(f64, f64)> {
        self.kept.truncate(self.within);
        let [low, high] = ranks.map(|rank| rank.checked_sub(self.below).filter(|rank| *rank < self.within));
        let (low, high) = low.zip(high)?;
        if self.low == self.high {
            return Some((self.low, self.low));
        }
        let (low, high) = pair_of(&mut self.kept, [low, high]);
        // Adding zero makes −0 into 0, as everywhere here.
        Some((low + 0.0, high + 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(values: &[f64]) -> Vec<f64> {
        let mut present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        present.sort_unstable_by(f64::total_cmp);
        present
    }

    fn assert_pairs(values: &[f64]) {
        let sorted = sorted(values);
        let last = sorted.len() - 1;
        let ranks = [[0, 1], [last / 4, last / 4 + 1], [last / 2, last / 2], [last - 1, last], [last, last]];
        let wanted: Vec<(f64, f64)> = ranks.iter().map(|[low, high]| (sorted[*low], sorted[*high])).collect();
        assert_eq!(pairs(values, sorted.len(), &ranks), wanted);
    }

    #[test]
    fn smooth_noisy_idle_and_spiky_signals() {
        let noise = |row: u64| (row.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f64 / 16_777_216.0;
        let rows = || 0..20_011u64;
        assert_pairs(&rows().map(|row| (row as f64 / 500.0).sin() * 20.0 + 150.0).collect::<Vec<_>>());
        assert_pairs(&rows().map(|row| noise(row) + 1e9).collect::<Vec<_>>());
        assert_pairs(&rows().map(|row| if row % 3 == 0 { noise(row) } else { 0.0 }).collect::<Vec<_>>());
        assert_pairs(
            &rows().map(|row| if row % 1_000 == 0 { 1e300 } else { noise(row) }).collect::<Vec<_>>(),
        );
        assert_pairs(&rows().map(|row| if row % 7 == 0 { f64::NAN } else { noise(row) }).collect::<Vec<_>>());
        assert_pairs(&vec![2.5; 5_000]);
    }

    #[test]
    fn a_sample_that_misleads_costs_time_only() {
        // All that is sampled is 1, all else lies above or below.
        let mut values: Vec<f64> = (0..5_000).map(|row| if row % 2 == 0 { -2.0 } else { 3.0 }).collect();
        let rows = values.len();
        for index in 0..*SAMPLE.start() {
            let fraction = (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            values[((u128::from(fraction) * rows as u128) >> 64) as usize] = 1.0;
        }
        let sample = sample(&values);
        assert!(sample.iter().all(|value| *value == 1.0));
        assert_pairs(&values);
    }

    #[test]
    fn hardly_any_present_value_in_the_sample() {
        let mut values = vec![f64::NAN; 200_000];
        for (index, value) in values[100_000..103_000].iter_mut().enumerate() {
            *value = index as f64;
        }
        assert_pairs(&values);
    }

    proptest! {
        #[test]
        fn agree_with_sorting(
            values in prop::collection::vec(
                prop_oneof![6 => -1e3..1e3, 1 => Just(0.0), 1 => Just(f64::NAN), 1 => Just(1e308), 1 => Just(-1e308)],
                2_500..4_000,
            ),
        ) {
            assert_pairs(&values);
        }
    }
}
