//! `POST /auth/login`

use std::time::Instant;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use fettle_metadata::{RefreshToken, User};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::{Address, Attempt};
use crate::document::{ACCESS, problem_responses};
use crate::problem::Problem;
use crate::request::{Fields, JsonBody, ReadFields};

/// Who logs in.
#[derive(ToSchema)]
pub(crate) struct Login {
    /// The user's name.
    #[schema(example = "test_user")]
    username: String,
    /// The user's password.
    #[schema(example = "test_pass", format = Password)]
    password: String,
}

impl ReadFields for Login {
    fn read(fields: &mut Fields) -> Self {
        Self { username: fields.required_name("username"), password: fields.required_secret("password") }
    }
}

/// What a logged-in client holds.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tokens {
    /// Goes into `Authorization: Bearer` of every request.
    #[schema(example = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.…")]
    access_token: String,
    /// Trades once, at `POST /auth/refresh`, for the next pair of tokens.
    #[schema(example = "3c4f0c1e…")]
    refresh_token: String,
    /// Always `bearer`.
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Seconds that the access token is valid from now on.
    #[schema(example = 1800)]
    expires_in: u64,
}

problem_responses!(LoginProblems at "/auth/login":
    BadRequest, Unauthorized, NotAcceptable, PayloadTooLarge, UnsupportedMediaType, InvalidParameter, TooManyRequests,
    Internal, BackendUnavailable, StorageFull);

/// Log in
///
/// Answers with an access token, and a refresh token that keeps the client logged in. Failed logins are limited by
/// user name and address; successful ones are not.
#[utoipa::path(
    post,
    path = "/auth/login",
    tag = ACCESS,
    request_body(content = Login, description = "Name and password."),
    responses((status = 200, description = "Logged in.", body = Success<Tokens>), LoginProblems),
)]
pub(crate) async fn login(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    Address(address): Address,
    JsonBody(login): JsonBody<Login>,
) -> Result<Response, Problem> {
    let attempt = Attempt::new(&login.username, address);
    let user = match check_password(&state, attempt, login).await? {
        Some(user) => user,
        None => {
            state.failed_logins().failed(attempt, Instant::now());
            return Err(Problem::unauthorized("the user name or the password is wrong"));
        }
    };
    let now = Timestamp::now();
    let refresh_token = RefreshToken::random().map_err(|error| Problem::internal(&error))?;
    let expires_at = refresh_expiry(&state, now)?;
    if !state.users().issue_refresh_token(&user, &refresh_token, expires_at, now).await? {
        return Err(Problem::unauthorized("the user has been disabled or got another password just now"));
    }
    answer_tokens(&state, &answer, &user, &refresh_token, now)
}

/// The active user whose name and password these are; `None` if there is none, at the same price.
async fn check_password(state: &ApiState, attempt: Attempt, login: Login) -> Result<Option<User>, Problem> {
    refuse_too_many(state, attempt)?;
    let seat = state.passwords().seat().await?;
    // Once more: others of the same attempt may have failed while this one waited for its seat.
    refuse_too_many(state, attempt)?;
    let user = state.users().user(&login.username).await?;
    let matches = seat.verify(user.as_ref().map(|user| &user.password_hash), login.password).await?;
    Ok(user.filter(|user| matches && user.is_active))
}

fn refuse_too_many(state: &ApiState, attempt: Attempt) -> Result<(), Problem> {
    match state.failed_logins().wait(attempt, Instant::now()) {
        None => Ok(()),
        Some(wait) => {
            Err(Problem::too_many_requests("too many failed logins; Retry-After says how long to wait", wait))
        }
    }
}

/// When a refresh token that is issued now ends.
pub(super) fn refresh_expiry(state: &ApiState, now: Timestamp) -> Result<Timestamp, Problem> {
    now.checked_add(state.settings().refresh_token_lifetime).map_err(|error| Problem::internal(&error))
}

/// A pair of tokens, which no cache may keep.
pub(super) fn answer_tokens(
    state: &ApiState,
    answer: &JsonAnswer,
    user: &User,
    refresh_token: &RefreshToken,
    now: Timestamp,
) -> Result<Response, Problem> {
    let access_tokens = state.access_tokens();
    let mut response = answer.success(Tokens {
        access_token: access_tokens.issue(user, now)?,
        refresh_token: refresh_token.as_str().to_owned(),
        token_type: "bearer",
        expires_in: access_tokens.lifetime().as_secs(),
    })?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::assert_reads_what_is_documented;

    #[test]
    fn the_fields_that_are_read_are_the_fields_that_are_documented() {
        assert_reads_what_is_documented::<Login>(&[]);
    }
}
