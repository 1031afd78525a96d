//! The first look at all devices: which have rows, and how many cells of them are missing.

use super::answer::SignalStatistics;
use super::subject::Subject;
use super::told::Told;
use crate::DatasetError;
use crate::build::{Device, Work, insufficient, look};
use crate::pipeline::Pipeline;

/// What was seen.
#[derive(Debug)]
pub(super) struct Scan {
    /// The devices that have rows, in the order of their codes.
    pub(super) devices: Vec<Device>,
    /// Of all of them.
    pub(super) rows: u64,
    /// Of each signal the cells that are missing as they are stored, those with an infinity among them.
    missing: Vec<u64>,
}

pub(super) async fn scan(
    work: &mut Work<'_>,
    told: &mut Told,
    subject: &Subject,
) -> Result<Scan, DatasetError> {
    let mut scan = Scan { devices: Vec::new(), rows: 0, missing: vec![0; work.pipeline.signals.len()] };
    for code in &subject.devices {
        let Some((device, read)) = look(work, code).await? else { continue };
        if let Some(without) = subject.baseline.as_ref().filter(|baseline| !baseline.has_state_for(code)) {
            let message = format!(
                "`{code}` is left out: dataset `{}` was fitted device by device, and has nothing for it",
                without.dataset_id()
            );
            told.warn(work, "device_skipped", Some("baseline_dataset_id"), message);
            continue;
        }
        scan.rows += device.rows as u64;
        for (missing, signal) in scan.missing.iter_mut().zip(&read.frame.signals) {
            *missing += signal.values.iter().filter(|value| value.is_nan()).count() as u64;
        }
        scan.devices.push(device);
    }
    if scan.devices.is_empty() {
        return Err(insufficient(subject.without_rows()));
    }
    Ok(scan)
}

impl Scan {
    /// Of each signal, under the model's name for it.
    pub(super) fn signals(&self, pipeline: &Pipeline) -> Vec<SignalStatistics> {
        let of_signal = |(name, missing): (&str, &u64)| SignalStatistics {
            name: name.to_owned(),
            missing_ratio: *missing as f64 / self.rows as f64,
        };
        pipeline.signal_names().into_iter().zip(&self.missing).map(of_signal).collect()
    }
}
