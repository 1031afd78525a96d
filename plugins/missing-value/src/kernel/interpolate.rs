//! Gaps filled along the line between their neighbours.

use super::gaps::each_gap;
use crate::limits::Limits;

/// Fills gaps; `distance` is how far apart two rows are, the first before the second. A gap at the end takes the last
/// value, one at the beginning the first value if `leading`.
pub fn interpolate(
    values: &mut [f64],
    limits: Limits,
    leading: bool,
    distance: impl Fn(usize, usize) -> f64,
) {
    each_gap(values, limits, |values, gap| {
        let before = gap.start.checked_sub(1);
        match (before, values.get(gap.end).copied()) {
            (Some(before), Some(to)) => {
                let line = Line::new(values[before], to, distance(before, gap.end));
                for row in limits.first(&gap) {
                    values[row] = line.at(distance(before, row));
                }
            }
            (Some(before), None) => {
                let last = values[before];
                values[limits.first(&gap)].fill(last);
            }
            (None, Some(first)) if leading => values[limits.last(&gap)].fill(first),
            (None, _) => {}
        }
    });
}

/// How many rows lie between, which by position is the distance.
pub fn rows_between(from: usize, to: usize) -> f64 {
    (to - from) as f64
}

/// A line between two values.
struct Line {
    from: f64,
    to: f64,
    length: f64,
    slope: f64,
}

impl Line {
    fn new(from: f64, to: f64, length: f64) -> Self {
        Self { from, to, length, slope: (to - from) / length }
    }

    fn at(&self, distance: f64) -> f64 {
        if self.slope.is_normal() || self.slope == 0.0 && self.from == self.to {
            // As numpy's `interp` has it.
            return self.slope * distance + self.from;
        }
        // The slope is too large for an f64, or so small that it has lost digits; weights have neither trouble.
        let weight = distance / self.length;
        self.from * (1.0 - weight) + self.to * weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: f64 = f64::NAN;

    fn by_position(values: &[f64]) -> Vec<f64> {
        let mut values = values.to_vec();
        interpolate(&mut values, Limits::default(), false, rows_between);
        values
    }

    #[test]
    fn cells_lie_on_the_line() {
        assert_eq!(by_position(&[1.0, N, N, N, 2.0]), [1.0, 1.25, 1.5, 1.75, 2.0]);
        assert_eq!(by_position(&[1e6, N, 1e6 + 1.0]), [1e6, 1e6 + 0.5, 1e6 + 1.0]);
        assert_eq!(by_position(&[7.0, N, N, 7.0]), [7.0; 4]);
    }

    #[test]
    fn a_huge_step_stays_finite() {
        assert_eq!(by_position(&[1e308, N, N, N, -1e308]), [1e308, 5e307, 0.0, -5e307, -1e308]);
        assert_eq!(by_position(&[f64::MIN, N, f64::MAX]), [f64::MIN, 0.0, f64::MAX]);
    }

    #[test]
    fn a_tiny_step_keeps_its_digits() {
        assert_eq!(by_position(&[0.0, N, N, N, 4e-308]), [0.0, 1e-308, 2e-308, 3e-308, 4e-308]);
        let day = 86_400e9;
        assert_eq!(Line::new(0.0, 1e-300, day).at(day / 4.0), 0.25e-300);
    }
}
