//! Statistics of how cells follow one another, row by row. Missing cells are NaN.

use fettle_sdk::fit::ExactSum;

use crate::lanes;
use crate::moments::Centre;
use crate::scale::Scale;

/// The slope of the straight line through the present ones of `cells` by least squares, a row being the unit of time.
/// There are `count` of them, at least two, and not all are equal.
pub fn slope(cells: &[f64], count: usize, centre: &Centre) -> f64 {
    let (inverse, mean) = (centre.scale.inverse, centre.mean);
    // Row numbers and their sums are whole, so the mean row is rounded once.
    let mean_row = lanes::sum_by_row(cells, |row, _| row) / count as f64;
    let rise = lanes::sum_by_row(cells, |row, cell| (row - mean_row) * (cell * inverse - mean));
    let run = lanes::sum_by_row(cells, |row, _| (row - mean_row) * (row - mean_row));
    rise / run * centre.scale.unit
}

/// The mean distance between neighbouring rows' cells where both are present; NaN where none are.
pub fn mean_abs_change(cells: &[f64], scale: Scale) -> f64 {
    let (mut pairs, mut distance) = (0usize, 0.0);
    for pair in cells.windows(2) {
        let change = pair[1] * scale.inverse - pair[0] * scale.inverse;
        if !change.is_nan() {
            pairs += 1;
            distance += change.abs();
        }
    }
    distance / pairs as f64 * scale.unit
}

/// How many times the present cells go from one side of `level` to the other; one at the level stays on the side before.
pub fn crossings(cells: &[f64], level: f64) -> usize {
    let mut crossings = 0;
    let mut above = None;
    for &cell in cells.iter().filter(|cell| !cell.is_nan() && **cell != level) {
        let now = cell > level;
        crossings += usize::from(above.is_some_and(|before: bool| before != now));
        above = Some(now);
    }
    crossings
}

/// The crossings of the cells' mean, which is rounded once. Sensors show few different values, and where one of them is
/// next to the mean, the last bit decides on which side it is.
pub fn mean_crossings(cells: &[f64]) -> usize {
    let mut sum = ExactSum::default();
    let mut count = 0;
    for &cell in cells.iter().filter(|cell| !cell.is_nan()) {
        sum.add(cell);
        count += 1;
    }
    crossings(cells, sum.mean(count))
}

/// The first present cell; NaN where there is none.
pub fn first(cells: &[f64]) -> f64 {
    cells.iter().copied().find(|cell| !cell.is_nan()).unwrap_or(f64::NAN)
}

/// The last present cell; NaN where there is none.
pub fn last(cells: &[f64]) -> f64 {
    cells.iter().rev().copied().find(|cell| !cell.is_nan()).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moments::Moments;

    const NAN: f64 = f64::NAN;
    const ONE: Scale = Scale { unit: 1.0, inverse: 1.0 };

    fn slope_of(cells: &[f64]) -> f64 {
        let moments = Moments::of(cells, false);
        slope(cells, moments.count, &Centre::of(cells, &moments))
    }

    #[test]
    fn a_straight_line_has_its_slope_across_gaps() {
        assert_eq!(slope_of(&[1.0, 3.0, 5.0, 7.0]), 2.0);
        assert_eq!(slope_of(&[NAN, 3.0, NAN, 7.0, NAN]), 2.0);
        assert_eq!(slope_of(&[1e6 + 3.0, 1e6 + 2.0, 1e6 + 1.0]), -1.0);
        assert_eq!(slope_of(&[1.5e308, NAN, 0.0, NAN, -1.5e308]), -0.75e308);
    }

    #[test]
    fn a_change_needs_two_present_neighbours() {
        assert_eq!(mean_abs_change(&[1.0, 4.0, NAN, 2.0, 1.0], ONE), 2.0);
        assert!(mean_abs_change(&[1.0, NAN, 2.0], ONE).is_nan());
        assert!(mean_abs_change(&[1.0], ONE).is_nan() && mean_abs_change(&[], ONE).is_nan());
    }

    #[test]
    fn a_cell_at_the_level_is_on_the_side_before_it() {
        assert_eq!(crossings(&[1.0, 0.0, -1.0, 0.0, -0.0, -2.0, 3.0], 0.0), 2);
        assert_eq!(crossings(&[0.0, 0.0, 1.0, NAN, -1.0], 0.0), 1);
        assert_eq!(crossings(&[0.0, NAN, 0.0], 0.0), 0);
        assert_eq!(crossings(&[1.0, 3.0, 2.0, 1.0, 3.0], 2.0), 3);
    }

    #[test]
    fn the_mean_is_rounded_once() {
        // A pressure gauge with coarse steps: a plain mean is 0.054711 itself, the true one a little less.
        let mut cells = vec![0.054711; 33];
        for (row, cell) in [(2, 0.382638), (4, -0.273216), (5, 0.382638), (12, -0.273216), (13, 0.382638)]
            .into_iter()
            .chain([(19, 0.710565), (20, 0.382638), (21, -0.601143), (22, -0.601143)])
            .chain([(24, -0.273216), (25, -0.273216), (28, 0.382638), (30, 0.382638)])
        {
            cells[row] = cell;
        }
        assert_eq!(mean_crossings(&cells), 8);
        assert_eq!(mean_crossings(&[0.1; 3]), 0);
        assert_eq!(mean_crossings(&[NAN, 1.0, NAN, 3.0]), 1);
    }

    #[test]
    fn first_and_last_skip_missing_cells() {
        assert_eq!((first(&[NAN, 1.0, 2.0, NAN]), last(&[NAN, 1.0, 2.0, NAN])), (1.0, 2.0));
        assert!(first(&[NAN]).is_nan() && last(&[]).is_nan());
    }
}
