//! `POST /auth/refresh`

use axum::extract::State;
use axum::response::Response;
use fettle_metadata::{RefreshToken, Rotation};
use jiff::Timestamp;
use utoipa::ToSchema;

use super::login::{Tokens, answer_tokens, refresh_expiry};
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::document::{ACCESS, problem_responses};
use crate::problem::Problem;
use crate::request::{Fields, JsonBody, ReadFields};

/// A refresh token, presented.
#[derive(ToSchema)]
pub(crate) struct Presented {
    /// The newest refresh token that the client was given.
    #[schema(example = "3c4f0c1e…")]
    pub(super) refresh_token: String,
}

impl ReadFields for Presented {
    fn read(fields: &mut Fields) -> Self {
        Self { refresh_token: fields.required_secret("refresh_token") }
    }
}

problem_responses!(RefreshProblems at "/auth/refresh":
    BadRequest, Unauthorized, NotAcceptable, PayloadTooLarge, UnsupportedMediaType, InvalidParameter, Internal,
    BackendUnavailable, StorageFull);

/// Stay logged in
///
/// Trades a refresh token for a new pair of tokens, once. A token that is presented a second time has been copied by
/// somebody: it, and all that came from the same login, end.
#[utoipa::path(
    post,
    path = "/auth/refresh",
    tag = ACCESS,
    request_body(content = Presented, description = "The refresh token."),
    responses((status = 200, description = "A new pair of tokens.", body = Success<Tokens>), RefreshProblems),
)]
pub(crate) async fn refresh(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    JsonBody(presented): JsonBody<Presented>,
) -> Result<Response, Problem> {
    let now = Timestamp::now();
    let presented = RefreshToken::presented(presented.refresh_token);
    let next = RefreshToken::random().map_err(|error| Problem::internal(&error))?;
    let expires_at = refresh_expiry(&state, now)?;
    match state.users().rotate_refresh_token(&presented, &next, expires_at, now).await? {
        Rotation::Rotated(user) => answer_tokens(&state, &answer, &user, &next, now),
        refused => {
            tracing::info!(?refused, "refresh token refused");
            Err(Problem::unauthorized("the refresh token is not valid any more; log in again"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::assert_reads_what_is_documented;

    #[test]
    fn the_fields_that_are_read_are_the_fields_that_are_documented() {
        assert_reads_what_is_documented::<Presented>(&[]);
    }
}
