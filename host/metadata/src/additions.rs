//! What a registration adds to what exists, or what it contradicts: a plain computation, the same for every store.

use std::collections::{HashMap, HashSet};

use crate::code::{check_code, check_field_code};
use crate::{
    Conflict, FieldRole, Invalid, MetadataError, NewDevice, NewField, NewModel, NewModelField, Registered,
    Registration,
};

/// What a store holds of the codes that a registration names.
#[derive(Debug, Default)]
pub struct Existing {
    /// Whether the device type exists.
    pub device_type: bool,
    /// The device type's fields: code to role.
    pub fields: HashMap<String, FieldRole>,
    /// Those of the registration's devices that exist: code to the code of their device type.
    pub devices: HashMap<String, String>,
    /// Those of the registration's models that exist.
    pub models: HashMap<String, ExistingModel>,
}

/// A model that exists.
#[derive(Debug)]
pub struct ExistingModel {
    /// Code of its device type.
    pub device_type: String,
    /// Code and name of its fields, in order.
    pub fields: Vec<(String, String)>,
    /// Position behind the last of them.
    pub next_position: i64,
}

/// What has to be written, in an order in which it can be.
#[derive(Debug, Default)]
pub struct Additions<'a> {
    /// Whether the registration's device type is new.
    pub device_type: bool,
    /// New fields.
    pub fields: Vec<&'a NewField>,
    /// New devices.
    pub devices: Vec<&'a NewDevice>,
    /// New models.
    pub models: Vec<&'a NewModel>,
    /// New fields of existing models.
    pub extensions: Vec<Extension<'a>>,
}

/// New fields of an existing model.
#[derive(Debug)]
pub struct Extension<'a> {
    /// Code of the model.
    pub model: &'a str,
    /// Position of the first new field.
    pub first_position: i64,
    /// The new fields, in order.
    pub fields: Vec<&'a NewModelField>,
}

impl<'a> Additions<'a> {
    /// Compares a registration with what exists.
    pub fn plan(registration: &'a Registration, existing: &Existing) -> Result<Self, MetadataError> {
        check_codes(registration)?;
        check_roles(registration, existing)?;
        check_devices(registration, existing)?;
        let mut additions = Additions {
            device_type: !existing.device_type,
            fields: registration
                .fields
                .iter()
                .filter(|field| !existing.fields.contains_key(&field.code))
                .collect(),
            devices: registration
                .devices
                .iter()
                .filter(|device| !existing.devices.contains_key(&device.code))
                .collect(),
            ..Additions::default()
        };
        let roles = roles_after(registration, existing);
        for model in &registration.models {
            check_mappings(registration, model, &roles)?;
            match existing.models.get(&model.code) {
                None => additions.models.push(model),
                Some(found) => additions.extensions.extend(extension(registration, model, found)?),
            }
        }
        Ok(additions)
    }

    /// The additions as the caller is told of them.
    pub fn summary(&self) -> Registered {
        Registered {
            device_type_created: self.device_type,
            fields_created: self.fields.iter().map(|field| field.code.clone()).collect(),
            devices_created: self.devices.iter().map(|device| device.code.clone()).collect(),
            models_created: self.models.iter().map(|model| model.code.clone()).collect(),
            models_extended: self.extensions.iter().map(|extension| extension.model.to_owned()).collect(),
        }
    }
}

fn check_codes(registration: &Registration) -> Result<(), Invalid> {
    check_code("device type", &registration.device_type.code)?;
    let fields = registration.fields.iter().map(|field| field.code.as_str());
    let devices = registration.devices.iter().map(|device| device.code.as_str());
    let models = registration.models.iter().map(|model| model.code.as_str());
    check_each("field", fields, check_field_code)?;
    check_each("device", devices, check_code)?;
    check_each("model", models, check_code)?;
    for model in &registration.models {
        for field in &model.fields {
            check_field_code("model field", field.name())?;
        }
    }
    Ok(())
}

/// Checks the form of each code, and that none stands twice.
fn check_each<'a>(
    what: &'static str,
    codes: impl Iterator<Item = &'a str>,
    check: fn(&'static str, &str) -> Result<(), Invalid>,
) -> Result<(), Invalid> {
    let mut seen = HashSet::new();
    for code in codes {
        check(what, code)?;
        if !seen.insert(code) {
            return Err(Invalid::Twice { what, code: code.to_owned() });
        }
    }
    Ok(())
}

