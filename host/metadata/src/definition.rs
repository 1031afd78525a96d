//! What a model's definition makes of its device type, or what is wrong with it: a plain computation, the same for
//! every store.

use std::collections::HashMap;

use crate::additions::scaling_fault;
use crate::code::{check_code, check_field_code};
use crate::{
    DeviceType, Field, FieldRole, Invalid, LabelKind, ModelConfig, ModelDefinition, ModelField, ModelLabel,
    NewModelField,
};

/// The model that `definition` describes, with `revision`.
pub fn resolve(
    definition: &ModelDefinition,
    device_type: &DeviceType,
    revision: i64,
) -> Result<ModelConfig, Invalid> {
    check_code("model", &definition.code)?;
    let known: HashMap<&str, &Field> =
        device_type.fields.iter().map(|field| (field.code.as_str(), field)).collect();
    let fields = || definition.signals.iter().chain(&definition.labels);
    check_names(definition, fields())?;
    let find = |mapping: &NewModelField| {
        known.get(mapping.field_code.as_str()).copied().ok_or_else(|| Invalid::UnknownField {
            model: definition.code.clone(),
            field: mapping.field_code.clone(),
            device_type: device_type.code.clone(),
        })
    };
    let signals = definition.signals.iter().map(|mapping| signal(definition, mapping, find(mapping)?));
    let labels = definition.labels.iter().map(|mapping| label(definition, mapping, find(mapping)?));
    Ok(ModelConfig {
        model_code: definition.code.clone(),
        name: definition.name.clone(),
        model_type: definition.model_type,
        device_type_code: device_type.code.clone(),
        device_type_id: device_type.id,
        is_active: definition.is_active,
        revision,
        signals: signals.collect::<Result<_, _>>()?,
        labels: labels.collect::<Result<_, _>>()?,
        defaults: definition.defaults.clone(),
    })
}

fn signal(model: &ModelDefinition, mapping: &NewModelField, field: &Field) -> Result<ModelField, Invalid> {
    if field.role != FieldRole::Signal {
        return Err(Invalid::LabelAsSignal { model: model.code.clone(), field: field.code.clone() });
    }
    check_scaling(model, mapping, FieldRole::Signal)?;
    Ok(ModelField {
        field_code: field.code.clone(),
        name: mapping.name().to_owned(),
        unit: mapping.unit.clone().or_else(|| field.unit.clone()),
        scale: mapping.scale,
        offset: mapping.offset,
    })
}

/// A signal that is a label here is one of type float.
fn label(model: &ModelDefinition, mapping: &NewModelField, field: &Field) -> Result<ModelLabel, Invalid> {
    let kind = match field.role {
        FieldRole::Label(kind) => kind,
        FieldRole::Signal => LabelKind::Float,
    };
    check_scaling(model, mapping, FieldRole::Label(kind))?;
    Ok(ModelLabel { field_code: field.code.clone(), name: mapping.name().to_owned(), kind })
}

fn check_scaling(model: &ModelDefinition, mapping: &NewModelField, role: FieldRole) -> Result<(), Invalid> {
    match scaling_fault(mapping, role) {
        None => Ok(()),
        Some(reason) => {
            let (model, field) = (model.code.clone(), mapping.field_code.clone());
            Err(Invalid::Scaling { model, field, reason })
        }
    }
}

/// Checks the form of codes and names, and that none stands twice.
fn check_names<'a>(
    model: &ModelDefinition,
    fields: impl Iterator<Item = &'a NewModelField>,
) -> Result<(), Invalid> {
    let (mut codes, mut names) = (HashMap::new(), HashMap::new());
    for field in fields {
        check_field_code("model field", &field.field_code)?;
        check_field_code("model field", field.name())?;
        if codes.insert(&field.field_code, ()).is_some() {
            return Err(Invalid::Twice { what: "model field", code: field.field_code.clone() });
        }
        if let Some(first) = names.insert(field.name(), &field.field_code) {
            return Err(Invalid::SameName {
                model: model.code.clone(),
                name: field.name().to_owned(),
                first: first.clone(),
                second: field.field_code.clone(),
            });
        }
    }
    Ok(())
}
