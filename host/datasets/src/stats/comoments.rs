//! Moments of each feature and correlations of each two, from blocks of windows.
//!
//! Within a block, values are centred on the block's own mean before anything is squared; blocks are then put together
//! by the differences of their means (Chan, Golub and LeVeque). So neither an offset nor a single far-off value costs
//! more digits than its own last one. Blocks are cut by the number of windows alone, and taken in one after the other:
//! what comes out depends on no thread.

mod block;
mod pair;

use std::ops::Range;

use self::block::{Block, ROWS};
use self::pair::Pair;
use super::compute::Computed;
use super::correlations::Correlations;
use super::sorted::Runs;
use crate::DatasetError;

/// Pairs that are summed in one pass over the windows: 64 MiB. More of them take another pass.
const PAIRS_AT_ONCE: usize = 1 << 20;

/// Mean and spread of a feature's present values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    /// `None` where no value is present.
    pub(super) mean: Option<f64>,
    /// With ddof 1; `None` where fewer than two are present, or it is too large for an f64.
    pub(super) std: Option<f64>,
    /// Whether the spread is no more than rounding could make it.
    pub(super) constant: bool,
}

/// Looks at all windows: each feature for itself, each two together. On the way all values go into `runs`.
pub(super) fn look(
    computed: &Computed,
    runs: &mut Runs,
    go_on: &dyn Fn() -> Result<(), DatasetError>,
) -> Result<(Vec<Moments>, Correlations), DatasetError> {
    let Computed { features, columns, .. } = computed;
    let width = columns.len();
    let mut block = Block::new(columns);
    let mut of_each = vec![Pair::default(); width];
    let mut moments = Vec::new();
    let mut correlations = Correlations::new(width);
    for (number, tile) in tiles(width).into_iter().enumerate() {
        let others = |one: usize| one + 1..width;
        let mut pairs = vec![Pair::default(); tile.clone().map(|one| others(one).len()).sum()];
        for first in (0..features.rows()).step_by(ROWS) {
            go_on()?;
            let cells = features.read(first, ROWS.min(features.rows() - first))?;
            block.fill(&cells);
            if number == 0 {
                runs.add(&cells)?;
                of_each.iter_mut().enumerate().for_each(|(one, pair)| pair.merge(block.pair(one, one)));
            }
            let mut sums = pairs.iter_mut();
            for one in tile.clone() {
                others(one).zip(&mut sums).for_each(|(other, pair)| pair.merge(block.pair(one, other)));
            }
        }
        if number == 0 {
            moments = columns.iter().zip(&of_each).map(|(column, pair)| pair.moments(*column)).collect();
        }
        let mut sums = pairs.iter();
        for one in tile {
            let alone = (of_each[one].count >= 2.0 && !moments[one].constant).then_some(1.0);
            correlations.set(one, one, alone);
            for (other, pair) in others(one).zip(&mut sums) {
                let constant = moments[one].constant || moments[other].constant;
                correlations.set(one, other, pair.correlation().filter(|_| !constant));
            }
        }
    }
    Ok((moments, correlations))
}

/// Which columns are paired with those behind them in each pass.
fn tiles(width: usize) -> Vec<Range<usize>> {
    let (mut tiles, mut first, mut pairs) = (Vec::new(), 0, 0);
    for column in 0..width {
        let more = width - 1 - column;
        if pairs + more > PAIRS_AT_ONCE && column > first {
            tiles.push(first..column);
            (first, pairs) = (column, 0);
        }
        pairs += more;
    }
    tiles.push(first..width);
    tiles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::column::Column;

    /// Rows of two columns, in blocks.
    fn pair(x: &[f64], y: &[f64]) -> Pair {
        let of = |values: &[f64]| {
            let mut column = Column::EMPTY;
            column.add(values);
            column
        };
        let mut block = Block::new(&[of(x), of(y)]);
        let cells: Vec<f64> = x.iter().zip(y).flat_map(|(x, y)| [*x, *y]).collect();
        let mut pair = Pair::default();
        for cells in cells.chunks(2 * ROWS) {
            block.fill(cells);
            pair.merge(block.pair(0, 1));
        }
        pair
    }

    fn random(rows: usize) -> (Vec<f64>, Vec<f64>) {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        let mut row = || {
            let x = next();
            (x, x + 0.5 * next())
        };
        (0..rows).map(|_| row()).unzip()
    }

    #[test]
    fn an_offset_costs_a_correlation_no_digits_that_matter() {
        let (x, y) = random(5_000);
        let plain = pair(&x, &y).correlation().unwrap();
        // Quantised, so that the offset itself rounds nothing away.
        let steps =
            |values: &[f64]| -> Vec<f64> { values.iter().map(|v| (v * 1024.0).round() / 1024.0).collect() };
        let (x, y) = (steps(&x), steps(&y));
        let near = pair(&x, &y).correlation().unwrap();
        let far = |offset: f64, values: &[f64]| -> Vec<f64> { values.iter().map(|v| v + offset).collect() };
        let off = pair(&far(1e6, &x), &far(-1e9, &y)).correlation().unwrap();
        assert!((near - plain).abs() < 1e-3, "{near} and {plain}");
        assert!((off - near).abs() < 1e-12, "{off} and {near}");
    }

    #[test]
    fn only_windows_with_both_count_even_where_the_others_are_far_off() {
        let (mut x, mut y) = random(3_000);
        let wanted = pair(&x, &y).correlation().unwrap();
        // In each block some windows of either, with values that would drown all others.
        for row in (0..3_000).step_by(7) {
            x.insert(row, 1e12);
            y.insert(row, f64::NAN);
            x.insert(row, f64::NAN);
            y.insert(row, -1e12);
        }
        let found = pair(&x, &y);
        assert_eq!(found.count, 3_000.0);
        assert!((found.correlation().unwrap() - wanted).abs() < 1e-12);
    }

    #[test]
    fn huge_and_tiny_values_correlate() {
        let (x, y) = random(1_000);
        let wanted = pair(&x, &y).correlation().unwrap();
        let times = |factor: f64, values: &[f64]| -> Vec<f64> { values.iter().map(|v| v * factor).collect() };
        let found = pair(&times(2f64.powi(1020), &x), &times(2f64.powi(-900), &y)).correlation().unwrap();
        assert!((found - wanted).abs() < 1e-12, "{found} and {wanted}");
    }

    #[test]
    fn constant_and_lonely_columns_have_no_correlation() {
        assert_eq!(pair(&[1.0, 2.0, 3.0], &[0.1; 3]).correlation(), None);
        assert_eq!(pair(&[1.0, f64::NAN], &[f64::NAN, 2.0]).correlation(), None);
        assert_eq!(pair(&[1.0, 5.0], &[2.0, f64::NAN]).correlation(), None);
        assert_eq!(pair(&[1.0, 2.0], &[4.0, -4.0]).correlation(), Some(-1.0));
    }

    #[test]
    fn every_pair_is_in_one_pass() {
        for width in [0, 1, 2, 40, 3_000] {
            let tiles = tiles(width);
            assert_eq!(tiles.iter().map(Range::len).sum::<usize>(), width);
            assert!(tiles.windows(2).all(|pair| pair[0].end == pair[1].start));
            let pairs = |tile: &Range<usize>| tile.clone().map(|one| width - 1 - one).sum::<usize>();
            assert!(tiles.iter().all(|tile| pairs(tile) <= PAIRS_AT_ONCE));
        }
        assert_eq!(tiles(1_000).len(), 1);
    }
}
