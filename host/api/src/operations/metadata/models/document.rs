//! A model as answers show it: what a change of it may be sent back as.

use fettle_metadata::{ModelConfig, ModelField, ModelLabel};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::operations::step_fields::StepFields;

/// A model.
#[derive(Serialize, ToSchema)]
#[schema(as = Model)]
pub(crate) struct ModelDocument {
    /// Its code.
    #[schema(example = "welding_ai_model")]
    model_code: String,
    /// What people call it.
    #[schema(example = "Welding, for AI")]
    model_name: String,
    /// `realtime`, `statistics` or `ai_analysis`.
    #[schema(value_type = String, example = "ai_analysis")]
    model_type: &'static str,
    /// Code of the device type whose devices it reads.
    #[schema(example = "welder")]
    device_type: String,
    /// Whether requests may use it.
    #[schema(example = true)]
    is_active: bool,
    /// 1 when created, one more at every change.
    #[schema(example = 1)]
    revision: i64,
    /// Its signals, in the order of features.
    fields: Vec<ModelFieldDocument>,
    /// Its labels.
    label_fields: Vec<ModelLabelDocument>,
    /// What extractions do where a request says nothing else.
    #[schema(value_type = StepFields)]
    defaults: Map<String, Value>,
}

/// A signal of a model: stored value × `scale` + `offset`, under a name.
#[derive(Serialize, ToSchema)]
#[schema(as = ModelField)]
pub(crate) struct ModelFieldDocument {
    /// Its code in the device type.
    #[schema(example = "current")]
    field_code: String,
    /// What the model calls it.
    #[schema(example = "current")]
    name: String,
    /// Unit of the scaled values, where it is known.
    #[schema(example = "A")]
    unit: Option<String>,
    /// The factor; 1 unless the model scales.
    #[schema(example = 1.0)]
    scale: f64,
    /// The summand, in the unit of the scaled values; 0 unless the model scales.
    #[schema(example = 0.0)]
    offset: f64,
}

/// A label of a model.
#[derive(Serialize, ToSchema)]
#[schema(as = ModelLabel)]
pub(crate) struct ModelLabelDocument {
    /// Its code in the device type.
    #[schema(example = "quality_label")]
    field_code: String,
    /// What the model calls it.
    #[schema(example = "quality_label")]
    name: String,
    /// `int`, `float`, `bool` or `text`; a signal that is a label in this model is `float`.
    #[schema(value_type = String, example = "int")]
    data_type: &'static str,
}

impl From<ModelConfig> for ModelDocument {
    fn from(model: ModelConfig) -> Self {
        Self {
            model_code: model.model_code,
            model_name: model.name,
            model_type: model.model_type.as_str(),
            device_type: model.device_type_code,
            is_active: model.is_active,
            revision: model.revision,
            fields: model.signals.into_iter().map(ModelFieldDocument::from).collect(),
            label_fields: model.labels.into_iter().map(ModelLabelDocument::from).collect(),
            defaults: model.defaults,
        }
    }
}

impl From<ModelField> for ModelFieldDocument {
    fn from(field: ModelField) -> Self {
        let ModelField { field_code, name, unit, scale, offset } = field;
        Self { field_code, name, unit, scale, offset }
    }
}

impl From<ModelLabel> for ModelLabelDocument {
    fn from(label: ModelLabel) -> Self {
        let ModelLabel { field_code, name, kind } = label;
        Self { field_code, name, data_type: kind.as_str() }
    }
}
