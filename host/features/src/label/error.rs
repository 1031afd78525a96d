//! Why there are no labels.

use super::LabelStrategy;
use crate::{FeatureError, FieldError};

/// Why the windows of a request cannot be labelled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LabelError {
    /// There is nothing to label windows with.
    #[error("none of the {cells} rows has a label in this range; choose a range or devices that have labels")]
    NonePresent {
        /// Rows of all devices.
        cells: u64,
    },
    /// Strings on some rows, numbers or truth values on others.
    #[error("is text on some rows and numbers or truth values on others; a label is one of the two")]
    TextBesideNumbers,
    /// `label_type: "class"` for values that are no classes.
    #[error(
        "`class` takes whole numbers below 2^53, and {value} is not one of them; leave `label_type` out or set it to \
         `number`"
    )]
    NotWhole {
        /// The smallest of the values that are not whole.
        value: f64,
    },
    /// `label_type: "number"` for strings.
    #[error(
        "`number` takes numbers or truth values, and this label is text; leave `label_type` out or set it to `class`"
    )]
    TextAsNumber,
    /// A strategy that compares or reckons, for strings.
    #[error("`{0}` does not take text, whatever the `label_type`; choose `last`, `first` or `majority`")]
    StrategyForText(LabelStrategy),
    /// A strategy for number labels, for a class.
    #[error(
        "`{0}` takes a number label, and this one is a class; set `label_type` to `number` or choose `last`, `first`, \
         `majority`, `max` or `any`"
    )]
    StrategyForClass(LabelStrategy),
    /// Cells that the scan has not seen.
    #[error("the label's values changed while they were read; send the request again")]
    Changed,
}

impl LabelError {
    /// The request's field at fault.
    pub fn field(&self) -> &'static str {
        match self {
            LabelError::NonePresent { .. } | LabelError::TextBesideNumbers | LabelError::Changed => {
                "label_column"
            }
            LabelError::NotWhole { .. } | LabelError::TextAsNumber => "label_type",
            LabelError::StrategyForText(_) | LabelError::StrategyForClass(_) => "label_strategy",
        }
    }
}

impl From<LabelError> for FeatureError {
    fn from(error: LabelError) -> Self {
        match error {
            LabelError::NonePresent { .. } => {
                FeatureError::InsufficientData(format!("`{}`: {error}", error.field()))
            }
            LabelError::Changed => FeatureError::Internal(error.to_string(), Some(Box::new(error))),
            error => FeatureError::InvalidParameter(vec![FieldError::new(error.field(), error.to_string())]),
        }
    }
}
