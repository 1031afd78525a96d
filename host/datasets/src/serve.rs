//! Serving what was trained: a dataset's steps, with what they learnt, over rows of now.

mod newest;

use std::sync::Arc;

use fettle_features::{DeviceRows, Extraction, FeatureError, FeaturePlan, FieldError, States, Warning};
use fettle_frame::{Frame, Signal, TimeRange};
use fettle_metadata::ModelField;
use fettle_series::{Columns, DeviceKey};
use fettle_steps::{Kind, State};
use serde_json::value::RawValue;

use self::newest::Newest;
use crate::DatasetError;
use crate::manifest::Manifest;
use crate::service::Datasets;

/// What a client that has a model asks for.
#[derive(Debug, Clone)]
pub struct ServeRequest {
    /// The dataset that the model was trained on.
    pub dataset_id: String,
    /// The dataset's own model.
    pub model_code: String,
    /// Which device's rows.
    pub device_code: String,
    /// Which rows.
    pub rows: ServedRows,
}

/// Which rows to serve.
#[derive(Debug, Clone)]
pub enum ServedRows {
    /// Those in a range.
    Range(TimeRange),
    /// Those of the newest windows, at least one.
    LastWindows(u64),
    /// Those that came with the request, under the names that the model gives its signals.
    Sent(SentRows),
}

/// Rows that came with a request.
#[derive(Debug, Clone, Default)]
pub struct SentRows {
    /// UTC nanoseconds since the Unix epoch, strictly ascending.
    pub timestamps: Vec<i64>,
    /// Name and values of each signal; NaN where a cell is missing.
    pub columns: Vec<(String, Vec<f64>)>,
}

impl Datasets {
    /// The features of a device as a dataset has them: its plan, its states, its plugins, its model's fields. Nothing
    /// is fitted.
    pub async fn serve(&self, request: ServeRequest) -> Result<Extraction, DatasetError> {
        let manifest = self.manifest(&request.dataset_id).await?;
        let model = &manifest.content.model;
        if request.model_code != model.model_code {
            return Err(invalid(
                "model_code",
                format!("dataset `{}` is one of model `{}`", request.dataset_id, model.model_code),
            ));
        }
        let device =
            DeviceKey { device_type: model.device_type_code.clone(), device: request.device_code.clone() };
        if !matches!(request.rows, ServedRows::Sent(_)) {
            self.check_device(&device, "the dataset").await?;
        }
        let plan = self.plan(&manifest).await?;
        let states = states(&manifest, &plan, &request.device_code)?;
        let (rows, wanted) = match request.rows {
            ServedRows::Range(range) => (self.read(&manifest, &device, range).await?, None),
            ServedRows::LastWindows(windows) => {
                let newest = Newest::of(plan.windows().window(), windows)?;
                (self.read_newest(&manifest, &device, newest).await?, Some(windows))
            }
            ServedRows::Sent(sent) => (self.sent(&manifest, sent)?, None),
        };
        let mut extraction = self.features.extract_with(Arc::new(plan), states, rows).await?;
        let found = extraction.metadata.window_count as u64;
        if let Some(wanted) = wanted.filter(|wanted| found < *wanted) {
            extraction.warnings.push(Warning::fewer_windows(found, wanted));
        }
        self.features.metrics.features_extracted(&manifest.content.model.model_code);
        Ok(extraction)
    }

    /// Whether there is a device, of the type that `reader` reads.
    pub(crate) async fn check_device(&self, device: &DeviceKey, reader: &str) -> Result<(), DatasetError> {
        let known = self.features.metadata.device(&device.device).await?;
        let code = &device.device;
        match known {
            None => {
                let missing = FieldError::new("device_code", format!("there is no device `{code}`"));
                Err(FeatureError::NotFound(vec![missing]).into())
            }
            Some(known) if known.device_type_code != device.device_type => Err(invalid(
                "device_code",
                format!(
                    "`{code}` is a device of type `{}`; {reader} reads type `{}`",
                    known.device_type_code, device.device_type
                ),
            )),
            Some(_) => Ok(()),
        }
    }

    async fn read(
        &self,
        manifest: &Manifest,
        device: &DeviceKey,
        range: TimeRange,
    ) -> Result<DeviceRows, DatasetError> {
        let fields = &manifest.content.model.signals;
        let columns = Columns::signals(fields.iter().map(|field| field.field_code.clone()));
        let most = self.features.max_cells / (fields.len() as u64).max(1);
        let read = self.features.series.read(device, &columns, range, most).await;
        let read = read.map_err(FeatureError::from)?;
        if read.frame.rows() == 0 {
            let message = format!("device `{}` has no row in the range", device.device);
            return Err(FeatureError::InsufficientData(message).into());
        }
        Ok(device_rows(manifest, read.frame, read.infinite_cells))
    }

