//! A metadata store that has gone away.

use async_trait::async_trait;
use fettle_metadata::{
    Device, DeviceFilter, DeviceType, DeviceTypeSummary, Field, MetadataError, MetadataStore, ModelConfig,
    ModelDefinition, ModelFilter, ModelSummary, Page, Paged, Registered, Registration,
};
use jiff::Timestamp;

/// Answers nothing.
#[derive(Debug)]
pub struct Away;

/// What goes to the log, and must not go to a client.
pub const CAUSE: &str = "no route to db-7.internal";

fn away<T>() -> Result<T, MetadataError> {
    Err(MetadataError::Unavailable(CAUSE.into()))
}

/// Calls that are not answered.
macro_rules! unanswered {
    ($($name:ident($($argument:ty),*) -> $answer:ty;)+) => {
        #[async_trait]
        impl MetadataStore for Away {
            $(async fn $name(&self, $(_: $argument),*) -> Result<$answer, MetadataError> {
                away()
            })+
        }
    };
}

unanswered! {
    ping() -> ();
    version() -> i64;
    check(&Registration) -> Registered;
    register(&Registration, Timestamp) -> Registered;
    device_types(Page) -> Paged<DeviceTypeSummary>;
    device_type(&str) -> Option<DeviceType>;
    all_device_types() -> Vec<DeviceType>;
    fields(i64) -> Option<Vec<Field>>;
    device(&str) -> Option<Device>;
    devices(&DeviceFilter, Page) -> Paged<Device>;
    model(&str) -> Option<ModelConfig>;
    models(ModelFilter, Page) -> Paged<ModelSummary>;
    active_models() -> Vec<ModelConfig>;
    create_model(&ModelDefinition, Timestamp) -> ModelConfig;
    replace_model(&ModelDefinition, Option<i64>, Timestamp) -> Option<ModelConfig>;
    delete_model(&str) -> bool;
}
