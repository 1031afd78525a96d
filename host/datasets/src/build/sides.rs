//! Which windows train and which validate.

use fettle_features::FeatureError;
use fettle_features::split::{SharedRows, Side, Sides, SplitError, ValSplit, random, stratified};
use fettle_frame::Window;

use super::scan::insufficient;
use super::units::Units;
use super::windows::Windows;
use crate::DatasetError;
use crate::request::{DatasetRequest, SplitMethod};

/// The sides, in the order of the dataset's rows.
#[derive(Debug)]
pub(crate) struct Split {
    /// Which of all windows train.
    pub(crate) train: Vec<u32>,
    /// Which validate.
    pub(crate) val: Vec<u32>,
    /// Rows that both sides hold.
    pub(crate) shared_rows: u64,
    /// Validation windows that share rows with training.
    pub(crate) val_windows_sharing_rows: u64,
    /// Training windows that went out because they shared rows with validation.
    pub(crate) purged_windows: u64,
}

/// Splits the windows, and purges where that is asked for: windows that went out are gone from `windows` too.
pub(super) fn split(
    request: &DatasetRequest,
    units: &Units,
    windows: &mut Windows,
) -> Result<Split, DatasetError> {
    match request.split.split_method {
        SplitMethod::Random => by_chance(request, windows),
        SplitMethod::Time | SplitMethod::Device => by_unit(units, windows),
    }
}

fn by_unit(units: &Units, windows: &Windows) -> Result<Split, DatasetError> {
    let side = |side: Side| -> Vec<u32> {
        let of_side = units.units.iter().zip(&windows.of_unit).filter(|(unit, _)| unit.side == Some(side));
        of_side.flat_map(|(_, unit)| unit.places.clone()).map(|place| place as u32).collect()
    };
    let (train, val) = (side(Side::Train), side(Side::Val));
    for (side, is_empty) in [(Side::Train, train.is_empty()), (Side::Val, val.is_empty())] {
        if is_empty {
            return Err(insufficient(format!(
                "the side `{}` has no window with a label; another `val_split` or cut would be right",
                side.as_str()
            )));
        }
    }
    Ok(Split { train, val, shared_rows: 0, val_windows_sharing_rows: 0, purged_windows: 0 })
}

fn by_chance(request: &DatasetRequest, windows: &mut Windows) -> Result<Split, DatasetError> {
    let sides = draw(request, windows).map_err(FeatureError::from)?;
    let of_each = sides.of_each();
    let (mut shared_rows, mut sharing) = (0, Vec::with_capacity(windows.len()));
    for unit in &windows.of_unit {
        let rows: Vec<Window> = unit.places.clone().map(|place| windows.rows(place)).collect();
        let shared = SharedRows::of(&rows, &of_each[unit.places.clone()]);
        shared_rows += shared.rows as u64;
        sharing.extend(shared.sharing);
    }
    let sharing_on = |wanted: Side| {
        of_each.iter().zip(&sharing).filter(|(side, sharing)| **side == wanted && **sharing).count() as u64
    };
    let Sides { train, val } = sides;
    if !request.split.purge {
        let val_windows_sharing_rows = sharing_on(Side::Val);
        return Ok(Split { train, val, shared_rows, val_windows_sharing_rows, purged_windows: 0 });
    }
    let purged_windows = sharing_on(Side::Train);
    let left = train.len() as u64 - purged_windows;
    if left * 10 < train.len() as u64 || left == 0 {
        return Err(insufficient(format!(
            "`purge` leaves {left} of {} training windows, since windows overlap; `split_method` `time` shares no rows",
            train.len()
        )));
    }
    let kept: Vec<bool> =
        of_each.iter().zip(&sharing).map(|(side, sharing)| *side == Side::Val || !sharing).collect();
    for unit in &mut windows.of_unit {
        unit.purged = kept[unit.places.clone()].iter().filter(|kept| !**kept).count();
    }
    windows.retain(&kept);
    // Where each window that is left stands now.
    let mut moved = Vec::with_capacity(kept.len());
    let mut next = 0;
    for &kept in &kept {
        moved.push(next);
        next += u32::from(kept);
    }
    let moved = |places: Vec<u32>| -> Vec<u32> {
        let left = places.into_iter().filter(|&place| kept[place as usize]);
        left.map(|place| moved[place as usize]).collect()
    };
    Ok(Split {
        train: moved(train),
        val: moved(val),
        shared_rows: 0,
        val_windows_sharing_rows: 0,
        purged_windows,
    })
}

fn draw(request: &DatasetRequest, windows: &Windows) -> Result<Sides, SplitError> {
    let split = &request.split;
    let val_split = ValSplit::new(split.val_split())?;
    if !split.stratify {
        return random(windows.len(), val_split, split.random_state());
    }
    let classes = windows.labels.class_codes().ok_or(SplitError::StratifiedNumber)?;
    stratified(&classes, val_split, split.random_state())
}
