//! A metadata store that logs users in, and has gone away for all else.

use std::sync::Arc;

use async_trait::async_trait;
use fettle_metadata::{
    Device, DeviceType, MetadataError, MetadataStore, ModelConfig, ModelFilter, ModelSummary, NewUser,
    PasswordHash, RefreshToken, Registered, Registration, Rotation, User,
};
use jiff::Timestamp;

/// Logs users in and answers nothing else.
#[derive(Debug)]
pub struct Away(pub Arc<dyn MetadataStore>);

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
            async fn user(&self, username: &str) -> Result<Option<User>, MetadataError> {
                self.0.user(username).await
            }

            async fn issue_refresh_token(
                &self,
                user: &User,
                token: &RefreshToken,
                expires_at: Timestamp,
                now: Timestamp,
            ) -> Result<bool, MetadataError> {
                self.0.issue_refresh_token(user, token, expires_at, now).await
            }

            $(async fn $name(&self, $(_: $argument),*) -> Result<$answer, MetadataError> {
                away()
            })+
        }
    };
}

unanswered! {
    ping() -> ();
    check(&Registration) -> Registered;
    register(&Registration, Timestamp) -> Registered;
    device_type(&str) -> Option<DeviceType>;
    device(&str) -> Option<Device>;
    devices() -> Vec<Device>;
    model(&str) -> Option<ModelConfig>;
    models(ModelFilter) -> Vec<ModelSummary>;
    create_user(&NewUser, Timestamp) -> User;
    users() -> Vec<User>;
    set_password(&str, &PasswordHash, Timestamp) -> Option<User>;
    set_user_active(&str, bool, Timestamp) -> Option<User>;
    rotate_refresh_token(&RefreshToken, &RefreshToken, Timestamp, Timestamp) -> Rotation;
    revoke_refresh_token(&RefreshToken, Timestamp) -> bool;
}
