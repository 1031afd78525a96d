//! What creating and changing a model are asked.

use fettle_features::StepsRequest;
use fettle_metadata::{ModelDefinition, ModelType};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::fields::{LabelItem, ReadField, SignalItem, read_labels, read_signals};
use crate::operations::step_fields::StepFields;
use crate::request::{Fields, ReadFields};

/// Bytes of JSON that a model's defaults may take: every extraction of the model reads them.
const MOST_DEFAULT_BYTES: usize = 64 << 10;

/// A model to create.
#[derive(Debug, ToSchema)]
#[schema(as = NewModel)]
pub(crate) struct NewModelBody {
    /// Its code: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`.
    #[schema(example = "welding_arc", max_length = 128)]
    pub(super) model_code: String,
    #[serde(flatten)]
    pub(super) definition: DefinitionFields,
}

/// What a model is to be from now on.
#[derive(Debug, ToSchema)]
#[schema(as = ChangedModel)]
pub(crate) struct ChangedModelBody {
    /// Its code, as in the path.
    #[schema(example = "welding_arc", max_length = 128)]
    pub(super) model_code: Option<String>,
    /// The revision that it has; any unless given.
    #[schema(minimum = 1, example = 1)]
    pub(super) revision: Option<i64>,
    #[serde(flatten)]
    pub(super) definition: DefinitionFields,
}

/// All of a model but its code.
#[derive(Debug, ToSchema)]
#[schema(as = ModelDefinition)]
pub(crate) struct DefinitionFields {
    /// What people call it.
    #[schema(example = "Welding arc", max_length = 128)]
    model_name: String,
    /// What it is for.
    #[schema(value_type = String, pattern = "^(realtime|statistics|ai_analysis)$")]
    model_type: ModelType,
    /// Code of the device type whose devices it reads.
    #[schema(example = "welder", max_length = 128)]
    pub(super) device_type: String,
    /// Whether requests may use it.
    #[schema(value_type = Option<bool>, default = true)]
    is_active: bool,
    /// Its signals, in the order of features: codes of the device type's, or more of each.
    #[schema(value_type = Vec<SignalItem>, min_items = 1, max_items = 4096)]
    pub(super) fields: Vec<ReadField>,
    /// Its labels: codes of the device type's, or more of each. None unless given.
    #[schema(value_type = Option<Vec<LabelItem>>, max_items = 4096)]
    pub(super) label_fields: Vec<ReadField>,
    /// What extractions and datasets of this model do where a request says nothing else. A request's own values win; what
    /// is said of a method's parameters holds for that method alone.
    #[schema(value_type = Option<StepFields>)]
    pub(super) defaults: StepsRequest,
}

impl ReadFields for NewModelBody {
    fn read(fields: &mut Fields) -> Self {
        Self { model_code: fields.required_name("model_code"), definition: DefinitionFields::read(fields) }
    }
}

impl ReadFields for ChangedModelBody {
    fn read(fields: &mut Fields) -> Self {
        let revision = fields.optional_whole("revision", 1..=u64::MAX);
        Self {
            model_code: fields.optional_name("model_code"),
            // No model has one beyond that.
            revision: revision.map(|revision| i64::try_from(revision).unwrap_or(i64::MAX)),
            definition: DefinitionFields::read(fields),
        }
    }
}

impl ReadFields for DefinitionFields {
    fn read(fields: &mut Fields) -> Self {
        Self {
            model_name: fields.required_name("model_name"),
            model_type: fields.required_choice("model_type"),
            device_type: fields.required_name("device_type"),
            is_active: fields.optional_truth("is_active").unwrap_or(true),
            fields: read_signals(fields),
            label_fields: read_labels(fields),
            defaults: read_defaults(fields),
        }
    }
}

impl DefinitionFields {
    /// The definition of the model `code`.
    pub(super) fn definition(&self, code: String) -> ModelDefinition {
        let mappings = |fields: &[ReadField]| fields.iter().map(|read| read.field.clone()).collect();
        ModelDefinition {
            code,
            name: self.model_name.clone(),
            model_type: self.model_type,
            device_type: self.device_type.clone(),
            is_active: self.is_active,
            signals: mappings(&self.fields),
            labels: mappings(&self.label_fields),
            defaults: as_object(&self.defaults),
        }
    }

    /// Whether it has any defaults.
    pub(super) fn has_defaults(&self) -> bool {
        self.defaults != StepsRequest::default()
    }
}

