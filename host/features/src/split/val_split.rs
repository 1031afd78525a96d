//! The part that validates.

use super::SplitError;

/// The part of a dataset that validates: more than nothing, less than all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValSplit(f64);

impl ValSplit {
    /// A part of the whole.
    ///
    /// # Errors
    /// Where it is not between 0 and 1.
    pub fn new(part: f64) -> Result<Self, SplitError> {
        if part > 0.0 && part < 1.0 { Ok(Self(part)) } else { Err(SplitError::NotAPart { val_split: part }) }
    }

    /// The part, between 0 and 1.
    pub fn get(self) -> f64 {
        self.0
    }

    /// How many of `all` windows or devices validate: rounded up, as scikit-learn does. Some are left for training only
    /// if there are enough.
    pub(super) fn of(self, all: u32) -> u32 {
        // At most `all`, since the part is less than 1.
        (self.0 * f64::from(all)).ceil() as u32
    }
}

impl Default for ValSplit {
    /// A fifth.
    fn default() -> Self {
        Self(0.2)
    }
}
