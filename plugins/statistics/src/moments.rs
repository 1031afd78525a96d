//! Count, sum, extremes and squares of deviations, and what follows from them.

use crate::lanes;
use crate::scale::Scale;

/// What is known of the cells of a stretch of rows; those of two stretches merge into those of both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// How many cells are present.
    pub count: usize,
    /// Their sum; not finite where it, or a part of it, is too large.
    pub sum: f64,
    /// The smallest; ∞ without cells.
    pub min: f64,
    /// The largest; −∞ without cells.
    pub max: f64,
    /// Σ(x − mean)², where that was asked for; not finite where it is too large, or the sum is.
    pub squares: f64,
}

impl Moments {
    /// Those of no cells.
    pub const NONE: Self =
        Self { count: 0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY, squares: 0.0 };

    /// Those of `cells`; `squares` are left 0 unless asked for.
    pub fn of(cells: &[f64], with_squares: bool) -> Self {
        let count = lanes::count(cells);
        let sum = lanes::sum(cells, |cell| cell);
        let (min, max) = lanes::extremes(cells);
        let mut moments = Self { count, sum, min, max, squares: 0.0 };
        if with_squares && count > 0 {
            let mean = moments.mean();
            moments.squares = lanes::sum(cells, |cell| (cell - mean) * (cell - mean));
        }
        moments
    }

    /// Those of two stretches together.
    pub fn merge(self, other: Self) -> Self {
        if self.count == 0 {
            return other;
        }
        if other.count == 0 {
            return self;
        }
        let (left, right) = (self.count as f64, other.count as f64);
        let between = other.mean() - self.mean();
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            min: lanes::lesser(self.min, other.min),
            max: lanes::greater(self.max, other.max),
            squares: self.squares + other.squares + between * between * (left * right / (left + right)),
        }
    }

    /// The mean; NaN without cells or where the sum is too large.
    pub fn mean(&self) -> f64 {
        let mean = self.sum / self.count as f64;
        // Rounding must not carry it past the cells: the mean of equal cells is that cell.
        if mean.is_finite() { mean.clamp(self.min, self.max) } else { f64::NAN }
    }

    /// Whether there are cells and all are equal.
    pub fn constant(&self) -> bool {
        self.min == self.max
    }

    /// The power of two that suits the cells.
    pub fn scale(&self) -> Scale {
        Scale::of(lanes::greater(self.min.abs(), self.max.abs()))
    }
}

/// Cells in units of a power of two, seen from their mean: where differences and powers are safe from overflow and
/// underflow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Centre {
    /// The unit.
    pub scale: Scale,
    /// The mean in that unit, to its last bit or nearly so.
    pub mean: f64,
}

impl Centre {
    /// That of `cells`, of which there is at least one, with their moments.
    pub fn of(cells: &[f64], moments: &Moments) -> Self {
        let scale = moments.scale();
        let inverse = scale.inverse;
        let count = moments.count as f64;
        let rough = lanes::sum(cells, |cell| cell * inverse) / count;
        // What the first sum lost to rounding is what is left over now.
        let mean = rough + lanes::sum(cells, |cell| cell * inverse - rough) / count;
        Self { scale, mean: mean.clamp(moments.min * inverse, moments.max * inverse) }
    }

    /// The mean in the signal's unit.
    pub fn mean(&self) -> f64 {
        self.mean * self.scale.unit
    }
}

/// Σ(x − mean)^k for k from 2 to 4, in powers of a [`Centre`]'s unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Powers {
    count: f64,
    unit: f64,
    second: f64,
    third: f64,
    fourth: f64,
}

impl Powers {
    /// Those of `cells` about `centre`.
    pub fn of(cells: &[f64], count: usize, centre: &Centre) -> Self {
        let (inverse, mean) = (centre.scale.inverse, centre.mean);
        let deviation = |cell: f64| cell * inverse - mean;
        let square = |cell: f64| deviation(cell) * deviation(cell);
        Self {
            count: count as f64,
            unit: centre.scale.unit,
            second: lanes::sum(cells, square),
            third: lanes::sum(cells, |cell| square(cell) * deviation(cell)),
            fourth: lanes::sum(cells, |cell| square(cell) * square(cell)),
        }
    }

