//! What every store of users does.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{MetadataError, NewUser, PasswordHash, RefreshToken, Rotation, User};

/// Where users and their refresh tokens are kept.
///
/// Used as `Arc<dyn UserStore>`. Each call is atomic. Time is passed in as `now`, kept to the microsecond, and never
/// taken inside.
#[async_trait]
pub trait UserStore: std::fmt::Debug + Send + Sync {
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
