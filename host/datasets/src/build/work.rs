//! What all passes over the devices have in common.

use std::ops::Range;
use std::sync::Arc;

use fettle_features::{FeatureError, Features};
use fettle_frame::{Frame, Label, LabelValues};
use fettle_steps::Turn;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use super::scan::Device;
use crate::DatasetError;
use crate::manifest::BuildWarning;
use crate::pipeline::Pipeline;

/// Who follows a build, and may end it.
pub trait Progress: std::fmt::Debug + Send + Sync {
    /// How many devices there are.
    fn begin(&self, devices: u64);
    /// One more is through, with so many windows.
    fn device_done(&self, windows: u64);
    /// Whether nobody wants the dataset any more.
    fn is_cancelled(&self) -> bool;
}

/// Passes over devices under way.
pub(crate) struct Work<'a> {
    pub(crate) domain: &'a Features,
    pub(crate) pipeline: &'a Arc<Pipeline>,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) warnings: Vec<BuildWarning>,
}

/// The rows of a device, as they are stored.
#[derive(Debug)]
pub(crate) struct Read {
    /// Signals under the fields' codes, and the label, if there is one, under the model's name for it.
    pub(crate) frame: Frame,
    pub(crate) infinite_cells: u64,
    /// The sha256 of all of it, in hex.
    pub(crate) digest: String,
}

impl<'a> Work<'a> {
    pub(crate) fn new(domain: &'a Features, pipeline: &'a Arc<Pipeline>, progress: &'a dyn Progress) -> Self {
        Self { domain, pipeline, progress, warnings: Vec::new() }
    }

    pub(crate) fn warn(&mut self, code: &'static str, field: Option<&'static str>, message: String) {
        self.warnings.push(BuildWarning { code: code.to_owned(), field: field.map(str::to_owned), message });
    }

    /// All rows of a device in the range.
    pub(crate) async fn read(&self, device_code: &str) -> Result<Read, DatasetError> {
        self.go_on()?;
        let pipeline = self.pipeline;
        let most = self.domain.max_cells / (pipeline.signals.len() as u64).max(1);
        let device = pipeline.device(device_code);
        let read = self.domain.series.read(&device, &pipeline.columns(), pipeline.range, most).await;
        let mut rows = read.map_err(FeatureError::from)?;
        let digest = digest_of(&rows.frame);
        if let (Some(label), Some(field)) = (rows.frame.labels.first_mut(), &pipeline.label) {
            label.name.clone_from(&field.name);
            scale(label, field.scale, field.offset);
        }
        Ok(Read { frame: rows.frame, infinite_cells: rows.infinite_cells, digest })
    }

    /// All rows of a device that was read before; that they are other rows now ends the work.
    pub(crate) async fn read_again(&self, device: &Device) -> Result<Read, DatasetError> {
        let read = self.read(&device.code).await?;
        if read.digest == device.rows_digest {
            return Ok(read);
        }
        Err(DatasetError::RowsChanged { device_code: device.code.clone() })
    }

    /// Runs guest code on a thread for it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, FeatureError> + Send + 'static,
    ) -> Result<T, DatasetError> {
        self.go_on()?;
        let turn = Turn::at(self.pipeline.plan.steps()).await;
        let done = self.domain.sandbox.threads().run(turn.during(job)).await.map_err(FeatureError::from)?;
        self.go_on()?;
        Ok(done?)
    }

    /// Fails if nobody wants the outcome any more.
    pub(crate) fn go_on(&self) -> Result<(), DatasetError> {
        if self.progress.is_cancelled() { Err(DatasetError::Cancelled) } else { Ok(()) }
    }

    /// Whether the list of windows follows from rows, whatever is fitted.
    pub(super) async fn windows_depend_on_rows_alone(&self) -> Result<bool, DatasetError> {
        let pipeline = Arc::clone(self.pipeline);
        Ok(self.run(move || pipeline.plan.windows().windows_depend_on_a_fit()).await?.is_none())
    }
}

impl Read {
    /// Some of the rows; all of them are taken, not copied.
    pub(crate) fn part(&mut self, rows: Range<usize>) -> Frame {
        if rows == (0..self.frame.rows()) { std::mem::take(&mut self.frame) } else { self.frame.slice(rows) }
    }
}

/// The sha256 of a frame's names, times, signals and labels, in hex; the same for the same cells.
fn digest_of(frame: &Frame) -> String {
    let mut hasher = Sha256::new();
    let text = |text: &str, hasher: &mut Sha256| {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    hasher.update((frame.rows() as u64).to_le_bytes());
    hash_words(&mut hasher, frame.timestamps.iter().map(|&time| time as u64));
    for signal in &frame.signals {
        text(&signal.name, &mut hasher);
        hash_words(&mut hasher, signal.values.iter().map(|value| bits(*value)));
    }
    for label in &frame.labels {
        text(&label.name, &mut hasher);
        text(label.values.label_type().as_str(), &mut hasher);
        match &label.values {
            LabelValues::Int(cells) => {
                cells.iter().for_each(|cell| hash_cell(&mut hasher, cell.map(|cell| cell as u64)));
            }
            LabelValues::Float(cells) => {
                cells.iter().for_each(|cell| hash_cell(&mut hasher, cell.map(f64::to_bits)));
            }
            LabelValues::Bool(cells) => {
                cells.iter().for_each(|cell| hash_cell(&mut hasher, cell.map(u64::from)));
            }
            LabelValues::Text(cells) => cells.iter().for_each(|cell| {
                hash_cell(&mut hasher, cell.as_ref().map(|cell| cell.len() as u64));
                hasher.update(cell.as_deref().unwrap_or_default().as_bytes());
            }),
        }
    }
    hex::encode(hasher.finalize())
}

/// Runs passes on a thread of their own: between what they wait for they digest, sort and encode for seconds, which is
/// nothing for threads that serve connections.
pub(crate) async fn by_itself<T, P>(passes: impl FnOnce() -> P + Send + 'static) -> Result<T, DatasetError>
where
    T: Send + 'static,
    P: Future<Output = Result<T, DatasetError>>,
{
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(passes()))
        .await
        .map_err(|error| FeatureError::Internal("a pass panicked".to_owned(), Some(Box::new(error))))?
}

/// The bits of a value, those of all missing values alike.
fn bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

fn hash_cell(hasher: &mut Sha256, cell: Option<u64>) {
    hasher.update([u8::from(cell.is_some())]);
    hasher.update(cell.unwrap_or_default().to_le_bytes());
}

fn hash_words(hasher: &mut Sha256, words: impl Iterator<Item = u64>) {
    let mut buffer = Vec::with_capacity(8 * 1024);
    for word in words {
        buffer.extend_from_slice(&word.to_le_bytes());
        if buffer.len() >= 8 * 1024 {
            hasher.update(&buffer);
            buffer.clear();
        }
    }
    hasher.update(&buffer);
}

/// A label that is a signal has the model's unit.
fn scale(label: &mut Label, scale: f64, offset: f64) {
    if scale == 1.0 && offset == 0.0 {
        return;
    }
    if let LabelValues::Float(cells) = &mut label.values {
        for cell in cells.iter_mut() {
            *cell = cell.map(|value| value * scale + offset).filter(|value| value.is_finite());
        }
    }
}
