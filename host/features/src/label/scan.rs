//! Deciding what a label is from all of its recorded values.

use fettle_frame::LabelValues;

use super::rule::{Choice, Reduction, Rule};
use super::{LabelError, LabelRule, LabelStrategy, LabelTypeRequest};

/// What is known of a label's recorded values, of any number of devices in any order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LabelScan {
    /// Cells, missing ones among them.
    cells: u64,
    /// Whether there is a present cell of a type. A column without any says nothing: its type is a guess.
    numbers: bool,
    truth_values: bool,
    text: bool,
    /// The smallest number that is not whole: the smallest, so that a message does not depend on the order of devices.
    not_whole: Option<f64>,
}

/// From here on an f64 no longer tells a whole number from its neighbours, so that every one looks whole: what is
/// stored so is a quantity, not a class.
const WHOLE_BELOW: f64 = (1_u64 << 53) as f64;

/// The whole number that an f64 stands for, if it does.
pub(super) fn as_whole(value: f64) -> Option<i64> {
    // The cast is exact: the fraction is zero and the magnitude below 2^53.
    (value.fract() == 0.0 && value.abs() < WHOLE_BELOW).then_some(value as i64)
}

impl LabelScan {
    /// Takes in the label column of a device, or a part of it.
    pub fn add(&mut self, values: &LabelValues) {
        self.cells += values.len() as u64;
        match values {
            LabelValues::Int(cells) => self.numbers |= any_present(cells),
            LabelValues::Bool(cells) => self.truth_values |= any_present(cells),
            LabelValues::Text(cells) => self.text |= any_present(cells),
            LabelValues::Float(cells) => {
                for &value in cells.iter().flatten() {
                    self.numbers = true;
                    if as_whole(value).is_none() {
                        self.not_whole = smaller(self.not_whole, Some(value));
                    }
                }
            }
        }
    }

    /// Takes in what another scan has seen.
    pub fn merge(&mut self, other: &LabelScan) {
        self.cells += other.cells;
        self.numbers |= other.numbers;
        self.truth_values |= other.truth_values;
        self.text |= other.text;
        self.not_whole = smaller(self.not_whole, other.not_whole);
    }

    /// Decides what the label is and whether the strategy goes with it.
    ///
    /// Numbers that are all whole, truth values and strings are classes; other numbers are a number label; `requested`
    /// overrides. Truth values beside numbers are 0 and 1.
    ///
    /// # Errors
    /// Where no cell is present, where there is text beside other values, and where the label is not what `requested`
    /// or the strategy takes.
    pub fn finish(
        &self,
        requested: Option<LabelTypeRequest>,
        strategy: LabelStrategy,
    ) -> Result<LabelRule, LabelError> {
        let numeric = self.numbers || self.truth_values;
        match (self.text, numeric) {
            (false, false) => Err(LabelError::NonePresent { cells: self.cells }),
            (true, true) => Err(LabelError::TextBesideNumbers),
            (true, false) if requested == Some(LabelTypeRequest::Number) => Err(LabelError::TextAsNumber),
            (true, false) => text_rule(strategy),
            (false, true) => match (requested, self.not_whole) {
                (Some(LabelTypeRequest::Class), Some(value)) => Err(LabelError::NotWhole { value }),
                (Some(LabelTypeRequest::Number), _) | (None, Some(_)) => Ok(number_rule(strategy)),
                (Some(LabelTypeRequest::Class) | None, None) => {
                    class_rule(strategy, if self.numbers { Rule::Int } else { Rule::Bool })
                }
            },
        }
        .map(LabelRule)
    }
}

fn text_rule(strategy: LabelStrategy) -> Result<Rule, LabelError> {
    match strategy {
        LabelStrategy::Last => Ok(Rule::Text(Choice::Last)),
        LabelStrategy::First => Ok(Rule::Text(Choice::First)),
        LabelStrategy::Majority => Ok(Rule::Text(Choice::Majority)),
        LabelStrategy::Max
        | LabelStrategy::Any
        | LabelStrategy::Mean
        | LabelStrategy::Median
        | LabelStrategy::Min => Err(LabelError::StrategyForText(strategy)),
    }
}

fn class_rule(strategy: LabelStrategy, of_type: fn(Choice) -> Rule) -> Result<Rule, LabelError> {
    match strategy {
        LabelStrategy::Last => Ok(of_type(Choice::Last)),
        LabelStrategy::First => Ok(of_type(Choice::First)),
        LabelStrategy::Majority => Ok(of_type(Choice::Majority)),
        LabelStrategy::Max => Ok(of_type(Choice::Max)),
        LabelStrategy::Any => Ok(Rule::Any),
        LabelStrategy::Mean | LabelStrategy::Median | LabelStrategy::Min => {
            Err(LabelError::StrategyForClass(strategy))
        }
    }
}

fn number_rule(strategy: LabelStrategy) -> Rule {
    Rule::Number(match strategy {
        LabelStrategy::Any => return Rule::Any,
        LabelStrategy::Last => Reduction::Choice(Choice::Last),
        LabelStrategy::First => Reduction::Choice(Choice::First),
        LabelStrategy::Majority => Reduction::Choice(Choice::Majority),
        LabelStrategy::Max => Reduction::Choice(Choice::Max),
        LabelStrategy::Mean => Reduction::Mean,
        LabelStrategy::Median => Reduction::Median,
        LabelStrategy::Min => Reduction::Min,
    })
}

fn any_present<T>(cells: &[Option<T>]) -> bool {
    cells.iter().any(Option::is_some)
}

fn smaller(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).min_by(f64::total_cmp)
}
