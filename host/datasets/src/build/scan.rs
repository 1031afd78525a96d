//! The first look at all rows: what there is, and what the label is.

use fettle_features::FeatureError;
use fettle_features::label::{LabelRule, LabelScan};
use serde::{Deserialize, Serialize};

use super::work::{Read, Work};
use crate::DatasetError;
use crate::request::{DatasetRequest, OnDeviceError};

/// What was seen.
#[derive(Debug)]
pub(crate) struct Scan {
    /// The devices that have rows, in the order of the request.
    pub(crate) devices: Vec<Device>,
    /// Those that have none.
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) rule: LabelRule,
}

/// A device and what was read of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) code: String,
    pub(crate) rows: usize,
    /// Time of the first row.
    pub(crate) first: i64,
    /// Time of the last row.
    pub(crate) last: i64,
    pub(crate) infinite_cells: u64,
    /// The sha256 of the rows as they are stored, in hex.
    pub(crate) rows_digest: String,
}

/// A device that gives nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its code.
    pub device_code: String,
    /// Why.
    pub reason: String,
}

/// The first look at all devices of a request.
pub(super) async fn scan(work: &mut Work<'_>, request: &DatasetRequest) -> Result<Scan, DatasetError> {
    let (mut devices, mut skipped, mut labels) = (Vec::new(), Vec::new(), LabelScan::default());
    for code in &request.device_codes {
        let Some((device, read)) = look(work, code).await? else {
            let reason = "it has no row between start_time and end_time".to_owned();
            if request.on_device_error == OnDeviceError::Fail {
                return Err(insufficient(format!(
                    "device `{code}`: {reason}; with `on_device_error` `skip` the dataset would be one of the others"
                )));
            }
            skipped.push(Skipped { device_code: code.clone(), reason });
            continue;
        };
        if let Some(label) = read.frame.labels.first() {
            labels.add(&label.values);
        }
        devices.push(device);
    }
    if devices.is_empty() {
        return Err(insufficient("no device has a row between start_time and end_time".to_owned()));
    }
    let rule = labels.finish(request.label_type, request.label_strategy).map_err(FeatureError::from)?;
    work.progress.begin(devices.len() as u64);
    for Skipped { device_code, reason } in &skipped {
        work.warn("device_skipped", Some("device_codes"), format!("`{device_code}` is left out: {reason}"));
    }
    Ok(Scan { devices, skipped, rule })
}

/// The first look at one device; `None` where it has no row in the range.
pub(crate) async fn look(work: &Work<'_>, code: &str) -> Result<Option<(Device, Read)>, DatasetError> {
    let read = work.read(code).await?;
    let timestamps = &read.frame.timestamps;
    let (Some(&first), Some(&last)) = (timestamps.first(), timestamps.last()) else { return Ok(None) };
    let device = Device {
        code: code.to_owned(),
        rows: read.frame.rows(),
        first,
        last,
        infinite_cells: read.infinite_cells,
        rows_digest: read.digest.clone(),
    };
    Ok(Some((device, read)))
}

pub(crate) fn insufficient(message: String) -> DatasetError {
    FeatureError::InsufficientData(message).into()
}
