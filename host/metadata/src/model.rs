//! Data models: which fields of a device type, under which names, in which order.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{LabelKind, NewModelField};

/// A model with everything resolved that a request needs of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Unique code.
    pub model_code: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub model_type: ModelType,
    /// Code of the device type whose devices it reads.
    pub device_type_code: String,
    /// The store's number for that device type.
    pub device_type_id: i64,
    /// Whether requests may use it.
    pub is_active: bool,
    /// 1 when created, one more at every change.
    pub revision: i64,
    /// Its signals, in the model's order.
    pub signals: Vec<ModelField>,
    /// Its label columns, in the model's order.
    pub labels: Vec<ModelLabel>,
    /// Parameters of extraction that a request need not repeat; empty where the model has none.
    pub defaults: Map<String, Value>,
}

/// A signal of a model: `stored value × scale + offset`, under a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelField {
    /// Its code in the device type: the column in the series store.
    pub field_code: String,
    /// What the model calls it: the code, unless the model renames it. Unique within the model.
    pub name: String,
    /// Unit of the scaled values, where it is known.
    pub unit: Option<String>,
    /// Factor; 1 unless the model scales.
    pub scale: f64,
    /// Summand, in the unit of the scaled values; 0 unless the model scales.
    pub offset: f64,
}

/// A label column of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelLabel {
    /// Its code in the device type: the column in the series store.
    pub field_code: String,
    /// What the model calls it: the code, unless the model renames it. Unique within the model.
    pub name: String,
    /// The type of its values.
    pub kind: LabelKind,
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelType {
    /// The newest rows, as they are.
    Realtime,
    /// Figures over ranges.
    Statistics,
    /// Features for training and serving.
    AiAnalysis,
}

/// A model as somebody wants it to be: what is created, or put in the place of what is there.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelDefinition {
    /// Unique code: 1 to 128 of `[A-Za-z0-9_.-]`, not beginning with `.` or `-`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub model_type: ModelType,
    /// Code of the device type whose devices it reads.
    pub device_type: String,
    /// Whether requests may use it.
    pub is_active: bool,
    /// Its signals, in order: signals of the device type.
    pub signals: Vec<NewModelField>,
    /// Its label columns, in order: labels of the device type, or signals of it that are to be labels here.
    pub labels: Vec<NewModelField>,
    /// Parameters of extraction that a request need not repeat.
    pub defaults: Map<String, Value>,
}

/// A model as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// Unique code.
    pub model_code: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub model_type: ModelType,
    /// Code of its device type.
    pub device_type_code: String,
    /// Whether requests may use it.
    pub is_active: bool,
    /// 1 when created, one more at every change.
    pub revision: i64,
}

/// Which models to list; the default lets all of them through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ModelFilter {
    /// Models of this type alone.
    pub model_type: Option<ModelType>,
    /// Active models alone, or inactive ones alone.
    pub is_active: Option<bool>,
}

impl ModelType {
    /// Its name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            ModelType::Realtime => "realtime",
            ModelType::Statistics => "statistics",
            ModelType::AiAnalysis => "ai_analysis",
        }
    }
}

impl fmt::Display for ModelType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
