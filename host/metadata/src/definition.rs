//! What a model's definition makes of its device type: a plain computation, the same for every store.

use std::collections::HashMap;

use crate::{
    DeviceType, Field, FieldRole, Invalid, LabelKind, ModelConfig, ModelDefinition, ModelField, ModelLabel,
    NewModelField,
};

/// The model that `definition` describes, with `revision`; or the first of its
/// [faults](ModelDefinition::faults).
pub fn resolve(
    definition: &ModelDefinition,
    device_type: &DeviceType,
    revision: i64,
) -> Result<ModelConfig, Invalid> {
    if let Some(fault) = definition.faults(device_type).into_iter().next() {
        return Err(fault.invalid);
    }
    let known: HashMap<&str, &Field> =
        device_type.fields.iter().map(|field| (field.code.as_str(), field)).collect();
    let find = |mapping: &NewModelField| {
        known.get(mapping.field_code.as_str()).copied().ok_or_else(|| Invalid::UnknownField {
            model: definition.code.clone(),
            field: mapping.field_code.clone(),
            device_type: device_type.code.clone(),
        })
    };
    let signals = definition.signals.iter().map(|mapping| Ok(signal(mapping, find(mapping)?)));
    let labels = definition.labels.iter().map(|mapping| Ok(label(mapping, find(mapping)?)));
    Ok(ModelConfig {
        model_code: definition.code.clone(),
        name: definition.name.clone(),
        model_type: definition.model_type,
        device_type_code: device_type.code.clone(),
        device_type_id: device_type.id,
        is_active: definition.is_active,
        revision,
        signals: signals.collect::<Result<_, Invalid>>()?,
        labels: labels.collect::<Result<_, Invalid>>()?,
        defaults: definition.defaults.clone(),
    })
}

fn signal(mapping: &NewModelField, field: &Field) -> ModelField {
    ModelField {
        field_code: field.code.clone(),
        name: mapping.name().to_owned(),
        unit: mapping.unit.clone().or_else(|| field.unit.clone()),
        scale: mapping.scale,
        offset: mapping.offset,
    }
}

/// A signal that is a label here is one of type float.
fn label(mapping: &NewModelField, field: &Field) -> ModelLabel {
    let kind = match field.role {
        FieldRole::Label(kind) => kind,
        FieldRole::Signal => LabelKind::Float,
    };
    ModelLabel { field_code: field.code.clone(), name: mapping.name().to_owned(), kind }
}
