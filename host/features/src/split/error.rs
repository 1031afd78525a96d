//! Why there are no sides.

use super::Side;
use crate::{FeatureError, FieldError};

/// Why windows or devices cannot be split as they should be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SplitError {
    /// `val_split` is no part of a whole.
    #[error("{val_split} is not a part of the windows: it must be greater than 0 and less than 1, as 0.2 is")]
    NotAPart {
        /// What it is.
        val_split: f64,
    },
    /// There is nothing to split.
    #[error("there is no window to split")]
    NoWindows,
    /// All windows would validate.
    #[error(
        "`val_split` {val_split} of {windows} window{} leaves none to train on; choose a smaller `val_split`, a longer \
         range or smaller windows",
        if *windows == 1 { "" } else { "s" }
    )]
    NoTrainingWindows {
        /// Windows to split.
        windows: u32,
        /// The part that validates.
        val_split: f64,
    },
    /// A split by device of fewer than two.
    #[error(
        "`split_method` `device` needs at least two devices with rows, and there {}; add devices or choose `random` or \
         `time`",
        if *devices == 1 { "is one" } else { "are none" }
    )]
    TooFewDevices {
        /// Devices that have rows: none or one.
        devices: u32,
    },
    /// All devices would validate.
    #[error(
        "`val_split` {val_split} of {devices} devices leaves none to train on; choose a smaller `val_split` or add \
         devices"
    )]
    NoTrainingDevices {
        /// Devices to split.
        devices: u32,
        /// The part that validates.
        val_split: f64,
    },
    /// More than a split can count.
    #[error("{windows} windows are more than a dataset can have; choose a larger stride")]
    TooManyWindows {
        /// Windows to split.
        windows: usize,
    },
    /// `stratify` of a label without classes.
    #[error(
        "a number label has no classes to keep in proportion; leave `stratify` out or set `label_type` to `class`"
    )]
    StratifiedNumber,
    /// `stratify` of windows of one class.
    #[error(
        "all windows have the label `{class}`, so there is nothing to keep in proportion; leave `stratify` out"
    )]
    OneClass {
        /// The class's key.
        class: String,
    },
    /// `stratify` with classes that cannot be on both sides.
    #[error(
        "each class needs at least two windows, one a side, and {} {} only one; leave `stratify` out or choose a longer \
         range",
        quoted(classes),
        if classes.len() == 1 { "has" } else { "have" }
    )]
    ClassOfOneWindow {
        /// The classes' keys.
        classes: Vec<String>,
    },
    /// `stratify` with more classes than windows on a side.
    #[error(
        "{} {windows} of the windows for {classes} classes, which is fewer than one each; choose another `val_split`, or \
         leave `stratify` out",
        match side { Side::Train => "training has", Side::Val => "validation has" }
    )]
    MoreClassesThanWindows {
        /// The side with too few windows.
        side: Side,
        /// Windows on that side.
        windows: u32,
        /// Classes in total.
        classes: usize,
    },
}

/// So many classes are named in a message.
const NAMED: usize = 5;

fn quoted(classes: &[String]) -> String {
    let named = classes.iter().take(NAMED).map(|class| format!("`{class}`")).collect::<Vec<_>>().join(", ");
    match classes.len().saturating_sub(NAMED) {
        0 => named,
        others => format!("{named} and {others} more"),
    }
}

impl SplitError {
    /// The request's fields at fault, the one to change first.
    pub fn fields(&self) -> &'static [&'static str] {
        match self {
            SplitError::NotAPart { .. }
            | SplitError::NoTrainingWindows { .. }
            | SplitError::NoTrainingDevices { .. } => &["val_split"],
            SplitError::NoWindows | SplitError::TooManyWindows { .. } => &[],
            SplitError::TooFewDevices { .. } => &["split_method"],
            SplitError::StratifiedNumber
            | SplitError::OneClass { .. }
            | SplitError::ClassOfOneWindow { .. } => &["stratify"],
            SplitError::MoreClassesThanWindows { .. } => &["stratify", "val_split"],
        }
    }
}

impl From<SplitError> for FeatureError {
    /// What more windows or devices would mend is insufficient data; what the request asks of those that there are is
    /// a parameter.
    fn from(error: SplitError) -> Self {
        match error {
            SplitError::NoWindows
            | SplitError::NoTrainingWindows { .. }
            | SplitError::TooFewDevices { .. }
            | SplitError::NoTrainingDevices { .. } => FeatureError::InsufficientData(error.to_string()),
            SplitError::TooManyWindows { .. } => FeatureError::TooLarge(error.to_string()),
            SplitError::NotAPart { .. }
            | SplitError::StratifiedNumber
            | SplitError::OneClass { .. }
            | SplitError::ClassOfOneWindow { .. }
            | SplitError::MoreClassesThanWindows { .. } => FeatureError::InvalidParameter(
                error.fields().iter().map(|field| FieldError::new(*field, error.to_string())).collect(),
            ),
        }
    }
}
