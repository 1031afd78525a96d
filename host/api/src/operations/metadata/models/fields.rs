//! The lists of a model's fields, as requests write them.

use fettle_metadata::{FieldPart, LabelKind, NewModelField};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::request::{Fields, Named};

/// Fields of each list of a model. Each is looked up, and written as a row.
pub(super) const MOST_FIELDS: usize = 4_096;

/// A field of a model as a request writes it.
#[derive(Debug)]
pub(super) struct ReadField {
    /// The field, or a stand-in where it was complained about.
    pub(super) field: NewModelField,
    /// The type that the request says a label has.
    pub(super) data_type: Option<LabelKind>,
    /// Where it stands: `fields[2]`.
    place: String,
    /// Whether it is its code alone.
    is_code: bool,
}

/// What `fields` is a list of, for the API document.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum SignalItem {
    /// The code of a signal of the device type.
    Code(String),
    /// A signal under a name of its own, or scaled: stored value × `scale` + `offset`.
    Field {
        /// Its code in the device type.
        field_code: String,
        /// What the model calls it; its code unless given. ASCII letters, digits and `_`.
        name: Option<String>,
        /// Unit of the scaled values; the field's own unless given.
        unit: Option<String>,
        /// The factor, not 0; 1 unless given.
        scale: Option<f64>,
        /// The summand after the factor; 0 unless given.
        offset: Option<f64>,
    },
}

/// What `label_fields` is a list of, for the API document.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum LabelItem {
    /// The code of a label of the device type, or of a signal that is a label in this model.
    Code(String),
    /// A label under a name of its own.
    Field {
        /// Its code in the device type.
        field_code: String,
        /// What the model calls it; its code unless given. ASCII letters, digits and `_`.
        name: Option<String>,
        /// What it is in the device type, which cannot be changed here.
        #[schema(value_type = Option<String>, pattern = "^(int|float|bool|text)$")]
        data_type: Option<String>,
    },
}

impl ReadField {
    /// Where a part of it stands.
    pub(super) fn place_of(&self, part: FieldPart) -> String {
        let name = match part {
            FieldPart::Code if self.is_code => return self.place.clone(),
            FieldPart::Code => "field_code",
            FieldPart::Name => "name",
            FieldPart::Scale => "scale",
            FieldPart::Offset => "offset",
        };
        format!("{}.{name}", self.place)
    }

    /// Whether a complaint about `field` is about it.
    pub(super) fn is_at(&self, field: &str) -> bool {
        field.strip_prefix(&self.place).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Where its type stands.
    pub(super) fn place_of_type(&self) -> String {
        format!("{}.data_type", self.place)
    }
}

/// Reads `fields`.
pub(super) fn read_signals(fields: &mut Fields) -> Vec<ReadField> {
    if !fields.is_given("fields") {
        fields.complain("fields", "is required");
    }
    let Some(items) = fields.optional_list("fields") else { return Vec::new() };
    if items.is_empty() {
        fields.complain("fields", "must name at least one signal");
    }
    read_items(fields, "fields", items, |item| {
        let field = NewModelField {
            field_code: item.required_name("field_code"),
            rename: item.optional_name("name"),
            unit: item.optional_name("unit"),
            scale: item.optional_number("scale").unwrap_or(1.0),
            offset: item.optional_number("offset").unwrap_or(0.0),
        };
        (field, None)
    })
}

/// Reads `label_fields`.
pub(super) fn read_labels(fields: &mut Fields) -> Vec<ReadField> {
    let items = fields.optional_list("label_fields").unwrap_or_default();
    read_items(fields, "label_fields", items, |item| {
        item.refuse_given(&["unit", "scale", "offset"], "a label is taken as it is recorded, and has none");
        let code = item.required_name("field_code");
        let label = NewModelField { rename: item.optional_name("name"), ..NewModelField::plain(code) };
        (label, item.optional_choice("data_type"))
    })
}

fn read_items(
    fields: &mut Fields,
    list: &str,
    items: Vec<Value>,
    mut read: impl FnMut(&mut Fields) -> (NewModelField, Option<LabelKind>),
) -> Vec<ReadField> {
    if items.len() > MOST_FIELDS {
        fields.complain(list, format!("has {} items; at most {MOST_FIELDS} are allowed", items.len()));
        return Vec::new();
    }
    let mut found = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let place = format!("{list}[{index}]");
        let is_code = !item.is_object();
        let (field, data_type) = match item {
            Value::String(code) => {
                (NewModelField::plain(fields.item_name(&place, code).unwrap_or_default()), None)
            }
            Value::Object(item) => fields.nested(&place, item, &mut read),
            _ => {
                fields.complain(&place, "must be the code of a field or {\"field_code\": …, \"name\": …}");
                (NewModelField::plain(""), None)
            }
        };
        found.push(ReadField { field, data_type, place, is_code });
    }
    found
}

impl Named for LabelKind {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("int", LabelKind::Int),
        ("float", LabelKind::Float),
        ("bool", LabelKind::Bool),
        ("text", LabelKind::Text),
    ];
}