/// Reads `defaults`, which have the fields of an extraction that say what is done with rows.
fn read_defaults(fields: &mut Fields) -> StepsRequest {
    let Some(object) = fields.optional_member("defaults") else { return StepsRequest::default() };
    let defaults = fields.nested("defaults", object, |inner| StepFields::read(inner).into());
    let bytes = Value::Object(as_object(&defaults)).to_string().len();
    if bytes > MOST_DEFAULT_BYTES {
        let message = format!("take {bytes} bytes as JSON; at most {MOST_DEFAULT_BYTES} are allowed");
        fields.complain("defaults", message);
        return StepsRequest::default();
    }
    defaults
}

/// Steps as the store keeps them: what is given, and nothing else.
fn as_object(steps: &StepsRequest) -> Map<String, Value> {
    match serde_json::to_value(steps) {
        Ok(Value::Object(object)) => object,
        other => unreachable!("steps are an object of JSON values: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::*;
    use crate::request::assert_reads_what_is_documented;

    fn read(changes: &Value) -> (ModelDefinition, Vec<String>) {
        let mut body = json!({
            "model_code": "m", "model_name": "M", "model_type": "realtime", "device_type": "t", "fields": ["a"],
        });
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let Value::Object(object) = body else { panic!("an object") };
        let mut fields = Fields::of(object, &TimeZone::UTC);
        let NewModelBody { model_code, definition } = NewModelBody::read(&mut fields);
        let told = fields.finish().into_iter().map(|problem| problem.field).collect();
        (definition.definition(model_code), told)
    }

    #[test]
    fn the_fields_that_are_read_are_the_fields_that_are_documented() {
        assert_reads_what_is_documented::<NewModelBody>(&[]);
        assert_reads_what_is_documented::<ChangedModelBody>(&[]);
    }

    #[test]
    fn fields_are_codes_or_more_of_each() {
        let (model, told) = read(&json!({
            "fields": ["a", {"field_code": "b", "name": "c", "unit": "mV", "scale": 1000, "offset": -1}],
            "label_fields": ["q", {"field_code": "r", "name": "s", "data_type": "int"}], "is_active": null,
        }));
        assert_eq!(told, [""; 0]);
        assert!(model.is_active && model.defaults.is_empty());
        assert_eq!((model.signals[0].name(), model.signals[1].name()), ("a", "c"));
        assert_eq!((model.signals[1].scale, model.signals[1].offset), (1000.0, -1.0));
        assert_eq!((model.labels[0].name(), model.labels[1].name()), ("q", "s"));
    }

    #[test]
    fn what_is_no_field_is_told_by_its_place() {
        let (_, told) = read(&json!({
            "model_type": "daily", "is_active": "yes",
            "fields": [1, "", {"name": "b"}, {"field_code": "c", "scale": "2", "scaling": 1}],
            "label_fields": [{"field_code": "q", "unit": "V", "scale": 1, "data_type": "double"}],
            "defaults": {"overlap": 0.5, "windw_size": 3, "features": [7], "outlier_method": 1, "output": "windows"},
        }));
        assert_eq!(
            told,
            [
                "model_type",
                "is_active",
                "fields[0]",
                "fields[1]",
                "fields[2].field_code",
                "fields[3].scale",
                "fields[3].scaling",
                "label_fields[0].unit",
                "label_fields[0].scale",
                "label_fields[0].data_type",
                "defaults.outlier_method",
                "defaults.features[0]",
                "defaults.output",
                "defaults.windw_size",
            ]
        );
        assert_eq!(read(&json!({"fields": []})).1, ["fields"]);
        assert_eq!(read(&json!({"fields": null, "label_fields": {}})).1, ["fields", "label_fields"]);
        assert_eq!(read(&json!({"fields": vec!["a"; 4_097]})).1, ["fields"]);
        let params = json!({"outlier_params": {"x": "x".repeat(MOST_DEFAULT_BYTES)}});
        assert_eq!(read(&json!({"defaults": params})).1, ["defaults"]);
    }

    #[test]
    fn defaults_are_kept_as_they_are_given() {
        let defaults = json!({
            "window_size": 50, "outlier_method": "clip", "outlier_params": {"min": 0}, "window_label": "end",
            "features": ["mean", {"method": "spectrum", "params": {"bins": 8}}], "normalize_scope": "signal",
        });
        let mut given = defaults.clone();
        given["normalize_method"] = Value::Null;
        let (model, told) = read(&json!({"defaults": given}));
        assert_eq!((told.len(), Value::Object(model.defaults)), (0, defaults));
    }
}
