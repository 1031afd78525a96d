//! The statistics of one window.

use std::cell::OnceCell;
use std::ops::Range;

use crate::half::{Half, Wanted};
use crate::moments::{Centre, Moments, Powers};
use crate::order::{self, Sorted};
use crate::{Statistic, course, lanes};

/// Where sums of squares keep all their digits: none of the terms that matter has overflowed or become subnormal.
const SAFE_SQUARES: Range<f64> = 1e-280..f64::INFINITY;

/// What the halves of windows must hold for these statistics.
pub fn wanted(statistics: &[Statistic]) -> Wanted {
    use Statistic::{Iqr, Mad, Median, P05, P25, P75, P95, Std, Var};
    let any = |of: &[Statistic]| statistics.iter().any(|statistic| of.contains(statistic));
    Wanted { squares: any(&[Std, Var]), keys: any(&[Median, P05, P25, P75, P95, Iqr, Mad]) }
}

/// A window of a signal.
pub struct WindowCells<'a> {
    cells: &'a [f64],
    moments: Moments,
    sorted: Sorted<'a>,
    centre: OnceCell<Centre>,
    powers: OnceCell<Powers>,
}

impl<'a> WindowCells<'a> {
    /// The window of `cells`, missing ones being NaN, whose halves are `first` and `second`.
    pub fn new(cells: &'a [f64], first: &'a Half, second: &'a Half) -> Self {
        Self {
            cells,
            moments: first.moments().merge(second.moments()),
            sorted: [first.keys(), second.keys()],
            centre: OnceCell::new(),
            powers: OnceCell::new(),
        }
    }

    /// One statistic; NaN where there are not enough cells, infinite where it is too large for an f64. `room` is room to
    /// work in.
    pub fn statistic(&self, statistic: Statistic, room: &mut Vec<i64>) -> f64 {
        let Moments { count, min, max, .. } = self.moments;
        let (rows, present) = (self.cells.len() as f64, count as f64);
        match statistic {
            Statistic::Count => present,
            Statistic::MissingRatio => (rows - present) / rows,
            _ if count == 0 => f64::NAN,
            Statistic::Mean => self.mean(),
            Statistic::Std => self.std(),
            Statistic::Min => min,
            Statistic::Max => max,
            Statistic::Median => order::median(self.sorted),
            Statistic::Sum => self.sum(),
            Statistic::Var => self.var(),
            Statistic::Range => max - min,
            Statistic::Rms => self.rms(),
            Statistic::Skewness => self.skewness(),
            Statistic::Kurtosis => self.kurtosis(),
            Statistic::P05 => order::quantile(self.sorted, 0.05),
            Statistic::P25 => order::quantile(self.sorted, 0.25),
            Statistic::P75 => order::quantile(self.sorted, 0.75),
            Statistic::P95 => order::quantile(self.sorted, 0.95),
            Statistic::Iqr => order::quantile(self.sorted, 0.75) - order::quantile(self.sorted, 0.25),
            Statistic::Mad => order::median_distance(self.sorted, room),
            Statistic::Slope => self.slope(),
            Statistic::MeanAbsChange => course::mean_abs_change(self.cells, self.moments.scale()),
            Statistic::ZeroCrossings => course::crossings(self.cells, 0.0) as f64,
            Statistic::MeanCrossings => course::mean_crossings(self.cells) as f64,
            Statistic::First => course::first(self.cells),
            Statistic::Last => course::last(self.cells),
        }
    }

    fn mean(&self) -> f64 {
        let mean = self.moments.mean();
        if mean.is_nan() { self.centre().mean() } else { mean }
    }

    fn sum(&self) -> f64 {
        let sum = self.moments.sum;
        if sum.is_finite() {
            return sum;
        }
        // Parts of the sum were too large, which the whole need not be.
        let scale = self.moments.scale();
        lanes::sum(self.cells, |cell| cell * scale.inverse) * scale.unit
    }

    fn std(&self) -> f64 {
        match self.spread() {
            Spread::Unknown => f64::NAN,
            Spread::None => 0.0,
            Spread::Squares(squares) => (squares / (self.moments.count - 1) as f64).sqrt(),
            Spread::Extreme => self.powers().std(),
        }
    }

    fn var(&self) -> f64 {
        match self.spread() {
            Spread::Unknown => f64::NAN,
            Spread::None => 0.0,
            Spread::Squares(squares) => squares / (self.moments.count - 1) as f64,
            Spread::Extreme => self.powers().variance(),
        }
    }

    fn spread(&self) -> Spread {
        if self.moments.count < 2 {
            Spread::Unknown
        } else if self.moments.constant() {
            Spread::None
        } else if SAFE_SQUARES.contains(&self.moments.squares) {
            Spread::Squares(self.moments.squares)
        } else {
            Spread::Extreme
        }
    }

    fn rms(&self) -> f64 {
        let scale = self.moments.scale();
        let squares = lanes::sum(self.cells, |cell| (cell * scale.inverse) * (cell * scale.inverse));
        (squares / self.moments.count as f64).sqrt() * scale.unit
    }

    fn skewness(&self) -> f64 {
        let known = self.moments.count >= 3 && !self.moments.constant();
        if known { self.powers().skewness() } else { f64::NAN }
    }

    fn kurtosis(&self) -> f64 {
        let known = self.moments.count >= 4 && !self.moments.constant();
        if known { self.powers().kurtosis() } else { f64::NAN }
    }

    fn slope(&self) -> f64 {
        match self.spread() {
            Spread::Unknown => f64::NAN,
            Spread::None => 0.0,
            Spread::Squares(_) | Spread::Extreme => {
                course::slope(self.cells, self.moments.count, self.centre())
            }
        }
    }

    fn centre(&self) -> &Centre {
        self.centre.get_or_init(|| Centre::of(self.cells, &self.moments))
    }

    fn powers(&self) -> &Powers {
        self.powers.get_or_init(|| Powers::of(self.cells, self.moments.count, self.centre()))
    }
}

/// How far cells lie apart, as far as it has been computed.
enum Spread {
    /// There are fewer than two cells.
    Unknown,
    /// All cells are equal.
    None,
    /// Σ(x − mean)², to full precision.
    Squares(f64),
    /// Cells so large, or differences so small, that squares need a scale.
    Extreme,
}