fn check_roles(registration: &Registration, existing: &Existing) -> Result<(), Conflict> {
    for field in &registration.fields {
        if let Some(&role) = existing.fields.get(&field.code)
            && role != field.role
        {
            return Err(Conflict::FieldRole {
                device_type: registration.device_type.code.clone(),
                field: field.code.clone(),
                existing: role,
                requested: field.role,
            });
        }
    }
    Ok(())
}

fn check_devices(registration: &Registration, existing: &Existing) -> Result<(), Conflict> {
    let requested = &registration.device_type.code;
    for device in &registration.devices {
        if let Some(device_type) = existing.devices.get(&device.code)
            && device_type != requested
        {
            return Err(Conflict::DeviceOfOtherType {
                device: device.code.clone(),
                existing: device_type.clone(),
                requested: requested.clone(),
            });
        }
    }
    Ok(())
}

/// The roles of all fields that the device type has once the registration is written.
pub fn roles_after<'a>(
    registration: &'a Registration,
    existing: &'a Existing,
) -> HashMap<&'a str, FieldRole> {
    let old = existing.fields.iter().map(|(code, &role)| (code.as_str(), role));
    old.chain(registration.fields.iter().map(|field| (field.code.as_str(), field.role))).collect()
}

/// Checks a model's fields against the device type's, and against each other.
fn check_mappings(
    registration: &Registration,
    model: &NewModel,
    roles: &HashMap<&str, FieldRole>,
) -> Result<(), MetadataError> {
    let codes = model.fields.iter().map(|field| field.field_code.as_str());
    check_each("model field", codes, check_field_code)?;
    let mut names = HashMap::new();
    for field in &model.fields {
        let Some(role) = roles.get(field.field_code.as_str()) else {
            return Err(MetadataError::Invalid(Invalid::UnknownField {
                model: model.code.clone(),
                field: field.field_code.clone(),
                device_type: registration.device_type.code.clone(),
            }));
        };
        if let Some(reason) = scaling_fault(field, *role) {
            return Err(MetadataError::Invalid(Invalid::Scaling {
                model: model.code.clone(),
                field: field.field_code.clone(),
                reason,
            }));
        }
        if let Some(first) = names.insert(field.name(), field.field_code.as_str()) {
            return Err(name_conflict(model, field.name(), first, &field.field_code).into());
        }
    }
    Ok(())
}

/// What is wrong with the scaling of a field, if anything is.
pub fn scaling_fault(field: &NewModelField, role: FieldRole) -> Option<&'static str> {
    if !field.scale.is_finite() || !field.offset.is_finite() {
        Some("scale and offset must be finite")
    } else if field.scale == 0.0 {
        Some("a scale of 0 would make every value the same")
    } else if role != FieldRole::Signal && (field.scale != 1.0 || field.offset != 0.0) {
        Some("a label cannot be scaled")
    } else {
        None
    }
}

/// The fields that an existing model lacks; `None` where it has all of them.
fn extension<'a>(
    registration: &Registration,
    model: &'a NewModel,
    found: &ExistingModel,
) -> Result<Option<Extension<'a>>, Conflict> {
    if found.device_type != registration.device_type.code {
        return Err(Conflict::ModelOfOtherType {
            model: model.code.clone(),
            existing: found.device_type.clone(),
            requested: registration.device_type.code.clone(),
        });
    }
    let has = |code: &str| found.fields.iter().any(|(existing, _)| existing == code);
    let fields: Vec<_> = model.fields.iter().filter(|field| !has(&field.field_code)).collect();
    for field in &fields {
        if let Some((first, name)) = found.fields.iter().find(|(_, name)| name == field.name()) {
            return Err(name_conflict(model, name, first, &field.field_code));
        }
    }
    let first_position = found.next_position;
    Ok((!fields.is_empty()).then_some(Extension { model: &model.code, first_position, fields }))
}

fn name_conflict(model: &NewModel, name: &str, first: &str, second: &str) -> Conflict {
    Conflict::ModelFieldName {
        model: model.code.clone(),
        name: name.to_owned(),
        first: first.to_owned(),
        second: second.to_owned(),
    }
}
