//! What is stored of a device.

use std::fs;

use fettle_frame::TimeRange;

use super::folder::DeviceFolder;
use super::read;
use crate::{Holding, SeriesError};

pub fn holding(folder: &DeviceFolder) -> Result<Option<Holding>, SeriesError> {
    let Some(span) = read::span(folder)? else { return Ok(None) };
    let months = folder.months(TimeRange::ALL)?;
    let mut bytes = 0;
    for &month in &months {
        // A month that somebody removes meanwhile takes up nothing.
        bytes += fs::metadata(folder.month_path(month)).map_or(0, |file| file.len());
    }
    let months = months.iter().map(ToString::to_string).collect();
    Ok(Some(Holding { span, columns: read::columns(folder)?, months, bytes: Some(bytes) }))
}
