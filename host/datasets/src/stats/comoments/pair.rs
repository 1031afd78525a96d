//! Two features together: what sums over windows come to.

use super::Moments;
use crate::stats::column::Column;

/// Sums over the windows in which two features are present, in units of the features' scales.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Pair {
    pub(super) count: f64,
    pub(super) x: Mean,
    pub(super) y: Mean,
    /// Σ(x − mean)², and so on.
    pub(super) xx: f64,
    pub(super) yy: f64,
    pub(super) xy: f64,
}

/// A mean in two parts: the differences of blocks far from zero are small against what rounding one would cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Mean {
    pub(super) rounded: f64,
    /// What rounding left over.
    pub(super) rest: f64,
}

impl Pair {
    /// Adds what there is of other windows.
    pub(super) fn merge(&mut self, other: Self) {
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
    pub(super) fn moments(&self, column: Column) -> Moments {
        if column.count == 0 {
            return Moments { mean: None, std: None, constant: false };
        }
        let alike = column.min == column.max;
        // Rounding can neither move a mean out of its column nor spread equal values.
        let mean = ((self.x.rounded + self.x.rest) * column.scale()).clamp(column.min, column.max);
        let squares = if alike { 0.0 } else { self.xx.max(0.0) };
        let std = (squares / (self.count - 1.0)).sqrt() * column.scale();
        Moments {
            mean: Some(mean),
            std: Some(std).filter(|std| self.count >= 2.0 && std.is_finite()),
            constant: alike || nearly_constant(self.count, self.x.rounded, squares),
        }
    }

    /// Pearson's; `None` where there are fewer than two windows, or one of the two is constant in them.
    pub(super) fn correlation(&self) -> Option<f64> {
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
