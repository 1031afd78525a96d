//! Where values are missing.

use std::ops::Range;

use crate::limits::Limits;

/// Cells that are looked at in one go, without a branch for each: most of a signal is there.
const BLOCK: usize = 32;

/// Calls `fill` with the column and each gap that `limits` admit, from the first to the last. It may change cells of
/// that gap alone.
pub fn each_gap(values: &mut [f64], limits: Limits, mut fill: impl FnMut(&mut [f64], Range<usize>)) {
    let mut from = 0;
    while let Some(gap) = next_gap(values, from) {
        from = gap.end;
        if limits.admit(&gap) {
            fill(values, gap);
        }
    }
}

fn next_gap(values: &[f64], from: usize) -> Option<Range<usize>> {
    let (blocks, _) = values[from..].as_chunks::<BLOCK>();
    let whole = |block: &&[f64; BLOCK]| !block.iter().fold(false, |missing, value| missing | value.is_nan());
    let from = from + blocks.iter().take_while(whole).count() * BLOCK;
    let start = from + values[from..].iter().position(|value| value.is_nan())?;
    let length = values[start..].iter().position(|value| !value.is_nan());
    Some(start..length.map_or(values.len(), |length| start + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(values: &[f64]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        each_gap(&mut values.to_vec(), Limits::default(), |_, gap| found.push(gap));
        found
    }

    #[test]
    fn are_found_at_both_ends_and_between() {
        let n = f64::NAN;
        assert_eq!(gaps(&[n, 1.0, n, n, 2.0, n]), [0..1, 2..4, 5..6]);
        assert_eq!(gaps(&[n, n]), vec![0..2]);
        assert_eq!(gaps(&[1.0, 2.0]), []);
        assert_eq!(gaps(&[]), []);
    }

    #[test]
    fn are_found_wherever_they_lie_in_a_block() {
        for start in 0..100 {
            for end in start + 1..=100 {
                let mut values = vec![1.0; 100];
                values[start..end].fill(f64::NAN);
                assert_eq!(gaps(&values), vec![start..end]);
            }
        }
    }

    #[test]
    fn longer_than_the_limit_are_passed_over() {
        let n = f64::NAN;
        let limits = Limits { max_gap: Some(2), limit: None };
        let mut found = Vec::new();
        each_gap(&mut [n, n, n, 1.0, n, n, 1.0, n], limits, |_, gap| found.push(gap));
        assert_eq!(found, [4..6, 7..8]);
    }
}
