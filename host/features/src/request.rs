//! What a client asks for, its types checked, its methods not yet.

mod flat;
mod slot;

use fettle_frame::TimeRange;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use self::slot::Slot;

/// The features, or the windows, of one device over one range.
#[derive(Debug, Clone)]
pub struct ExtractRequest {
    /// Which model's signals.
    pub model_code: String,
    /// Which device's rows.
    pub device_code: String,
    /// Which rows.
    pub range: TimeRange,
    /// What is done with them.
    pub steps: StepsRequest,
}

/// The methods that a request names. What is left out is the default of its kind.
///
/// As JSON it has the names of the API: `missing_value_method`, `missing_value_params`, and so on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "flat::Steps", into = "flat::Steps")]
pub struct StepsRequest {
    /// `missing_value_method`, `missing_value_params`.
    pub missing_value: MethodRequest,
    /// `outlier_method`, `outlier_params`.
    pub outlier: MethodRequest,
    /// `window_method`, `window_params`.
    pub window: MethodRequest,
    /// `normalize_method`, `normalize_params`.
    pub normalize: MethodRequest,
    /// `features`; `None` for the default ones of `statistics`.
    pub features: Option<Vec<FeatureRequest>>,
    /// Short form of the window method's parameter `window_size`, in rows.
    pub window_size: Option<Value>,
    /// Short form of the window method's parameter `overlap`, a fraction.
    pub overlap: Option<Value>,
    /// Short form of the outlier method's parameter `threshold`.
    pub outlier_threshold: Option<Value>,
    /// Short form of the normalize method's parameter `feature_range`.
    pub feature_range: Option<Value>,
    /// What is normalized; `None` for features.
    pub normalize_scope: Option<NormalizeScope>,
    /// Which row a window is named after; `None` for the first.
    pub window_label: Option<WindowLabel>,
}

impl StepsRequest {
    /// The names that its fields have in the API: what a model's defaults may hold.
    pub const FIELDS: &'static [&'static str] = &[
        "window_size",
        "overlap",
        "missing_value_method",
        "missing_value_params",
        "outlier_method",
        "outlier_params",
        "outlier_threshold",
        "window_method",
        "window_params",
        "window_label",
        "features",
        "normalize_method",
        "normalize_params",
        "normalize_scope",
        "feature_range",
    ];
}

/// A method and its parameters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MethodRequest {
    /// Its name; `none` skips the step, where a step can be skipped.
    pub method: Option<String>,
    /// Its parameters, to be checked against its schema.
    pub params: Map<String, Value>,
}

/// Items that `features` may have. Each method of a plugin among them is resolved, and its names and columns are asked
/// for, in instances of its own: some tenths of a millisecond without a pool.
pub const MOST_FEATURES: usize = 256;

/// An item of `features`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FeatureRequest {
    /// A name of `statistics`.
    Statistic(String),
    /// A method of any feature plugin.
    Method {
        /// Its name.
        method: String,
        /// Its parameters.
        #[serde(default)]
        params: Map<String, Value>,
    },
}

/// What an extraction answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Output {
    /// Features of each window.
    #[default]
    Features,
    /// The cleaned rows of each window.
    Windows,
}

/// What the normalize step is applied to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormalizeScope {
    /// The feature columns.
    #[default]
    Feature,
    /// The signals, before windows are cut.
    Signal,
}

/// Which of its rows gives a window its timestamp.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowLabel {
    /// The first.
    #[default]
    Start,
    /// The last.
    End,
}
