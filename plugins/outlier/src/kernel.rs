//! The loops over a column, as plain Rust. A missing cell is NaN, which no comparison holds for, so it stays.

/// Pulls values to the nearer of two inclusive bounds.
pub fn clip(values: &mut [f64], lower: f64, upper: f64) {
    for value in values {
        let raised = if *value < lower { lower } else { *value };
        *value = if raised > upper { upper } else { raised };
    }
}

/// Makes missing what lies beyond two inclusive bounds.
pub fn remove(values: &mut [f64], lower: f64, upper: f64) {
    for value in values {
        *value = if (*value < lower) | (*value > upper) { f64::NAN } else { *value };
    }
}

/// Marks the rows whose values lie beyond two inclusive bounds.
pub fn mark(values: &[f64], lower: f64, upper: f64, marks: &mut [bool]) {
    for (mark, value) in marks.iter_mut().zip(values) {
        *mark |= (*value < lower) | (*value > upper);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELLS: [f64; 6] = [-1.0, 0.0, 0.5, f64::NAN, 1.0, 7.0];

    #[test]
    fn bounds_are_inclusive_and_missing_cells_stay() {
        let mut clipped = CELLS;
        clip(&mut clipped, 0.0, 1.0);
        assert_eq!(clipped[..3], [0.0, 0.0, 0.5]);
        assert_eq!(clipped[4..], [1.0, 1.0]);
        assert!(clipped[3].is_nan());

        let mut removed = CELLS;
        remove(&mut removed, 0.0, 1.0);
        assert_eq!(removed.map(f64::is_nan), [true, false, false, true, false, true]);

        let mut marks = [false, true, false, false, false, false];
        mark(&CELLS, 0.0, 1.0, &mut marks);
        assert_eq!(marks, [true, true, false, false, false, true]);
    }

    #[test]
    fn a_side_without_a_bound_is_open() {
        let mut clipped = CELLS;
        clip(&mut clipped, f64::NEG_INFINITY, 1.0);
        assert_eq!((clipped[0], clipped[5]), (-1.0, 1.0));
    }
}
