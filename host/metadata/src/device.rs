//! Devices, their types, and the fields that a type has.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of device: all devices of one type have the same fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceType {
    /// The store's number for it.
    pub id: i64,
    /// Unique code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Its fields, in the order in which they were registered.
    pub fields: Vec<Field>,
}

/// A device type as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceTypeSummary {
    /// Unique code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// How many fields it has.
    pub fields: u64,
    /// How many devices are of it.
    pub devices: u64,
}

/// One column of a device type's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Code, unique within the device type: the column's name in the series store.
    pub code: String,
    /// What people call it: the header that it was imported under.
    pub name: String,
    /// Whether it is a signal or a label, and of which type.
    pub role: FieldRole,
    /// Unit of its values, where it is known.
    pub unit: Option<String>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldRole {
    /// Numbers that steps clean and features are computed from.
    Signal,
    /// What a model learns to predict: never cleaned, never a feature.
    Label(LabelKind),
}

/// The type that a label was recorded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    /// Whole numbers.
    Int,
    /// Other numbers.
    Float,
    /// Truth values.
    Bool,
    /// Strings.
    Text,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Unique code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Code of its type.
    pub device_type_code: String,
    /// Whether it is in use.
    pub is_active: bool,
}

/// Which devices to list; the default lets all of them through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceFilter {
    /// Devices of this type alone, by its code.
    pub device_type: Option<String>,
    /// Devices in use alone, or out of use alone.
    pub is_active: Option<bool>,
}

/// `signal`, or `label of type int` and so on.
impl fmt::Display for FieldRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldRole::Signal => f.write_str("signal"),
            FieldRole::Label(kind) => write!(f, "label of type {kind}"),
        }
    }
}

impl LabelKind {
    /// Its name in the database and in texts.
    pub fn as_str(self) -> &'static str {
        match self {
            LabelKind::Int => "int",
            LabelKind::Float => "float",
            LabelKind::Bool => "bool",
            LabelKind::Text => "text",
        }
    }
}

impl fmt::Display for LabelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
