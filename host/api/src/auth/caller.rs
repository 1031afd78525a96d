//! The caller as a handler's argument: asking for an `Analyst` is what lets nobody else in.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use fettle_metadata::Role;
use jiff::Timestamp;

use crate::ApiState;
use crate::problem::Problem;

/// Somebody with a valid access token.
#[derive(Debug)]
pub(crate) struct Caller {
    username: String,
    /// At this moment, whatever it was when the token was issued.
    role: Role,
}

/// A caller who may read.
#[derive(Debug)]
pub(crate) struct Viewer(pub(crate) Caller);

/// A caller who may extract, build and import as well.
#[derive(Debug)]
pub(crate) struct Analyst(pub(crate) Caller);

/// A caller who may do everything.
#[derive(Debug)]
pub(crate) struct Admin(pub(crate) Caller);

impl Caller {
    /// Their name.
    pub(crate) fn username(&self) -> &str {
        &self.username
    }

    /// Whether they may do with others' things as with their own.
    pub(crate) fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// Refuses callers who may not do with `what`, which is `owner`'s, as with their own.
    pub(crate) fn require_own(&self, owner: &str, what: &str) -> Result<(), Problem> {
        if self.is_admin() || self.username == owner {
            return Ok(());
        }
        let detail = format!("{what} is {owner}'s; this takes {owner} or the role {}", Role::Admin);
        Err(Problem::forbidden(detail))
    }

    fn require(self, role: Role) -> Result<Self, Problem> {
        if self.role >= role {
            return Ok(self);
        }
        let detail = format!("this takes the role {role}; {} has the role {}", self.username, self.role);
        Err(Problem::forbidden(detail))
    }

    async fn of(parts: &Parts, state: &ApiState) -> Result<Self, Problem> {
        let token = bearer(&parts.headers)
            .ok_or_else(|| Problem::unauthorized("this takes `Authorization: Bearer` and an access token"))?;
        let claims = state.access_tokens().check(token, Timestamp::now())?;
        let account = state.accounts().find(&claims.sub).await?;
        match account {
            Some(account) if account.is_active && account.password_version == claims.pwv => {
                tracing::Span::current().record("user", &claims.sub);
                Ok(Self { username: claims.sub, role: account.role })
            }
            _ => Err(Problem::unauthorized("the access token has been revoked; log in again")),
        }
    }
}

impl FromRequestParts<ApiState> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        Caller::of(parts, state).await?.require(Role::Viewer).map(Self)
    }
}

impl FromRequestParts<ApiState> for Analyst {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        Caller::of(parts, state).await?.require(Role::Analyst).map(Self)
    }
}

impl FromRequestParts<ApiState> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        Caller::of(parts, state).await?.require(Role::Admin).map(Self)
    }
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
