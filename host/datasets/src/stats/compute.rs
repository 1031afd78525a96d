//! Features of all windows of all devices.

use std::path::Path;
use std::sync::Arc;

use fettle_features::{Counts, FeatureError, Run, Warning};

use super::answer::DeviceShare;
use super::column::Column;
use super::told::Told;
use crate::DatasetError;
use crate::build::{Device, Learnt, Spill, Work, insufficient};

/// Features as they were computed.
#[derive(Debug)]
pub(super) struct Computed {
    /// A row for each window.
    pub(super) features: Spill,
    /// The values of each feature, in short.
    pub(super) columns: Vec<Column>,
    /// What each device has to do with it, of those that have windows.
    pub(super) devices: Vec<DeviceShare>,
    /// What the steps did to their rows.
    pub(super) counts: Counts,
}

/// What comes of a device.
struct OfDevice {
    columns: Vec<Vec<f64>>,
    counts: Counts,
    warnings: Vec<Warning>,
}

/// A device without a whole window is an error where it was named, else it is left out.
pub(super) async fn compute(
    work: &mut Work<'_>,
    told: &mut Told,
    devices: &[Device],
    learnt: &Learnt,
    named: bool,
    scratch: &Path,
) -> Result<Computed, DatasetError> {
    let width = work.pipeline.feature_names.len();
    let mut computed = Computed {
        features: Spill::create(scratch, width)?,
        columns: vec![Column::EMPTY; width],
        devices: Vec::new(),
        counts: Counts::default(),
    };
    let mut left_out = None;
    for (place, device) in devices.iter().enumerate() {
        let code = &device.code;
        let of_device = match features(work, device, learnt, place).await {
            Err(DatasetError::Feature(FeatureError::InsufficientData(reason))) if !named => {
                let message = format!("`{code}` is left out: {reason}");
                told.warn(work, "device_skipped", Some("device_code"), message.clone());
                left_out.get_or_insert(message);
                continue;
            }
            outcome => outcome?,
        };
        computed.add(device, &of_device)?;
        for Warning { code: kind, field, message } in of_device.warnings {
            let message = if named { message } else { format!("device `{code}`: {message}") };
            told.warn(work, kind, field, message);
        }
    }
    match left_out {
        Some(message) if computed.devices.is_empty() => {
            Err(insufficient(format!("no device has a whole window: {message}")))
        }
        _ => Ok(computed),
    }
}

async fn features(
    work: &Work<'_>,
    device: &Device,
    learnt: &Learnt,
    place: usize,
) -> Result<OfDevice, DatasetError> {
    let rows = work.read_again(device).await?.frame;
    let (pipeline, states) = (Arc::clone(work.pipeline), learnt.of(place).clone());
    let (metrics, max_cells) = (Arc::clone(&work.domain.metrics), work.domain.max_cells);
    let job = move || -> Result<OfDevice, FeatureError> {
        let (mut run, frame) = pipeline.begin(rows, &metrics);
        let plan = &pipeline.plan;
        let frame = run.treat(&plan.windows().stages(), frame, &states)?;
        let windows = run.windows(plan.windows().window(), &frame)?;
        Run::check_size(windows.len(), pipeline.feature_names.len(), max_cells)?;
        let features = run.features(plan, &frame, &windows, &pipeline.feature_names)?;
        Ok(OfDevice {
            columns: features.into_iter().map(|feature| feature.values).collect(),
            counts: run.counts(),
            warnings: run.warnings().to_vec(),
        })
    };
    work.run(job).await
}

impl Computed {
    fn add(&mut self, device: &Device, of_device: &OfDevice) -> Result<(), DatasetError> {
        let before = self.features.rows();
        self.features.append(&of_device.columns)?;
        self.columns.iter_mut().zip(&of_device.columns).for_each(|(column, values)| column.add(values));
        self.counts.add(&of_device.counts);
        self.devices.push(DeviceShare {
            device_code: device.code.clone(),
            row_count: device.rows as u64,
            window_count: (self.features.rows() - before) as u64,
        });
        Ok(())
    }
}
