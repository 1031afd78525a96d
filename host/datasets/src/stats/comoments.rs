//! Moments of each feature and correlations of each two, from blocks of windows.
//!
//! Within a block, values are centred on the block's own mean before anything is squared; blocks are then put together
//! by the differences of their means (Chan, Golub and LeVeque). So neither an offset nor a single far-off value costs
//! more digits than its own last one. Blocks are cut by the number of windows alone, and taken in one after the other:
//! what comes out depends on no thread.

use std::ops::Range;

use super::column::Column;
use super::compute::Computed;
use super::correlations::Correlations;
use super::sorted::Runs;
use crate::DatasetError;

/// Windows in a block: few enough that two columns of them stay in the nearest cache.
const ROWS: usize = 512;

/// Sums that run side by side, so that none waits for the one before.
const LANES: usize = 8;

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

/// Sums over the windows in which two features are present, in units of the features' scales.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Pair {
    count: f64,
    x: Mean,
    y: Mean,
    /// Σ(x − mean)², and so on.
    xx: f64,
    yy: f64,
    xy: f64,
}

/// A mean in two parts: the differences of blocks far from zero are small against what rounding one would cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Mean {
    rounded: f64,
    /// What rounding left over.
    rest: f64,
}

/// A block of windows, column by column.
struct Block {
    /// What values are multiplied with: the inverses of the columns' scales.
    shrink: Vec<f64>,
    /// `ROWS` for each column: values in units of its scale; 0 where one is missing, and behind the last.
    scaled: Vec<f64>,
    /// The same less the column's centre.
    centred: Vec<f64>,
    columns: Vec<InBlock>,
}

/// What a column has in a block.
#[derive(Debug, Clone, Copy, Default)]
struct InBlock {
    /// A bit for each window in which it is present.
    present: [u64; ROWS / 64],
    count: f64,
    /// Values are centred on its rounded part; its rest is the mean of what is centred.
    mean: Mean,
    /// Σ(x − mean)².
    squares: f64,
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

impl Block {
    fn new(columns: &[Column]) -> Self {
        Self {
            shrink: columns.iter().map(|column| 1.0 / column.scale()).collect(),
            scaled: vec![0.0; columns.len() * ROWS],
            centred: vec![0.0; columns.len() * ROWS],
            columns: vec![InBlock::default(); columns.len()],
        }
    }

    /// Takes in at most `ROWS` windows, window after window.
    fn fill(&mut self, cells: &[f64]) {
        let width = self.columns.len();
        let rows = cells.len() / width.max(1);
        for (number, column) in self.columns.iter_mut().enumerate() {
            let scaled = &mut self.scaled[number * ROWS..][..ROWS];
            let shrink = self.shrink[number];
            *column = InBlock::default();
            let mut sum = 0.0;
            for (row, value) in cells[number..].iter().step_by(width).enumerate() {
                let is_present = !value.is_nan();
                column.present[row / 64] |= u64::from(is_present) << (row % 64);
                scaled[row] = if is_present { value * shrink } else { 0.0 };
                sum += scaled[row];
            }
            let centred = &mut self.centred[number * ROWS..][..ROWS];
            centred.fill(0.0);
            column.count = column.present.iter().map(|word| f64::from(word.count_ones())).sum();
            if column.count == 0.0 {
                continue;
            }
            column.mean.rounded = sum / column.count;
            let mut rest = 0.0;
            for (row, (value, scaled)) in centred[..rows].iter_mut().zip(&*scaled).enumerate() {
                let is_present = column.present[row / 64] >> (row % 64) & 1 == 1;
                *value = if is_present { scaled - column.mean.rounded } else { 0.0 };
                rest += *value;
            }
            column.mean.rest = rest / column.count;
            column.squares = dot(centred, centred) - rest * column.mean.rest;
        }
    }

    /// What two columns, or one with itself, have in this block.
    fn pair(&self, one: usize, other: usize) -> Pair {
        let (x, y) = (&self.columns[one], &self.columns[other]);
        if x.present != y.present {
            return self.common(one, other);
        }
        let xy = if one == other {
            x.squares
        } else {
            let (centred, rests) = (&self.centred, x.count * x.mean.rest * y.mean.rest);
            dot(of_column(centred, one), of_column(centred, other)) - rests
        };
        Pair { count: x.count, x: x.mean, y: y.mean, xx: x.squares, yy: y.squares, xy }
    }

