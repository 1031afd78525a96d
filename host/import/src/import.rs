//! The way of an import: read, check, write, register.

use fettle_metadata::{MetadataStore, Registration};
use fettle_series::{DeviceKey, SeriesStore};
use jiff::Timestamp;

use crate::gather::{Gathered, gather};
use crate::progress::{Meter, Stage};
use crate::registration::{device_type, recorded_labels, registration};
use crate::{ImportError, ImportOptions, ImportReport, OnProgress, Source};

/// Imports `sources`, files of one device, as one: reads all of them, writes their rows, and registers device type,
/// device, fields and model where they are missing. `now` is when they are created.
///
/// Nothing is written unless every file, option and name is sound and the metadata agrees. Rows are written before the
/// metadata is; where either fails, or the program dies, the same import once more completes what is missing.
pub async fn import(
    options: &ImportOptions,
    sources: &[Source],
    metadata: &dyn MetadataStore,
    series: &dyn SeriesStore,
    now: Timestamp,
    progress: OnProgress,
) -> Result<ImportReport, ImportError> {
    prepare(options, sources, metadata, progress).await?.write(metadata, series, now).await
}

/// The first half of [`import`], which writes nothing: what is dropped then has left no trace.
pub async fn prepare(
    options: &ImportOptions,
    sources: &[Source],
    metadata: &dyn MetadataStore,
    progress: OnProgress,
) -> Result<Prepared, ImportError> {
    options.check()?;
    let device_type = device_type(options, metadata).await?;
    // Bad codes and contradictions show before a large file is read.
    metadata.check(&registration(options, &device_type, &[])).await?;
    let recorded = recorded_labels(metadata.device_type(&device_type).await?);

    let (own_options, sources, mut meter) = (options.clone(), sources.to_vec(), Meter::new(progress));
    let (gathered, meter) = blocking(move || {
        let gathered = gather(&own_options, &sources, &recorded, &mut meter)?;
        Ok((gathered, meter))
    })
    .await?;
    let registration = registration(options, &device_type, &gathered.columns);
    metadata.check(&registration).await?;
    let device = DeviceKey { device_type, device: options.device.clone() };
    Ok(Prepared { model: options.model.clone(), device, gathered, registration, meter })
}

/// Rows that were read and understood, and nothing of them written yet.
pub struct Prepared {
    model: String,
    device: DeviceKey,
    gathered: Gathered,
    registration: Registration,
    meter: Meter,
}

impl Prepared {
    /// The second half of [`import`]. It should run to its end once it has begun.
    pub async fn write(
        mut self,
        metadata: &dyn MetadataStore,
        series: &dyn SeriesStore,
        now: Timestamp,
    ) -> Result<ImportReport, ImportError> {
        let Gathered { frame, columns, rejected, .. } = self.gathered;
        let rows = frame.rows() as u64;
        let time_range = (frame.timestamps[0], frame.timestamps[frame.rows() - 1]);
        self.meter.stage(Stage::Writing);
        let written = series.write(&self.device, frame).await?;
        let registered = metadata.register(&self.registration, now).await?;
        self.meter.stage(Stage::Done);
        tracing::info!(device = %self.device, model = self.model, rows, "imported");
        Ok(ImportReport {
            model: self.model,
            device_type: self.device.device_type,
            device: self.device.device,
            rows,
            written,
            registered,
            columns,
            time_range,
            rejected: rejected.total,
            rejected_lines: rejected.first,
            identical_duplicates: self.gathered.identical_duplicates,
            overruled_duplicates: self.gathered.overruled_duplicates,
            infinite_cells: self.gathered.infinite_cells,
            warnings: self.gathered.warnings,
        })
    }
}

/// Files are read and parsed off the async workers.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ImportError> + Send + 'static,
) -> Result<T, ImportError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(ImportError::Stopped),
        },
    }
}
