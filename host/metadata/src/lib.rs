//! Device types, their fields, devices, models, users and refresh tokens; jobs; the index of datasets.
//!
//! [`MetadataStore`], [`UserStore`], [`JobStore`] and [`DatasetIndex`] are the whole interface; [`SqliteStore`] keeps all
//! of it in one SQLite file, [`PostgresStore`] in a PostgreSQL database. Whatever exists is looked up by its code and answered as a plain value, so that nothing above this
//! crate sees a row, an SQL text or an id that it has to join by. What does not exist is `Ok(None)`, never an error.

mod additions;
mod code;
mod dataset;
mod dataset_index;
mod definition;
mod device;
mod error;
mod failure;
mod faults;
mod job;
mod job_store;
mod model;
mod page;
mod password;
mod postgres;
mod registration;
mod sqlite;
mod store;
mod token;
mod user;
mod user_store;

pub use crate::dataset::{DatasetEntry, DatasetFilter};
pub use crate::dataset_index::DatasetIndex;
pub use crate::device::{Device, DeviceFilter, DeviceType, DeviceTypeSummary, Field, FieldRole, LabelKind};
pub use crate::error::{Conflict, Invalid, MetadataError};
pub use crate::faults::{DefinitionFault, DefinitionPlace, FieldPart};
pub use crate::job::{
    ClaimedJob, Heartbeat, Job, JobFailure, JobFilter, JobKind, JobOutcome, JobProgress, JobState, Lease,
    NewJob,
};
pub use crate::job_store::JobStore;
pub use crate::model::{
    ModelConfig, ModelDefinition, ModelField, ModelFilter, ModelLabel, ModelSummary, ModelType,
};
pub use crate::page::{Page, Paged, Total};
pub use crate::password::{PasswordError, PasswordHash};
pub use crate::postgres::{PostgresSettings, PostgresStore};
pub use crate::registration::{
    NewDevice, NewDeviceType, NewField, NewModel, NewModelField, Registered, Registration,
};
pub use crate::sqlite::SqliteStore;
pub use crate::store::MetadataStore;
pub use crate::token::{RefreshToken, Rotation};
pub use crate::user::{NewUser, Role, UnknownRole, User};
pub use crate::user_store::UserStore;
