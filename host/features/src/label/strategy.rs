//! What a request says of its label.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the rows of a window become its label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelStrategy {
    /// The last row's label; none where that is missing.
    #[default]
    Last,
    /// The first row's label; none where that is missing.
    First,
    /// The label that most rows have, the smallest of them on a tie.
    Majority,
    /// The largest label; `true` is larger than `false`. Not of strings.
    Max,
    /// 1 if the label of any row is `true` or a number other than zero, else 0. Not of strings.
    Any,
    /// The arithmetic mean, of a number label.
    Mean,
    /// The median, of a number label; of an even count the middle of the two.
    Median,
    /// The smallest label, of a number label.
    Min,
}

/// What a request wants a label to be, whatever its values look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelTypeRequest {
    /// One of several classes.
    Class,
    /// A number to be estimated.
    Number,
}

impl LabelStrategy {
    /// Its name in requests.
    pub fn as_str(self) -> &'static str {
        match self {
            LabelStrategy::Last => "last",
            LabelStrategy::First => "first",
            LabelStrategy::Majority => "majority",
            LabelStrategy::Max => "max",
            LabelStrategy::Any => "any",
            LabelStrategy::Mean => "mean",
            LabelStrategy::Median => "median",
            LabelStrategy::Min => "min",
        }
    }
}

impl fmt::Display for LabelStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
