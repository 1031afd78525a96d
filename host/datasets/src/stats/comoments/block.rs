//! A block of windows: what two features have in it.

use super::pair::{Mean, Pair};
use crate::stats::column::Column;

/// Windows in a block: few enough that two columns of them stay in the nearest cache.
pub(super) const ROWS: usize = 512;

/// Sums that run side by side, so that none waits for the one before.
const LANES: usize = 8;

/// A block of windows, column by column.
pub(super) struct Block {
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

impl Block {
    pub(super) fn new(columns: &[Column]) -> Self {
        Self {
            shrink: columns.iter().map(|column| 1.0 / column.scale()).collect(),
            scaled: vec![0.0; columns.len() * ROWS],
            centred: vec![0.0; columns.len() * ROWS],
            columns: vec![InBlock::default(); columns.len()],
        }
    }

    /// Takes in at most `ROWS` windows, window after window.
    pub(super) fn fill(&mut self, cells: &[f64]) {
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
    pub(super) fn pair(&self, one: usize, other: usize) -> Pair {
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
