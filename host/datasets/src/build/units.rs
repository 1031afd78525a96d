//! Which rows are cleaned and windowed together: all of a device, or those of one side of a cut in time.

use std::ops::Range;

use fettle_features::FeatureError;
use fettle_features::split::{Side, ValSplit, by_device, time_cut};

use super::scan::Device;
use crate::DatasetError;
use crate::recipe::Recipe;
use crate::request::SplitMethod;

/// The units, device by device, and what decided on their sides.
#[derive(Debug)]
pub(crate) struct Units {
    pub(crate) units: Vec<Unit>,
    /// With the split by time: the first instant of validation, UTC nanoseconds.
    pub(crate) cut: Option<i64>,
}

/// Rows that are treated as one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Which of the devices.
    pub(crate) device: usize,
    /// The side that all of its windows are on; `None` where chance decides for each.
    pub(crate) side: Option<Side>,
}

impl Units {
    /// Each of so many devices as a whole, on no side.
    pub(crate) fn whole(devices: usize) -> Self {
        Self { units: (0..devices).map(|device| Unit { device, side: None }).collect(), cut: None }
    }

    /// How the rows of `devices` fall apart under a recipe's split.
    pub(super) fn of(recipe: &Recipe, devices: &[Device]) -> Result<Self, DatasetError> {
        let split = &recipe.request.split;
        let val_split = ValSplit::new(split.val_split()).map_err(FeatureError::from)?;
        Ok(match split.split_method {
            SplitMethod::Random => Self::whole(devices.len()),
            SplitMethod::Device => {
                let mut codes: Vec<String> = devices.iter().map(|device| device.code.clone()).collect();
                codes.sort_unstable();
                let sides = by_device(&codes, val_split, split.random_state()).map_err(FeatureError::from)?;
                let sides = sides.of_each();
                let side = |device: &Device| codes.binary_search(&device.code).ok().map(|place| sides[place]);
                let unit = |(device, of): (usize, &Device)| Unit { device, side: side(of) };
                Self { units: devices.iter().enumerate().map(unit).collect(), cut: None }
            }
            SplitMethod::Time => {
                let first = devices.iter().map(|device| device.first).min().unwrap_or_default();
                let last = devices.iter().map(|device| device.last).max().unwrap_or_default();
                let cut = match split.split_time {
                    // Inside the range, which is one of i64.
                    Some(cut) => i64::try_from(cut.as_nanosecond()).unwrap_or(i64::MAX),
                    None => time_cut(first, last, val_split),
                };
                let both = |device| [Side::Train, Side::Val].map(|side| Unit { device, side: Some(side) });
                Self { units: (0..devices.len()).flat_map(both).collect(), cut: Some(cut) }
            }
        })
    }

    /// The units of a device, each with its number.
    pub(crate) fn of_device(&self, device: usize) -> impl Iterator<Item = (usize, &Unit)> {
        self.units.iter().enumerate().filter(move |(_, unit)| unit.device == device)
    }

    /// Which of a device's rows are a unit's.
    pub(crate) fn rows(&self, unit: &Unit, timestamps: &[i64]) -> Range<usize> {
        match (self.cut, unit.side) {
            (Some(cut), Some(side)) => {
                let at = timestamps.partition_point(|&time| time < cut);
                if side == Side::Train { 0..at } else { at..timestamps.len() }
            }
            _ => 0..timestamps.len(),
        }
    }
}
