//! What every store of models and devices does.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    Device, DeviceFilter, DeviceType, DeviceTypeSummary, Field, MetadataError, ModelConfig, ModelDefinition,
    ModelFilter, ModelSummary, Page, Paged, Registered, Registration,
};

/// Where device types, their fields, devices and models are kept.
///
/// Used as `Arc<dyn MetadataStore>`. Each call is atomic: it happened as a whole, or it failed and nothing of it
/// happened. Time is passed in as `now`, kept to the microsecond, and never taken inside.
#[async_trait]
pub trait MetadataStore: std::fmt::Debug + Send + Sync {
    /// Whether the store answers.
    async fn ping(&self) -> Result<(), MetadataError>;

    /// A number that grows with every change of device types, fields, devices and models, by whatever process: what
    /// was read under the same number is still so.
    async fn version(&self) -> Result<i64, MetadataError>;

    /// What [`register`](Self::register) would add; writes nothing. Fails wherever `register` would.
    async fn check(&self, registration: &Registration) -> Result<Registered, MetadataError>;

    /// Creates whatever of `registration` is missing, in one transaction.
    async fn register(
        &self,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<Registered, MetadataError>;

    /// A page of the device types, by code.
    async fn device_types(&self, page: Page) -> Result<Paged<DeviceTypeSummary>, MetadataError>;

    /// A device type with its fields, in the order in which they were registered.
    async fn device_type(&self, code: &str) -> Result<Option<DeviceType>, MetadataError>;

    /// Every device type with its fields, by code, in one query.
    async fn all_device_types(&self) -> Result<Vec<DeviceType>, MetadataError>;

    /// The fields of the device type with this number, in the order in which they were registered.
    async fn fields(&self, device_type_id: i64) -> Result<Option<Vec<Field>>, MetadataError>;

    /// A device.
    async fn device(&self, code: &str) -> Result<Option<Device>, MetadataError>;

    /// A page of the devices that `filter` lets through, by code.
    async fn devices(&self, filter: &DeviceFilter, page: Page) -> Result<Paged<Device>, MetadataError>;

    /// A model with its fields resolved, whether it is active or not.
    async fn model(&self, code: &str) -> Result<Option<ModelConfig>, MetadataError>;

    /// A page of the models that `filter` lets through, by code.
    async fn models(&self, filter: ModelFilter, page: Page) -> Result<Paged<ModelSummary>, MetadataError>;

    /// Every active model with its fields resolved, by code, in one query.
    async fn active_models(&self) -> Result<Vec<ModelConfig>, MetadataError>;

    /// Creates a model. [`Conflict::ModelExists`](crate::Conflict::ModelExists) where the code is taken.
    async fn create_model(
        &self,
        model: &ModelDefinition,
        now: Timestamp,
    ) -> Result<ModelConfig, MetadataError>;

    /// Puts a definition in the place of the model of its code, as a new revision; `None` where there is no such model.
    /// A definition that says what is there already changes nothing and makes no revision.
    ///
    /// Where `expected` is given and is not the revision that the model has,
    /// [`Conflict::ModelRevision`](crate::Conflict::ModelRevision). The device type cannot change.
    async fn replace_model(
        &self,
        model: &ModelDefinition,
        expected: Option<i64>,
        now: Timestamp,
    ) -> Result<Option<ModelConfig>, MetadataError>;

    /// Removes a model. `false` where it was not there; [`Conflict::ModelInUse`](crate::Conflict::ModelInUse) where a
    /// dataset was built from it.
    async fn delete_model(&self, code: &str) -> Result<bool, MetadataError>;
}