    /// The same of columns that are not present in the same windows. Centred anew, since the columns' own centres may
    /// be far off what they have in common.
    fn common(&self, one: usize, other: usize) -> Pair {
        let (x, y) = (&self.columns[one], &self.columns[other]);
        let present = |row: &usize| (x.present[row / 64] & y.present[row / 64]) >> (row % 64) & 1 == 1;
        let (x, y) = (of_column(&self.scaled, one), of_column(&self.scaled, other));
        let both: Vec<(f64, f64)> = (0..ROWS).filter(present).map(|row| (x[row], y[row])).collect();
        if both.is_empty() {
            return Pair::default();
        }
        let count = both.len() as f64;
        let (sum_x, sum_y) = both.iter().fold((0.0, 0.0), |(sum_x, sum_y), (x, y)| (sum_x + x, sum_y + y));
        let (centre_x, centre_y) = (sum_x / count, sum_y / count);
        let (mut rest_x, mut rest_y) = (0.0, 0.0);
        let mut pair = Pair { count, ..Pair::default() };
        for (x, y) in both {
            let (x, y) = (x - centre_x, y - centre_y);
            rest_x += x;
            rest_y += y;
            pair.xx += x * x;
            pair.yy += y * y;
            pair.xy += x * y;
        }
        pair.x = Mean { rounded: centre_x, rest: rest_x / count };
        pair.y = Mean { rounded: centre_y, rest: rest_y / count };
        pair.xx -= rest_x * rest_x / count;
        pair.yy -= rest_y * rest_y / count;
        pair.xy -= rest_x * rest_y / count;
        pair
    }
}

/// The values of a column in a block.
fn of_column(values: &[f64], column: usize) -> &[f64] {
    &values[column * ROWS..][..ROWS]
}

impl Pair {
    /// Adds what there is of other windows.
    fn merge(&mut self, other: Self) {
        if other.count == 0.0 || self.count == 0.0 {
            *self = if other.count == 0.0 { *self } else { other };
            return;
        }
        let count = self.count + other.count;
        let (x, y) = (other.x.less(self.x), other.y.less(self.y));
        let share = other.count / count;
        let weight = self.count * share;
        self.count = count;
        self.x = self.x.moved_by(x * share);
        self.y = self.y.moved_by(y * share);
        self.xx += other.xx + x * x * weight;
        self.yy += other.yy + y * y * weight;
        self.xy += other.xy + x * y * weight;
    }

    /// Of a column with itself.
    fn moments(&self, column: Column) -> Moments {
        if column.count == 0 {
            return Moments { mean: None, std: None, constant: false };
        }
        let alike = column.min == column.max;
        // Rounding can neither move a mean out of its column nor spread equal values.
        let mean = (self.x.rounded * column.scale()).clamp(column.min, column.max);
        let squares = if alike { 0.0 } else { self.xx.max(0.0) };
        let std = (squares / (self.count - 1.0)).sqrt() * column.scale();
        Moments {
            mean: Some(mean),
            std: Some(std).filter(|std| self.count >= 2.0 && std.is_finite()),
            constant: alike || nearly_constant(self.count, self.x.rounded, squares),
        }
    }

    /// Pearson's; `None` where there are fewer than two windows, or one of the two is constant in them.
    fn correlation(&self) -> Option<f64> {
        let constant = nearly_constant(self.count, self.x.rounded, self.xx)
            || nearly_constant(self.count, self.y.rounded, self.yy);
        if self.count < 2.0 || constant {
            return None;
        }
        let product = self.xx * self.yy;
        // Of what is beyond f64 the roots are not.
        let root = if product.is_normal() { product.sqrt() } else { self.xx.sqrt() * self.yy.sqrt() };
        let correlation = self.xy / root;
        Some(correlation.clamp(-1.0, 1.0)).filter(|value| !value.is_nan())
    }
}

impl Mean {
    /// The difference of two.
    fn less(self, other: Self) -> f64 {
        (self.rounded - other.rounded) + (self.rest - other.rest)
    }

    /// What rounding the sum loses stays in the rest (Knuth's two-sum).
    fn moved_by(self, step: f64) -> Self {
        let rounded = self.rounded + step;
        let taken = rounded - self.rounded;
        let lost = (self.rounded - (rounded - taken)) + (step - taken);
        Self { rounded, rest: self.rest + lost }
    }
}

/// The rule of the method `z_score`, which is scikit-learn's: var ≤ n·ε·var + (n·mean·ε)², var being Σ(x − mean)²/n.
fn nearly_constant(count: f64, mean: f64, squares: f64) -> bool {
    let variance = squares / count;
    let rounding = count * mean * f64::EPSILON;
    variance <= count * f64::EPSILON * variance + rounding * rounding
}

/// Σxy of two columns of `ROWS` values, in lanes: always in the same order.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (x, y) in x.as_chunks::<LANES>().0.iter().zip(y.as_chunks::<LANES>().0) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    lanes.into_iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

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
