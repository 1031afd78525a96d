//! The store over one SQLite file. All SQL of it stands in this folder and in `migrations/sqlite`.

mod datasets;
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
    Device, DeviceType, MetadataError, MetadataStore, ModelConfig, ModelFilter, ModelSummary, NewUser,
    PasswordHash, RefreshToken, Registered, Registration, Rotation, User,
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

#[async_trait]
impl MetadataStore for SqliteStore {
    async fn ping(&self) -> Result<(), MetadataError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
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

    async fn device_type(&self, code: &str) -> Result<Option<DeviceType>, MetadataError> {
        let mut snapshot = self.pool.begin().await?;
        Ok(devices::device_type(&mut snapshot, code).await?)
    }

    async fn device(&self, code: &str) -> Result<Option<Device>, MetadataError> {
        Ok(devices::device(&self.pool, code).await?)
    }

    async fn devices(&self) -> Result<Vec<Device>, MetadataError> {
        Ok(devices::devices(&self.pool).await?)
    }

    async fn model(&self, code: &str) -> Result<Option<ModelConfig>, MetadataError> {
        Ok(models::model(&self.pool, code).await?)
    }

    async fn models(&self, filter: ModelFilter) -> Result<Vec<ModelSummary>, MetadataError> {
        Ok(models::models(&self.pool, filter).await?)
    }

    async fn create_user(&self, user: &NewUser, now: Timestamp) -> Result<User, MetadataError> {
        users::create(&self.pool, user, now).await
    }

    async fn user(&self, username: &str) -> Result<Option<User>, MetadataError> {
        Ok(users::by_name(&self.pool, username).await?)
    }

    async fn users(&self) -> Result<Vec<User>, MetadataError> {
        Ok(users::all(&self.pool).await?)
    }

    async fn set_password(
        &self,
        username: &str,
        password_hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<Option<User>, MetadataError> {
        let mut transaction = self.pool.begin_with(WRITE).await?;
        let user = users::set_password(&mut transaction, username, password_hash, now).await?;
        if let Some(user) = &user {
            tokens::revoke_all(&mut transaction, user.id, now).await?;
        }
        transaction.commit().await?;
        Ok(user)
    }

    async fn set_user_active(
        &self,
        username: &str,
        is_active: bool,
        now: Timestamp,
    ) -> Result<Option<User>, MetadataError> {
        let mut transaction = self.pool.begin_with(WRITE).await?;
        let user = users::set_active(&mut transaction, username, is_active, now).await?;
        if let Some(user) = user.as_ref().filter(|user| !user.is_active) {
            tokens::revoke_all(&mut transaction, user.id, now).await?;
        }
        transaction.commit().await?;
        Ok(user)
    }

    async fn issue_refresh_token(
        &self,
        user: &User,
        token: &RefreshToken,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, MetadataError> {
        let mut transaction = self.pool.begin_with(WRITE).await?;
        tokens::forget_expired(&mut transaction, now).await?;
        let issued = tokens::issue(&mut transaction, user, token, expires_at, now).await?;
        transaction.commit().await?;
        Ok(issued)
    }

    async fn rotate_refresh_token(
        &self,
        presented: &RefreshToken,
        next: &RefreshToken,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Rotation, MetadataError> {
        let mut transaction = self.pool.begin_with(WRITE).await?;
        let rotation = tokens::rotate(&mut transaction, presented, next, expires_at, now).await?;
        transaction.commit().await?;
        Ok(rotation)
    }

    async fn revoke_refresh_token(
        &self,
        token: &RefreshToken,
        now: Timestamp,
    ) -> Result<bool, MetadataError> {
        let mut transaction = self.pool.begin_with(WRITE).await?;
        let known = tokens::revoke_family_of(&mut transaction, token, now).await?;
        transaction.commit().await?;
        Ok(known)
    }
}
