//! The distribution of a number label.

use serde::{Deserialize, Serialize};

use super::choice::Finite;

/// How the labels of some windows are distributed. A figure that these labels do not have (of no window; `std` of one)
/// or that is too large for a number is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LabelStatistics {
    /// Windows.
    pub count: u64,
    /// The smallest label.
    pub min: Option<f64>,
    /// The largest label.
    pub max: Option<f64>,
    /// The arithmetic mean.
    pub mean: Option<f64>,
    /// The standard deviation, with one degree of freedom less than there are windows.
    pub std: Option<f64>,
    /// The lower quartile, as numpy's `linear`.
    pub p25: Option<f64>,
    /// The median.
    pub p50: Option<f64>,
    /// The upper quartile, as numpy's `linear`.
    pub p75: Option<f64>,
}

impl LabelStatistics {
    /// The distribution of labels, none of which is NaN or infinite.
    pub(super) fn of(labels: impl Iterator<Item = f64>) -> Self {
        let mut labels: Vec<Finite> = labels.map(Finite::new).collect();
        // Sorted first, so that the sums do not depend on the order of windows either.
        labels.sort_unstable();
        let mean = mean(labels.iter().map(|label| label.get()));
        Self {
            count: labels.len() as u64,
            min: labels.first().map(|label| label.get()),
            max: labels.last().map(|label| label.get()),
            mean,
            std: mean.and_then(|mean| deviation(&labels, mean)),
            p25: quantile(&labels, 0.25),
            p50: median(&labels),
            p75: quantile(&labels, 0.75),
        }
    }
}

/// The arithmetic mean; none of no value, or where the sum overflows.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sum = Sum::default();
    let (mut count, mut smallest, mut largest) = (0_u64, f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        sum.add(value);
        count += 1;
        smallest = smallest.min(value);
        largest = largest.max(value);
    }
    let mean = sum.total() / count as f64;
    // Rounding can push the mean of equal values past them.
    mean.is_finite().then(|| mean.clamp(smallest, largest))
}

/// The median of ascending values; none of no value.
pub(super) fn median(ascending: &[Finite]) -> Option<f64> {
    quantile(ascending, 0.5)
}

/// A quantile of ascending values, linear between neighbours; none of no value, or where the neighbours' distance
/// overflows.
fn quantile(ascending: &[Finite], share: f64) -> Option<f64> {
    let place = ascending.len().checked_sub(1)? as f64 * share;
    let below = ascending[place.floor() as usize].get();
    let above = ascending[place.ceil() as usize].get();
    let fraction = place.fract();
    // From the nearer end, as numpy does.
    let value = match above - below {
        distance if fraction < 0.5 => below + distance * fraction,
        distance => above - distance * (1.0 - fraction),
    };
    value.is_finite().then_some(value)
}

fn deviation(values: &[Finite], mean: f64) -> Option<f64> {
    let mut squares = Sum::default();
    for value in values {
        squares.add((value.get() - mean).powi(2));
    }
    let deviation = (squares.total() / (values.len() as f64 - 1.0)).sqrt();
    deviation.is_finite().then_some(deviation)
}

/// A sum that carries what rounding takes away (Neumaier's).
#[derive(Default)]
struct Sum {
    rounded: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, value: f64) {
        let sum = self.rounded + value;
        let (larger, smaller) =
            if self.rounded.abs() < value.abs() { (value, self.rounded) } else { (self.rounded, value) };
        self.lost += (larger - sum) + smaller;
        self.rounded = sum;
    }

    fn total(&self) -> f64 {
        self.rounded + self.lost
    }
}
