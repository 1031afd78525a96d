//! Gaps filled with one value.

use super::gaps::each_gap;
use crate::limits::Limits;

/// With the value before it; a gap at the beginning stays.
pub fn forward(values: &mut [f64], limits: Limits) {
    each_gap(values, limits, |values, gap| {
        if let Some(before) = gap.start.checked_sub(1) {
            let value = values[before];
            values[limits.first(&gap)].fill(value);
        }
    });
}

/// With the value after it; a gap at the end stays.
pub fn backward(values: &mut [f64], limits: Limits) {
    each_gap(values, limits, |values, gap| {
        if let Some(&value) = values.get(gap.end) {
            values[limits.last(&gap)].fill(value);
        }
    });
}

/// With `value`.
pub fn constant(values: &mut [f64], value: f64, limits: Limits) {
    each_gap(values, limits, |values, gap| values[limits.first(&gap)].fill(value));
}
