//! Order statistics of two sorted lists together.
//!
//! Lists hold keys: the bits of a cell as an integer that is ordered as cells are, which sorts faster.

/// The keys of a window's two halves, ascending each.
pub type Sorted<'a> = [&'a [i64]; 2];

/// The integer that orders as `cell` does (as `f64::total_cmp`, that is).
#[inline(always)]
pub fn key(cell: f64) -> i64 {
    reorder(cell.to_bits() as i64)
}

/// The cell of a key.
pub fn cell(key: i64) -> f64 {
    f64::from_bits(reorder(key) as u64)
}

/// The median; NaN without cells.
pub fn median(sorted: Sorted<'_>) -> f64 {
    let count = sorted[0].len() + sorted[1].len();
    if count == 0 {
        return f64::NAN;
    }
    let (low, high) = neighbours(sorted, (count - 1) / 2);
    if count % 2 == 1 { low } else { middle(low, high) }
}

/// The quantile at `probability`, linear between neighbours as numpy has it; NaN without cells.
pub fn quantile(sorted: Sorted<'_>, probability: f64) -> f64 {
    let count = sorted[0].len() + sorted[1].len();
    if count == 0 {
        return f64::NAN;
    }
    let position = probability * (count - 1) as f64;
    let (low, high) = neighbours(sorted, position as usize);
    let weight = position - position.floor();
    let step = high - low;
    if !step.is_finite() {
        return low * (1.0 - weight) + high * weight;
    }
    if weight < 0.5 { low + step * weight } else { high - step * (1.0 - weight) }
}

/// The median of the distances to the median; NaN without cells. `distances` is room to work in.
pub fn median_distance(sorted: Sorted<'_>, distances: &mut Vec<i64>) -> f64 {
    let median = median(sorted);
    let keys = sorted[0].iter().chain(sorted[1]);
    distances.clear();
    distances.extend(keys.map(|&cell_key| key((cell(cell_key) - median).abs())));
    let count = distances.len();
    if count == 0 {
        return f64::NAN;
    }
    let (below, high, _) = distances.select_nth_unstable(count / 2);
    let high = cell(*high);
    match below.iter().max() {
        Some(&low) if count.is_multiple_of(2) => middle(cell(low), high),
        _ => high,
    }
}

/// The cell of `rank` (from 0, less than the count) and the one after it; twice the last cell at the end.
fn neighbours([left, right]: Sorted<'_>, rank: usize) -> (f64, f64) {
    // How many of the `rank` least keys are on the left: as few as will do.
    let mut low = rank.saturating_sub(right.len());
    let mut high = rank.min(left.len());
    while low < high {
        let taken = (low + high) / 2;
        if left[taken] < right[rank - taken - 1] { low = taken + 1 } else { high = taken }
    }
    let (mut left, mut right) = (&left[low..], &right[rank - low..]);
    let first = take_least(&mut left, &mut right);
    let second = take_least(&mut left, &mut right);
    let first = first.map_or(f64::NAN, cell);
    (first, second.map_or(first, cell))
}

fn take_least<'a>(left: &mut &'a [i64], right: &mut &'a [i64]) -> Option<i64> {
    let from = match (left.first(), right.first()) {
        (Some(mine), Some(theirs)) if mine <= theirs => left,
        (Some(_), None) => left,
        _ => right,
    };
    let (&least, rest) = from.split_first()?;
    *from = rest;
    Some(least)
}

fn middle(low: f64, high: f64) -> f64 {
    let middle = (low + high) / 2.0;
    if middle.is_finite() { middle } else { low / 2.0 + high / 2.0 }
}

/// Turns the bits of negative numbers round, which count from zero down, and turns them back.
fn reorder(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(cells: &[f64]) -> Vec<i64> {
        let mut keys: Vec<i64> = cells.iter().copied().map(key).collect();
        keys.sort_unstable();
        keys
    }

    fn distance(left: &[f64], right: &[f64]) -> f64 {
        median_distance([&keys(left), &keys(right)], &mut Vec::new())
    }

    #[test]
    fn of_even_and_odd_counts() {
        let (left, right) = (keys(&[4.0, 1.0]), keys(&[3.0, 2.0]));
        assert_eq!(median([&left, &right]), 2.5);
        assert_eq!(median([&left, &right[..1]]), 2.0);
        assert_eq!(quantile([&left, &right], 0.25), 1.75);
        assert_eq!(quantile([&left, &right], 0.75), 3.25);
        assert_eq!(quantile([&[], &left[1..]], 0.95), 4.0);
        assert!(median([&[], &[]]).is_nan() && quantile([&[], &[]], 0.5).is_nan());
    }

    #[test]
    fn distances_to_the_median() {
        assert_eq!(distance(&[1.0, 2.0], &[3.0, 4.0, 100.0]), 1.0);
        assert_eq!(distance(&[1.0, 2.0], &[4.0, 100.0]), 1.5);
        assert_eq!(distance(&[7.0], &[]), 0.0);
        assert!(distance(&[], &[]).is_nan());
    }

    #[test]
    fn huge_neighbours_have_a_middle() {
        let (left, right) = (keys(&[1.5e308]), keys(&[1.7e308]));
        assert_eq!(median([&left, &right]), 1.6e308);
        let (left, right) = (keys(&[-1.5e308]), keys(&[1.5e308]));
        assert_eq!(quantile([&left, &right], 0.75), 0.75e308);
    }

    proptest! {
        #[test]
        fn keys_order_as_cells(left in any::<f64>(), right in any::<f64>()) {
            prop_assert_eq!(key(left).cmp(&key(right)), left.total_cmp(&right));
            prop_assert_eq!(cell(key(left)).to_bits(), left.to_bits());
        }

        #[test]
        fn every_rank_is_that_of_one_sorted_list(
            left in prop::collection::vec((-9i32..9).prop_map(f64::from), 0..40),
            right in prop::collection::vec((-9i32..9).prop_map(f64::from), 1..40),
        ) {
            let mut all = [left.clone(), right.clone()].concat();
            all.sort_unstable_by(f64::total_cmp);
            let (left, right) = (keys(&left), keys(&right));
            for rank in 0..all.len() {
                let next = all[(rank + 1).min(all.len() - 1)];
                prop_assert_eq!(neighbours([&left, &right], rank), (all[rank], next));
            }
        }
    }
}
