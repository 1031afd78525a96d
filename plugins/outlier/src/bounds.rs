//! What a column's cells are held against.

use serde::{Deserialize, Serialize};

/// Two inclusive bounds.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
pub struct Bounds {
    /// `None` where values may be as low as they are: the bound is beyond f64, or the column had no value.
    pub lower: Option<f64>,
    /// `None` where values may be as high as they are.
    pub upper: Option<f64>,
    /// Whether the bounds coincide though values differ (a machine that idles most of the time): they are of no use
    /// then, and the column is left as it is.
    pub degenerate: bool,
}

impl Bounds {
    /// For a column without any value.
    pub const NONE: Self = Self { lower: None, upper: None, degenerate: false };

    /// Bounds that were learnt from values; `differ` says whether not all of those are alike.
    pub fn learnt(lower: f64, upper: f64, differ: bool) -> Self {
        // Two quantiles between the same two cells may come out the wrong way round in the last digit.
        let upper = upper.max(lower);
        let bound = |value: f64| value.is_finite().then_some(value);
        Self { lower: bound(lower), upper: bound(upper), degenerate: lower == upper && differ }
    }

    /// The bounds as numbers, infinite where there is none; `None` where no cell can be beyond.
    pub fn ends(self) -> Option<(f64, f64)> {
        if self.degenerate || (self.lower, self.upper) == (None, None) {
            return None;
        }
        Some((self.lower.unwrap_or(f64::NEG_INFINITY), self.upper.unwrap_or(f64::INFINITY)))
    }
}

/// `origin` + `times` · (`to` − `from`), infinite only where that is too large for an f64 itself.
pub fn beyond(origin: f64, times: f64, from: f64, to: f64) -> f64 {
    let plain = origin + times * (to - from);
    if plain.is_finite() { plain } else { 4.0 * (origin / 4.0 + times * (to / 4.0 - from / 4.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_that_coincide_are_of_use_only_where_values_do_too() {
        assert_eq!(Bounds::learnt(2.0, 2.0, true).ends(), None);
        assert_eq!(Bounds::learnt(2.0, 2.0, false).ends(), Some((2.0, 2.0)));
        assert_eq!(Bounds::learnt(1.0, 2.0, true).ends(), Some((1.0, 2.0)));
    }

    #[test]
    fn bounds_out_of_reach_are_none() {
        let open = Bounds::learnt(f64::NEG_INFINITY, 5.0, true);
        assert_eq!((open.lower, open.upper, open.degenerate), (None, Some(5.0), false));
        assert_eq!(open.ends(), Some((f64::NEG_INFINITY, 5.0)));
        assert_eq!(Bounds::learnt(f64::NEG_INFINITY, f64::INFINITY, true), Bounds::NONE);
        assert_eq!(Bounds::NONE.ends(), None);
    }

    #[test]
    fn only_a_bound_that_is_too_large_itself_overflows() {
        assert_eq!(beyond(1.0, 1.5, 1.0, 3.0), 4.0);
        assert_eq!(beyond(-1e308, 0.25, -1e308, 1e308), -5e307);
        let huge = 2f64.powi(1022);
        assert_eq!(beyond(3.0 * huge, -8.0, 2.5 * huge, 3.0 * huge), -huge);
        assert_eq!(beyond(-1e308, 0.0, -1e308, 1e308), -1e308);
        assert_eq!(beyond(1e308, 1.5, -1e308, 1e308), f64::INFINITY);
    }
}
