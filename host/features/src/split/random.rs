//! The random split.

use super::random_state::RandomState;
use super::{Sides, SplitError, ValSplit};

/// The rows of scikit-learn's `train_test_split(range(windows), test_size=val_split, random_state=seed)`, in its order.
///
/// # Errors
/// Where a side would be empty.
pub fn random(windows: usize, val_split: ValSplit, seed: u32) -> Result<Sides, SplitError> {
    let counts = Counts::of_windows(windows, val_split)?;
    Ok(shuffled(counts, &mut RandomState::new(seed)))
}

/// The first of the shuffled validate, the others train.
pub(super) fn shuffled(counts: Counts, draws: &mut RandomState) -> Sides {
    let mut val = draws.permutation(counts.train + counts.val);
    let train = val.split_off(counts.val as usize);
    Sides { train, val }
}

/// How many are on each side, at least one.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    pub(super) train: u32,
    pub(super) val: u32,
}

impl Counts {
    /// The sides of `all`, if both have something.
    pub(super) fn new(all: u32, val_split: ValSplit) -> Option<Self> {
        let val = val_split.of(all);
        let train = all - val;
        (train > 0).then_some(Self { train, val })
    }

    /// The sides of windows.
    pub(super) fn of_windows(windows: usize, val_split: ValSplit) -> Result<Self, SplitError> {
        let windows = u32::try_from(windows).map_err(|_| SplitError::TooManyWindows { windows })?;
        if windows == 0 {
            return Err(SplitError::NoWindows);
        }
        Self::new(windows, val_split)
            .ok_or(SplitError::NoTrainingWindows { windows, val_split: val_split.get() })
    }
}
