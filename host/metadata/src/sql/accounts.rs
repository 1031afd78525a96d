//! Users and their tokens: which query answers which call.

use async_trait::async_trait;
use jiff::Timestamp;

use super::dialect::Store;
use super::{tokens, users};
use crate::{MetadataError, NewUser, PasswordHash, RefreshToken, Rotation, User, UserStore};

#[async_trait]
impl UserStore for Store {
    async fn create_user(&self, user: &NewUser, now: Timestamp) -> Result<User, MetadataError> {
        statement!(self, connection => users::create(connection, user, now))
    }

    async fn user(&self, username: &str) -> Result<Option<User>, MetadataError> {
        statement!(self, connection => users::by_name(connection, username))
    }

    async fn users(&self) -> Result<Vec<User>, MetadataError> {
        statement!(self, connection => users::all(connection))
    }

    async fn set_password(
        &self,
        username: &str,
        password_hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<Option<User>, MetadataError> {
        transaction!(self, connection => users::set_password(connection, username, password_hash, now))
    }

    async fn set_user_active(
        &self,
        username: &str,
        is_active: bool,
        now: Timestamp,
    ) -> Result<Option<User>, MetadataError> {
        transaction!(self, connection => users::set_active(connection, username, is_active, now))
    }

    async fn issue_refresh_token(
        &self,
        user: &User,
        token: &RefreshToken,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, MetadataError> {
        transaction!(self, connection => tokens::issue(connection, user, token, expires_at, now))
    }

    async fn rotate_refresh_token(
        &self,
        presented: &RefreshToken,
        next: &RefreshToken,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Rotation, MetadataError> {
        transaction!(self, connection => tokens::rotate(connection, presented, next, expires_at, now))
    }

    async fn revoke_refresh_token(
        &self,
        token: &RefreshToken,
        now: Timestamp,
    ) -> Result<bool, MetadataError> {
        transaction!(self, connection => tokens::revoke_family_of(connection, token, now))
    }
}
