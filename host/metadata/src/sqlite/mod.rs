//! The store over one SQLite file. All SQL of it stands in this folder and in `migrations/sqlite`.

mod accounts;
mod datasets;
mod defining;
mod devices;
mod failure;
mod jobs;
mod models;
mod open;
#[cfg(test)]
mod plan_tests;
mod registering;
mod text;
mod tokens;
mod users;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::SqlitePool;

use crate::{
    Device, DeviceFilter, DeviceType, DeviceTypeSummary, Field, MetadataError, MetadataStore, ModelConfig,
    ModelDefinition, ModelFilter, ModelSummary, Page, Paged, Registered, Registration,
};

/// Metadata in one SQLite file, which several handles and processes may have open at once.
///
/// Readers never wait (write-ahead log); writers wait for each other, ten seconds at most.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
}

/// Begins a transaction that will write. Taking the write lock first means to wait for it where waiting is possible:
/// a transaction that has read already and then wants to write is turned away at once if another wrote in between.
const WRITE: &str = "BEGIN IMMEDIATE";

const VERSION: &str = "SELECT version FROM t_metadata_version";

#[async_trait]
impl MetadataStore for SqliteStore {
    async fn ping(&self) -> Result<(), MetadataError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    async fn version(&self) -> Result<i64, MetadataError> {
        Ok(sqlx::query_scalar(VERSION).fetch_one(&self.pool).await?)
    }

    async fn check(&self, registration: &Registration) -> Result<Registered, MetadataError> {
        let mut snapshot = self.pool.begin().await?;
        registering::check(&mut snapshot, registration).await
    }

    async fn register(
        &self,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<Registered, MetadataError> {
        let mut transaction = self.pool.begin_with(WRITE).await?;
        let registered = registering::register(&mut transaction, registration, now).await?;
        transaction.commit().await?;
        Ok(registered)
    }

    async fn device_types(&self, page: Page) -> Result<Paged<DeviceTypeSummary>, MetadataError> {
        Ok(devices::device_types(&self.pool, page).await?)
    }

    async fn device_type(&self, code: &str) -> Result<Option<DeviceType>, MetadataError> {
        let mut snapshot = self.pool.begin().await?;
        Ok(devices::device_type(&mut snapshot, code).await?)
    }

    async fn all_device_types(&self) -> Result<Vec<DeviceType>, MetadataError> {
        Ok(devices::all_device_types(&self.pool).await?)
    }

    async fn fields(&self, device_type_id: i64) -> Result<Option<Vec<Field>>, MetadataError> {
        let mut snapshot = self.pool.begin().await?;
        Ok(devices::fields(&mut snapshot, device_type_id).await?)
    }

    async fn device(&self, code: &str) -> Result<Option<Device>, MetadataError> {
        Ok(devices::device(&self.pool, code).await?)
    }

    async fn devices(&self, filter: &DeviceFilter, page: Page) -> Result<Paged<Device>, MetadataError> {
        Ok(devices::devices(&self.pool, filter, page).await?)
    }

    async fn model(&self, code: &str) -> Result<Option<ModelConfig>, MetadataError> {
        Ok(models::model(&self.pool, code).await?)
    }

    async fn models(&self, filter: ModelFilter, page: Page) -> Result<Paged<ModelSummary>, MetadataError> {
        Ok(models::models(&self.pool, filter, page).await?)
    }

    async fn active_models(&self) -> Result<Vec<ModelConfig>, MetadataError> {
        Ok(models::active(&self.pool).await?)
    }

    async fn create_model(
        &self,
        model: &ModelDefinition,
        now: Timestamp,
    ) -> Result<ModelConfig, MetadataError> {
        let mut transaction = self.pool.begin_with(WRITE).await?;
        let created = defining::create(&mut transaction, model, now).await?;
        transaction.commit().await?;
        Ok(created)
    }

    async fn replace_model(
        &self,
        model: &ModelDefinition,
        expected: Option<i64>,
        now: Timestamp,
    ) -> Result<Option<ModelConfig>, MetadataError> {
        let mut transaction = self.pool.begin_with(WRITE).await?;
        let replaced = defining::replace(&mut transaction, model, expected, now).await?;
        transaction.commit().await?;
        Ok(replaced)
    }

    async fn delete_model(&self, code: &str) -> Result<bool, MetadataError> {
        let mut transaction = self.pool.begin_with(WRITE).await?;
        let deleted = defining::delete(&mut transaction, code).await?;
        transaction.commit().await?;
        Ok(deleted)
    }
}
