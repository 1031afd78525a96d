//! What a dataset is and how it came about: enough to make it again, and to say what changed if that comes out
//! otherwise.

mod digests;
mod gather;

use std::collections::BTreeMap;

use fettle_features::label::{ClassDistribution, LabelMeaning, LabelStatistics};
use fettle_features::{Counts, Role};
use fettle_steps::Kind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

pub(crate) use self::gather::Parts;
use crate::build::Skipped;
use crate::recipe::ModelPart;
use crate::request::DatasetRequest;

/// The form that manifests have now.
pub const FORMAT: u32 = 1;

/// A dataset's manifest, as it is stored beside the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// The dataset's id.
    pub dataset_id: String,
    /// When it was finished.
    pub created_at: Timestamp,
    /// The user who asked for it.
    pub created_by: String,
    /// The job that built it.
    pub job_id: Option<String>,
    /// How long that took, in milliseconds.
    pub duration_ms: u64,
    /// Which program built it.
    pub program: String,
    /// Which host.
    pub host: String,
    /// The sha256 of `content` as it is written here, in hex: the same for the same request over the same rows.
    pub digest: String,
    /// The sha256 of each part of `content`, by its name, to tell which of them changed.
    pub parts: BTreeMap<String, String>,
    /// What the dataset is.
    pub content: Content,
    /// What should be known of it.
    pub warnings: Vec<BuildWarning>,
}

/// Something worth a look in a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildWarning {
    /// A word for programs.
    pub code: String,
    /// The request's field that it is about, where there is one.
    pub field: Option<String>,
    /// A sentence for people.
    pub message: String,
}

/// What a dataset is: nothing in it depends on when, where and by whom it was built.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Content {
    /// The form of this.
    pub format: u32,
    /// The request, nothing left to defaults.
    pub request: DatasetRequest,
    /// What was read of the model.
    pub model: ModelPart,
    /// The steps and what they have learnt, in the order in which they run.
    pub steps: Vec<StepRecord>,
    /// The steps whose results depend on later rows, by kind and method: what they did cannot be done while rows are
    /// still arriving.
    pub not_causal: Vec<String>,
    /// How windows came to their sides.
    pub split: SplitRecord,
    /// The label.
    pub label: LabelRecord,
    /// The devices that have windows or could have, in the order of the request.
    pub devices: Vec<DeviceRecord>,
    /// The devices that were left out.
    pub skipped_devices: Vec<Skipped>,
    /// Windows to train on.
    pub train_samples: u64,
    /// Windows to validate with.
    pub val_samples: u64,
    /// Windows that went out, by the reason.
    pub dropped_windows: DroppedWindows,
    /// The features, in the order of the table.
    pub features: Vec<FeatureRecord>,
    /// The columns of the table.
    pub schema: Vec<ColumnRecord>,
    /// The sha256 of the table's rows, in hex: of names, types, order and values, not of the file.
    pub table_digest: String,
}

/// A step, and what it has learnt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepRecord {
    /// What it is for.
    pub kind: Kind,
    /// The method.
    pub method: String,
    /// The plugin that the method is of.
    pub plugin: String,
    /// The plugin's version.
    pub version: String,
    /// The sha256 of the plugin's bytes, in hex.
    pub digest: String,
    /// All parameters.
    pub params: Map<String, Value>,
    /// Whether a row's result depends on that row and earlier ones alone.
    pub causal: bool,
    /// Whether it was fitted.
    pub fitted: bool,
    /// What it has learnt from all devices together; null where nothing.
    pub state: Box<RawValue>,
    /// With `fit_scope` `device`: what it has learnt from each device.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub states: BTreeMap<String, Box<RawValue>>,
}

/// How windows came to their sides.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SplitRecord {
    /// With the method `time`: the first instant of validation.
    pub cut_time: Option<Timestamp>,
    /// With the method `device`: the devices to train on, by their codes.
    pub train_devices: Option<Vec<String>>,
    /// With the method `device`: the devices to validate with.
    pub val_devices: Option<Vec<String>>,
    /// Rows that are in windows of both sides.
    pub shared_rows: u64,
    /// Validation windows that share rows with training.
    pub val_windows_sharing_rows: u64,
    /// Training windows that went out because they shared rows with validation.
    pub purged_windows: u64,
}

/// The label.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LabelRecord {
    /// Its name, which is its column's.
    pub name: String,
    /// What it is.
    pub meaning: LabelMeaning,
    /// How many windows of each class there are; null for numbers.
    pub class_distribution: Option<ClassDistribution>,
    /// Of them, to train on.
    pub class_distribution_train: Option<ClassDistribution>,
    /// Of them, to validate with.
    pub class_distribution_val: Option<ClassDistribution>,
    /// Figures of a number label; null for classes.
    pub statistics: Option<NumberStatistics>,
}

/// Figures of a number label.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NumberStatistics {
    /// Over all windows.
    pub total: LabelStatistics,
    /// Over those to train on.
    pub train: LabelStatistics,
    /// Over those to validate with.
    pub val: LabelStatistics,
}

/// What was read of a device and what became of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceRecord {
    /// Its code.
    pub device_code: String,
    /// Rows in the range.
    pub rows: u64,
    /// The sha256 of those rows as they are stored, in hex.
    pub rows_digest: String,
    /// Time of the first row.
    pub first_row: Timestamp,
    /// Time of the last row.
    pub last_row: Timestamp,
    /// Cells that were infinite in the store, and are missing.
    pub infinite_cells: u64,
    /// What the steps did.
    #[serde(flatten)]
    pub counts: Counts,
    /// Rows in no window.
    pub leftover_rows: u64,
    /// Windows to train on.
    pub train_samples: u64,
    /// Windows to validate with.
    pub val_samples: u64,
    /// Windows that went out, by the reason.
    pub dropped_windows: DroppedWindows,
    /// How many windows of each class there are; null for numbers.
    pub class_distribution: Option<ClassDistribution>,
}

/// Windows that went out, by the reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedWindows {
    /// The window method left them out, where it tells.
    pub by_window_method: u64,
    /// They have no label.
    pub without_label: u64,
    /// They share rows with validation.
    pub purged: u64,
    /// They lack some feature.
    pub missing_features: u64,
}

/// A feature.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeatureRecord {
    /// Its name, which is its column's.
    pub name: String,
    /// Its signal, where it is of one.
    pub signal: Option<String>,
    /// What it is of that signal.
    pub statistic: String,
    /// Windows in which it is missing.
    pub missing: u64,
    /// Its quantiles 0, 0.01, … 1 over the windows to train on, before normalization; empty where it is missing in all.
    pub quantiles: Vec<f64>,
}

/// A column of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnRecord {
    /// Its name.
    pub name: String,
    /// Its Arrow type.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Whether cells may be missing.
    pub nullable: bool,
}

impl StepRecord {
    /// What the step is there for, where it comes before windows.
    pub fn role(&self) -> Option<Role> {
        match self.kind {
            Kind::MissingValue => Some(Role::MissingValue),
            Kind::Outlier => Some(Role::Outlier),
            Kind::Normalize => Some(Role::Normalize),
            Kind::Window | Kind::Feature => None,
        }
    }
}

impl Content {
    /// The states that the steps have learnt, for the rows of a device; `None` where the dataset has none for it.
    pub fn state_of<'s>(&'s self, step: &'s StepRecord, device_code: &str) -> Option<&'s RawValue> {
        if step.states.is_empty() {
            Some(&step.state)
        } else {
            step.states.get(device_code).map(|state| &**state)
        }
    }
}
