//! What is asked for: which devices, which windows, which labels, which split.

use fettle_features::StepsRequest;
use fettle_features::label::{LabelStrategy, LabelTypeRequest};
use fettle_frame::TimeRange;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A dataset to build. As JSON, which jobs and manifests hold, it has the names of the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetRequest {
    /// Which model's signals.
    pub model_code: String,
    /// Which devices' rows, in the order of the dataset.
    pub device_codes: Vec<String>,
    /// The first instant that is read.
    pub start_time: Timestamp,
    /// The first instant that is not read any more; after `start_time`.
    pub end_time: Timestamp,
    /// The column that labels come from: a label of the model, or a signal, which is none then.
    pub label_column: String,
    /// How a window gets one label.
    #[serde(default)]
    pub label_strategy: LabelStrategy,
    /// Whether labels are classes or numbers, where that is not left to the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_type: Option<LabelTypeRequest>,
    /// What is done with the rows.
    #[serde(flatten)]
    pub steps: StepsRequest,
    /// How windows come to training or validation.
    #[serde(flatten)]
    pub split: SplitRequest,
    /// Whose rows a fitted step before windows learns from.
    #[serde(default)]
    pub fit_scope: FitScope,
    /// What becomes of windows without some feature.
    #[serde(default)]
    pub missing_features: MissingFeatures,
    /// What becomes of the rest where a device gives nothing.
    #[serde(default)]
    pub on_device_error: OnDeviceError,
}

/// How windows come to training or validation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SplitRequest {
    /// By chance, by time or by device.
    pub split_method: SplitMethod,
    /// The part for validation, more than 0 and less than 1; 0.2 unless a `split_time` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub val_split: Option<f64>,
    /// With the method `time`: the first instant of validation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_time: Option<Timestamp>,
    /// What chance starts from; 42 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random_state: Option<u32>,
    /// With the method `random`: whether each class is split alike.
    pub stratify: bool,
    /// With the method `random`: whether training windows that share rows with validation go out.
    pub purge: bool,
}

/// How windows come to training or validation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitMethod {
    /// Each window by chance.
    #[default]
    Random,
    /// What is before a cut trains, what is at or after it validates.
    Time,
    /// All windows of a device together, by chance.
    Device,
}

/// Whose rows a fitted step before windows learns from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FitScope {
    /// Those of all devices together.
    #[default]
    Global,
    /// Those of each device, for that device.
    Device,
}

/// What becomes of windows without some feature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingFeatures {
    /// They stay.
    #[default]
    Keep,
    /// They go out before normalization learns.
    DropWindow,
}

/// What becomes of the rest where a device gives nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDeviceError {
    /// There is no dataset.
    #[default]
    Fail,
    /// The dataset is one of the other devices.
    Skip,
}

impl DatasetRequest {
    /// The range that is read; `None` where it is empty or beyond what nanoseconds in an i64 can say.
    pub fn range(&self) -> Option<TimeRange> {
        let nanoseconds = |time: Timestamp| i64::try_from(time.as_nanosecond()).ok();
        TimeRange::new(nanoseconds(self.start_time)?, nanoseconds(self.end_time)?).ok()
    }
}

impl SplitRequest {
    /// The part for validation where nothing else is asked for.
    pub const VAL_SPLIT: f64 = 0.2;
    /// What chance starts from where nothing else is asked for.
    pub const RANDOM_STATE: u32 = 42;

    /// The part for validation.
    pub fn val_split(&self) -> f64 {
        self.val_split.unwrap_or(Self::VAL_SPLIT)
    }

    /// What chance starts from.
    pub fn random_state(&self) -> u32 {
        self.random_state.unwrap_or(Self::RANDOM_STATE)
    }
}
