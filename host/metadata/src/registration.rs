//! What an import or the demo needs to exist.

use serde_json::{Map, Value};

use crate::{FieldRole, ModelType};

/// A device type with fields, devices and models that are to exist.
///
/// Registering only ever adds. What exists already under a code keeps its name, unit, type, scaling and defaults, and
/// those given here are for what is created; what contradicts it (another device type, another role of a field) is a
/// [`Conflict`](crate::Conflict).
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// The device type that all the rest belongs to.
    pub device_type: NewDeviceType,
    /// Fields of the device type.
    pub fields: Vec<NewField>,
    /// Devices of the device type.
    pub devices: Vec<NewDevice>,
    /// Models of the device type.
    pub models: Vec<NewModel>,
}

/// A device type to create where it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeviceType {
    /// Unique code, also a folder of the series store: 1 to 128 of `[A-Za-z0-9_.-]`, not beginning with `.` or `-`.
    pub code: String,
    /// What people call it.
    pub name: String,
}

/// A field to create where it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewField {
    /// Code, unique within the device type: 1 to 128 of `[A-Za-z0-9_]`.
    pub code: String,
    /// What people call it: the header that it is imported under.
    pub name: String,
    /// Whether it is a signal or a label.
    pub role: FieldRole,
    /// Unit of its values, where it is known.
    pub unit: Option<String>,
}

/// A device to create where it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// Unique code, of the same form as a device type's.
    pub code: String,
    /// What people call it.
    pub name: String,
}

/// A model to create where it is missing, or to extend by the fields that it lacks.
#[derive(Debug, Clone, PartialEq)]
pub struct NewModel {
    /// Unique code, of the same form as a device type's.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub model_type: ModelType,
    /// Its fields, in order. Those that an existing model lacks go behind those that it has, as a new revision.
    pub fields: Vec<NewModelField>,
    /// Parameters of extraction that a request need not repeat.
    pub defaults: Map<String, Value>,
}

/// How a model uses a field; signal or label as the field itself.
#[derive(Debug, Clone, PartialEq)]
pub struct NewModelField {
    /// A field of the registration, or one that the device type has already.
    pub field_code: String,
    /// What the model calls it, where that is not its code.
    pub rename: Option<String>,
    /// Unit of the scaled values, where it is not the field's own.
    pub unit: Option<String>,
    /// Factor; 1 leaves the stored values as they are. A label takes no other.
    pub scale: f64,
    /// Summand after the factor; 0 leaves the stored values as they are. A label takes no other.
    pub offset: f64,
}

/// What a registration added, or would add.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registered {
    /// The device type did not exist.
    pub device_type_created: bool,
    /// Codes of the new fields, in the registration's order.
    pub fields_created: Vec<String>,
    /// Codes of the new devices.
    pub devices_created: Vec<String>,
    /// Codes of the new models.
    pub models_created: Vec<String>,
    /// Codes of the models that got further fields and with them a new revision.
    pub models_extended: Vec<String>,
}

impl NewModelField {
    /// The field under its own code, unscaled.
    pub fn plain(field_code: impl Into<String>) -> Self {
        Self { field_code: field_code.into(), rename: None, unit: None, scale: 1.0, offset: 0.0 }
    }

    /// What the model calls it.
    pub fn name(&self) -> &str {
        self.rename.as_deref().unwrap_or(&self.field_code)
    }
}

impl Registered {
    /// Whether everything existed already.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
