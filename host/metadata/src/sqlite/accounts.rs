//! Users and their tokens.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{SqliteStore, WRITE, tokens, users};
use crate::{MetadataError, NewUser, PasswordHash, RefreshToken, Rotation, User, UserStore};

#[async_trait]
impl UserStore for SqliteStore {
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
