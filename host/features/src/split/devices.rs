//! The split by device.

use super::random::{Counts, shuffled};
use super::random_state::RandomState;
use super::{Sides, SplitError, ValSplit};

/// Puts whole devices on a side, as scikit-learn's `GroupShuffleSplit(1, test_size=val_split, random_state=seed)` does
/// with the codes as groups. Sides hold places in `codes`, ascending; the draw is over the sorted codes, so that it does
/// not depend on the order of `codes`, none of which occurs twice.
///
/// # Errors
/// Where there are fewer than two devices, or none would train.
pub fn by_device(codes: &[String], val_split: ValSplit, seed: u32) -> Result<Sides, SplitError> {
    let mut sorted: Vec<u32> = (0..).take(codes.len()).collect();
    sorted.sort_by_key(|&place| &codes[place as usize]);
    let devices = sorted.len() as u32;
    if devices < 2 {
        return Err(SplitError::TooFewDevices { devices });
    }
    let counts = Counts::new(devices, val_split)
        .ok_or(SplitError::NoTrainingDevices { devices, val_split: val_split.get() })?;
    let Sides { train, val } = shuffled(counts, &mut RandomState::new(seed));
    let ascending = |side: &[u32]| {
        let mut places: Vec<u32> = side.iter().map(|&rank| sorted[rank as usize]).collect();
        places.sort_unstable();
        places
    };
    Ok(Sides { train: ascending(&train), val: ascending(&val) })
}