    /// The variance, ddof 1, of at least two cells; infinite where it is too large.
    pub fn variance(&self) -> f64 {
        self.second / (self.count - 1.0) * self.unit * self.unit
    }

    /// The standard deviation, ddof 1, of at least two cells.
    pub fn std(&self) -> f64 {
        (self.second / (self.count - 1.0)).sqrt() * self.unit
    }

    /// The bias-corrected skewness, as pandas has it, of at least three cells that are not all equal.
    pub fn skewness(&self) -> f64 {
        let n = self.count;
        n * (n - 1.0).sqrt() / (n - 2.0) * (self.third / (self.second * self.second.sqrt()))
    }

    /// The bias-corrected excess kurtosis, as pandas has it, of at least four cells that are not all equal.
    pub fn kurtosis(&self) -> f64 {
        let n = self.count;
        let pairs = (n - 2.0) * (n - 3.0);
        n * (n + 1.0) * (n - 1.0) / pairs * (self.fourth / (self.second * self.second))
            - 3.0 * (n - 1.0) * (n - 1.0) / pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    fn powers(cells: &[f64]) -> Powers {
        let moments = Moments::of(cells, false);
        Powers::of(cells, moments.count, &Centre::of(cells, &moments))
    }

    #[test]
    fn of_a_small_stretch() {
        let moments = Moments::of(&[2.0, NAN, 2.0, 2.0, 0.0], true);
        assert_eq!(moments, Moments { count: 4, sum: 6.0, min: 0.0, max: 2.0, squares: 3.0 });
        assert_eq!(moments.mean(), 1.5);
    }

    #[test]
    fn merged_are_those_of_both() {
        let cells = [2.0, NAN, 2.0, 2.0, 0.0];
        for cut in 0..=cells.len() {
            let (left, right) = cells.split_at(cut);
            let merged = Moments::of(left, true).merge(Moments::of(right, true));
            assert_eq!((merged.count, merged.sum, merged.min, merged.max), (4, 6.0, 0.0, 2.0));
            assert!((merged.squares - 3.0).abs() < 1e-15);
        }
    }

    #[test]
    fn the_mean_of_equal_cells_is_that_cell() {
        let moments = Moments::of(&[0.1; 3], true);
        assert_eq!((moments.mean(), moments.squares), (0.1, 0.0));
        assert_eq!(Centre::of(&[0.7; 11], &Moments::of(&[0.7; 11], false)).mean(), 0.7);
    }

    #[test]
    fn a_centre_is_exact_where_a_plain_sum_is_not() {
        // The plain sum of these rounds to 0.6000000000000001.
        let cells = [0.1, 0.2, 0.3];
        assert_eq!(Centre::of(&cells, &Moments::of(&cells, false)).mean(), 0.2);
    }

    #[test]
    fn skewness_and_kurtosis_are_those_of_pandas() {
        // pandas.Series([1, 2, 3, 6]).skew() and .kurt()
        assert!((powers(&[1.0, 2.0, 3.0, 6.0]).skewness() - 1.190_340_128_278_994_7).abs() < 1e-12);
        assert!((powers(&[1.0, 2.0, 3.0, 6.0]).kurtosis() - 1.5).abs() < 1e-12);
        assert_eq!(powers(&[1.0, 2.0, 3.0]).skewness(), 0.0);
    }

    #[test]
    fn neither_huge_nor_tiny_cells_lose_their_shape() {
        let shape = powers(&[1.0, 2.0, 3.0, 6.0]);
        for unit in [2f64.powi(1000), 2f64.powi(-1000)] {
            let scaled = powers(&[unit, 2.0 * unit, 3.0 * unit, 6.0 * unit]);
            assert_eq!((scaled.skewness(), scaled.kurtosis()), (shape.skewness(), shape.kurtosis()));
            assert_eq!(scaled.std(), shape.std() * unit);
        }
    }
}
