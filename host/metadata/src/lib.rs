//! Device types, their fields, devices, models, users and refresh tokens.
//!
//! [`MetadataStore`] is the whole interface; [`SqliteStore`] keeps it in one SQLite file. Whatever exists is looked up
//! by its code and answered as a plain value, so that nothing above this crate sees a row, an SQL text or an id that
//! it has to join by. What does not exist is `Ok(None)`, never an error.

mod additions;
mod code;
mod device;
mod error;
mod model;
mod password;
mod registration;
mod sqlite;
mod store;
mod token;
mod user;

pub use crate::device::{Device, DeviceType, Field, FieldRole, LabelKind};
pub use crate::error::{Conflict, Invalid, MetadataError};
pub use crate::model::{ModelConfig, ModelField, ModelFilter, ModelLabel, ModelSummary, ModelType};
pub use crate::password::{PasswordError, PasswordHash};
pub use crate::registration::{
    NewDevice, NewDeviceType, NewField, NewModel, NewModelField, Registered, Registration,
};
pub use crate::sqlite::SqliteStore;
pub use crate::store::MetadataStore;
pub use crate::token::{RefreshToken, Rotation};
pub use crate::user::{NewUser, Role, UnknownRole, User};
