//! The statistics that can be asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares [`Statistic`], so that the name in requests, in the schema and in column names is written once.
macro_rules! statistics {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal,)+) => {
        /// A statistic of the present cells of a window, in the signal's unit unless it says otherwise. One that lacks
        /// the cells it needs is missing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
        #[schemars(inline)]
        pub enum Statistic {
            $($(#[$doc])+ #[serde(rename = $name)] $variant,)+
        }

        impl Statistic {
            /// All of them, in the order of the schema.
            pub const ALL: &[Statistic] = &[$(Statistic::$variant),+];

            /// What a request calls it, and the end of its columns' names.
            pub fn name(self) -> &'static str {
                match self {
                    $(Statistic::$variant => $name,)+
                }
            }
        }
    };
}

statistics! {
    /// The mean.
    Mean = "mean",
    /// The standard deviation (ddof 1); needs 2 cells, 0 where all are equal.
    Std = "std",
    /// The smallest cell.
    Min = "min",
    /// The largest cell.
    Max = "max",
    /// The median; of an even count the middle of the two.
    Median = "median",
    /// The sum; missing where no cell is present.
    Sum = "sum",
    /// The variance (ddof 1), in the signal's unit squared; needs 2 cells, 0 where all are equal.
    Var = "var",
    /// The largest cell less the smallest.
    Range = "range",
    /// The root of the mean of the squares.
    Rms = "rms",
    /// The skewness (bias-corrected), a pure number; needs 3 cells that are not all equal.
    Skewness = "skewness",
    /// The excess kurtosis (bias-corrected), a pure number; needs 4 cells that are not all equal.
    Kurtosis = "kurtosis",
    /// The 5 % quantile, linear between neighbours.
    P05 = "p05",
    /// The 25 % quantile, linear between neighbours.
    P25 = "p25",
    /// The 75 % quantile, linear between neighbours.
    P75 = "p75",
    /// The 95 % quantile, linear between neighbours.
    P95 = "p95",
    /// The 75 % quantile less the 25 % quantile.
    Iqr = "iqr",
    /// The median distance to the median, unscaled.
    Mad = "mad",
    /// The slope of the straight line through the cells by least squares, in the signal's unit a row; rows of missing
    /// cells count as rows. Needs 2 cells, 0 where all are equal.
    Slope = "slope",
    /// The mean distance of a cell to the one in the row before, where both are present.
    MeanAbsChange = "mean_abs_change",
    /// How many times the sign changes; a zero has the sign before it.
    ZeroCrossings = "zero_crossings",
    /// How many times the cells cross their mean; a cell at the mean is on the side of the one before it.
    MeanCrossings = "mean_crossings",
    /// The first present cell.
    First = "first",
    /// The last present cell.
    Last = "last",
    /// How many cells are present.
    Count = "count",
    /// The fraction of the rows whose cell is missing.
    MissingRatio = "missing_ratio",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_requests() {
        for statistic in Statistic::ALL {
            assert_eq!(serde_json::to_value(statistic).unwrap(), statistic.name());
        }
    }
}
