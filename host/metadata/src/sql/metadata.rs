//! Device types, fields, devices and models: which query answers which call.

use async_trait::async_trait;
use jiff::Timestamp;

use super::dialect::{Connection, Store, count_change, lock_metadata};
use super::{defining, devices, models, registering};
use crate::{
    Device, DeviceFilter, DeviceType, DeviceTypeSummary, Field, MetadataError, MetadataStore, ModelConfig,
    ModelDefinition, ModelFilter, ModelSummary, Page, Paged, Registered, Registration,
};

const VERSION: &str = "SELECT version FROM t_metadata_version";

#[async_trait]
impl MetadataStore for Store {
    async fn ping(&self) -> Result<(), MetadataError> {
        statement!(self, connection => ping(connection))
    }

    async fn version(&self) -> Result<i64, MetadataError> {
        statement!(self, connection => version(connection))
    }

    async fn check(&self, registration: &Registration) -> Result<Registered, MetadataError> {
        snapshot!(self, connection => registering::check(connection, registration))
    }

    async fn register(
        &self,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<Registered, MetadataError> {
        transaction!(self, connection => register(connection, registration, now))
    }

    async fn device_types(&self, page: Page) -> Result<Paged<DeviceTypeSummary>, MetadataError> {
        snapshot!(self, connection => devices::device_types(connection, page))
    }

    async fn device_type(&self, code: &str) -> Result<Option<DeviceType>, MetadataError> {
        snapshot!(self, connection => devices::device_type(connection, code))
    }

    async fn all_device_types(&self) -> Result<Vec<DeviceType>, MetadataError> {
        statement!(self, connection => devices::all_device_types(connection))
    }

    async fn fields(&self, device_type_id: i64) -> Result<Option<Vec<Field>>, MetadataError> {
        snapshot!(self, connection => devices::fields(connection, device_type_id))
    }

    async fn device(&self, code: &str) -> Result<Option<Device>, MetadataError> {
        statement!(self, connection => devices::device(connection, code))
    }

    async fn devices(&self, filter: &DeviceFilter, page: Page) -> Result<Paged<Device>, MetadataError> {
        snapshot!(self, connection => devices::devices(connection, filter, page))
    }

    async fn model(&self, code: &str) -> Result<Option<ModelConfig>, MetadataError> {
        statement!(self, connection => models::model(connection, code))
    }

    async fn models(&self, filter: ModelFilter, page: Page) -> Result<Paged<ModelSummary>, MetadataError> {
        snapshot!(self, connection => models::models(connection, filter, page))
    }

    async fn active_models(&self) -> Result<Vec<ModelConfig>, MetadataError> {
        statement!(self, connection => models::active(connection))
    }

    async fn create_model(
        &self,
        model: &ModelDefinition,
        now: Timestamp,
    ) -> Result<ModelConfig, MetadataError> {
        transaction!(self, connection => create(connection, model, now))
    }

    async fn replace_model(
        &self,
        model: &ModelDefinition,
        expected: Option<i64>,
        now: Timestamp,
    ) -> Result<Option<ModelConfig>, MetadataError> {
        transaction!(self, connection => replace(connection, model, expected, now))
    }

    async fn delete_model(&self, code: &str) -> Result<bool, MetadataError> {
        transaction!(self, connection => delete(connection, code))
    }
}

async fn ping(connection: &mut Connection) -> sqlx::Result<()> {
    sqlx::query("SELECT 1").execute(connection).await.map(drop)
}

async fn version(connection: &mut Connection) -> sqlx::Result<i64> {
    sqlx::query_scalar(VERSION).fetch_one(connection).await
}

async fn register(
    connection: &mut Connection,
    registration: &Registration,
    now: Timestamp,
) -> Result<Registered, MetadataError> {
    lock_metadata(connection).await?;
    let registered = registering::register(connection, registration, now).await?;
    if !registered.is_empty() {
        count_change(connection).await?;
    }
    Ok(registered)
}

async fn create(
    connection: &mut Connection,
    model: &ModelDefinition,
    now: Timestamp,
) -> Result<ModelConfig, MetadataError> {
    lock_metadata(connection).await?;
    let created = defining::create(connection, model, now).await?;
    count_change(connection).await?;
    Ok(created)
}

async fn replace(
    connection: &mut Connection,
    model: &ModelDefinition,
    expected: Option<i64>,
    now: Timestamp,
) -> Result<Option<ModelConfig>, MetadataError> {
    lock_metadata(connection).await?;
    let Some(found) = models::model(connection, &model.code).await? else { return Ok(None) };
    let revision = found.revision;
    let replaced = defining::replace(connection, found, model, expected, now).await?;
    if replaced.revision != revision {
        count_change(connection).await?;
    }
    Ok(Some(replaced))
}

async fn delete(connection: &mut Connection, code: &str) -> Result<bool, MetadataError> {
    lock_metadata(connection).await?;
    let deleted = defining::delete(connection, code).await?;
    if deleted {
        count_change(connection).await?;
    }
    Ok(deleted)
}
