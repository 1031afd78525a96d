//! What every metadata store does.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    Device, DeviceType, MetadataError, ModelConfig, ModelFilter, ModelSummary, NewUser, PasswordHash,
    RefreshToken, Registered, Registration, Rotation, User,
};

/// Where models, fields, devices and users are kept.
///
/// Used as `Arc<dyn MetadataStore>`. Each call is atomic: it happened as a whole, or it failed and nothing of it
/// happened. Time is passed in as `now`, kept to the microsecond, and never taken inside.
#[async_trait]
pub trait MetadataStore: std::fmt::Debug + Send + Sync {
    /// Whether the store answers.
    async fn ping(&self) -> Result<(), MetadataError>;

    /// What [`register`](Self::register) would add; writes nothing. Fails wherever `register` would.
    async fn check(&self, registration: &Registration) -> Result<Registered, MetadataError>;

    /// Creates whatever of `registration` is missing, in one transaction.
    async fn register(
        &self,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<Registered, MetadataError>;

    /// A device type with its fields, in the order in which they were registered.
    async fn device_type(&self, code: &str) -> Result<Option<DeviceType>, MetadataError>;

    /// A device.
    async fn device(&self, code: &str) -> Result<Option<Device>, MetadataError>;

    /// All devices, by code.
    async fn devices(&self) -> Result<Vec<Device>, MetadataError>;

    /// A model with its fields resolved, whether it is active or not.
    async fn model(&self, code: &str) -> Result<Option<ModelConfig>, MetadataError>;

    /// The models that `filter` lets through, by code.
    async fn models(&self, filter: ModelFilter) -> Result<Vec<ModelSummary>, MetadataError>;

    /// Adds an active user. [`Conflict::UserExists`](crate::Conflict::UserExists) where the name is taken.
    async fn create_user(&self, user: &NewUser, now: Timestamp) -> Result<User, MetadataError>;

    /// A user, whether active or not.
    async fn user(&self, username: &str) -> Result<Option<User>, MetadataError>;

    /// All users, by name.
    async fn users(&self) -> Result<Vec<User>, MetadataError>;

    /// Replaces a user's password and revokes all their refresh tokens. Answers the changed user.
    async fn set_password(
        &self,
        username: &str,
        password_hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<Option<User>, MetadataError>;

    /// Enables or disables a user; disabling revokes all their refresh tokens. Answers the changed user.
    async fn set_user_active(
        &self,
        username: &str,
        is_active: bool,
        now: Timestamp,
    ) -> Result<Option<User>, MetadataError>;

    /// Remembers a token that starts a new family, and forgets all tokens that have expired.
    ///
    /// `user` is the user as the password was checked against. `false`, and no token, where the user has been disabled
    /// or has got another password since.
    async fn issue_refresh_token(
        &self,
        user: &User,
        token: &RefreshToken,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, MetadataError>;

    /// Trades `presented` for `next`, once. Presenting a used or revoked token revokes its whole family: either its
    /// owner or a thief holds a copy, and nobody can tell which.
    async fn rotate_refresh_token(
        &self,
        presented: &RefreshToken,
        next: &RefreshToken,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Rotation, MetadataError>;

    /// Revokes a token's whole family. `false` where the token is unknown.
    async fn revoke_refresh_token(&self, token: &RefreshToken, now: Timestamp)
    -> Result<bool, MetadataError>;
}
