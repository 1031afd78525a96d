//! What a label is, and how windows get theirs.

use serde::{Deserialize, Serialize};

/// What the labels of windows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelMeaning {
    /// Classes that whole numbers stand for.
    IntClass,
    /// The classes `false` and `true`.
    BoolClass,
    /// Classes with names.
    TextClass,
    /// Numbers, which have no classes.
    Number,
}

impl LabelMeaning {
    /// Whether there are classes, which can be counted and stratified by.
    pub fn is_class(self) -> bool {
        self != LabelMeaning::Number
    }
}

/// How a window gets its label: a meaning and a strategy that go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelRule(pub(super) Rule);

/// The rules by the type of their labels, so that there is none that reckons with classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// 1 where any cell is `true` or not zero, else 0.
    Any,
    Int(Choice),
    Bool(Choice),
    Text(Choice),
    Number(Reduction),
}

/// Choosing one of a window's cells: possible wherever cells have an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Last,
    First,
    Majority,
    Max,
}

/// Making one number of a window's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reduction {
    Choice(Choice),
    Mean,
    Median,
    Min,
}

impl LabelRule {
    /// What the labels of windows are: under the strategy `any` the classes 0 and 1, else what the column is.
    pub fn meaning(&self) -> LabelMeaning {
        match self.0 {
            Rule::Any | Rule::Int(_) => LabelMeaning::IntClass,
            Rule::Bool(_) => LabelMeaning::BoolClass,
            Rule::Text(_) => LabelMeaning::TextClass,
            Rule::Number(_) => LabelMeaning::Number,
        }
    }
}