    async fn read_newest(
        &self,
        manifest: &Manifest,
        device: &DeviceKey,
        newest: Newest,
    ) -> Result<DeviceRows, DatasetError> {
        let span = self.features.series.span(device).await.map_err(FeatureError::from)?;
        let Some(span) = span else {
            let message = format!("device `{}` has no row", device.device);
            return Err(FeatureError::InsufficientData(message).into());
        };
        let range = newest.range(&*self.features.series, device, span).await.map_err(FeatureError::from)?;
        let mut rows = self.read(manifest, device, range).await?;
        if let Newest::Rows(count) = newest {
            let surplus = rows.frame.rows().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
            rows.frame = rows.frame.slice(surplus..rows.frame.rows());
        }
        Ok(rows)
    }

    /// Rows that came along, as if they had been read. All that is wrong with them comes in one error.
    fn sent(&self, manifest: &Manifest, sent: SentRows) -> Result<DeviceRows, DatasetError> {
        let fields = &manifest.content.model.signals;
        let mut errors = Vec::new();
        let rows = sent.timestamps.len();
        let mut refuse = |field: &str, message: String| errors.push(FieldError::new(field, message));
        if rows == 0 {
            refuse("rows.timestamps", "must hold at least one time".to_owned());
        }
        if let Some(at) = sent.timestamps.windows(2).position(|pair| pair[0] >= pair[1]) {
            refuse("rows.timestamps", format!("must ascend strictly, and item {} does not", at + 1));
        }
        let most = self.features.max_cells / (fields.len() as u64).max(1);
        if rows as u64 > most {
            let message = format!("{rows} rows of {} signals are more than are taken at once", fields.len());
            return Err(FeatureError::TooLarge(message).into());
        }
        for (name, values) in &sent.columns {
            let field = format!("rows.columns.{name}");
            if !fields.iter().any(|known| known.name == *name) {
                let names: Vec<&str> = fields.iter().map(|known| known.name.as_str()).collect();
                refuse(&field, format!("is no signal of the dataset; those are: {}", names.join(", ")));
            } else if values.len() != rows {
                refuse(&field, format!("has {} values for {rows} timestamps", values.len()));
            }
        }
        let column = |known: &ModelField| sent.columns.iter().find(|(name, _)| *name == known.name);
        for known in fields.iter().filter(|known| column(known).is_none()) {
            refuse(&format!("rows.columns.{}", known.name), "is required".to_owned());
        }
        if errors.is_empty() && sent.columns.len() > fields.len() {
            errors.push(FieldError::new("rows.columns", "must name each signal once"));
        }
        if !errors.is_empty() {
            return Err(FeatureError::InvalidParameter(errors).into());
        }
        let place = |name: &str| fields.iter().position(|known| known.name == name);
        let mut columns = sent.columns;
        columns.sort_by_key(|(name, _)| place(name));
        let signals = fields.iter().zip(columns);
        let signals =
            signals.map(|(known, (_, values))| Signal { name: known.field_code.clone(), values }).collect();
        let mut frame = Frame { timestamps: sent.timestamps, signals, labels: Vec::new() };
        let infinite_cells = frame.without_infinities();
        Ok(device_rows(manifest, frame, infinite_cells))
    }
}

fn device_rows(manifest: &Manifest, frame: Frame, infinite_cells: u64) -> DeviceRows {
    let model = &manifest.content.model;
    DeviceRows { frame, fields: model.signals.clone(), infinite_cells, model_revision: model.revision }
}

/// What a dataset's steps have learnt, for the rows of a device.
pub(crate) fn states(
    manifest: &Manifest,
    plan: &FeaturePlan,
    device_code: &str,
) -> Result<States, DatasetError> {
    let damaged = |problem: String| DatasetError::Damaged { id: manifest.dataset_id.clone(), problem };
    let by_signal = plan.normalize().is_none();
    let mut states = States::default();
    for (step, record) in plan.steps().zip(&manifest.content.steps) {
        let Some(role) = record.role() else { continue };
        let json: &RawValue = manifest.content.state_of(record, device_code).ok_or_else(|| {
            invalid(
                "device_code",
                format!(
                    "dataset `{}` was fitted device by device, and has nothing for `{device_code}`",
                    manifest.dataset_id
                ),
            )
        })?;
        let state = State::from_json(step.traits().scope, json)
            .map_err(|error| damaged(format!("the state of `{}` cannot be read: {error}", record.method)))?;
        if record.kind == Kind::Normalize && !by_signal {
            states.features = state;
        } else {
            states.signals.set(role, state);
        }
    }
    Ok(states)
}

fn invalid(field: &str, message: String) -> DatasetError {
    FeatureError::InvalidParameter(vec![FieldError::new(field, message)]).into()
}
