//! `POST /auth/logout`

use axum::extract::State;
use axum::response::Response;
use fettle_metadata::RefreshToken;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::refresh::Presented;
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Viewer;
use crate::document::{ACCESS, problem_responses};
use crate::problem::Problem;
use crate::request::JsonBody;

/// Nothing more to say.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoggedOut {}

problem_responses!(LogoutProblems at "/auth/logout":
    BadRequest, Unauthorized, NotAcceptable, PayloadTooLarge, UnsupportedMediaType, InvalidParameter, Internal,
    BackendUnavailable, StorageFull);

/// Log out
///
/// Ends a refresh token and all that came from the same login. One that has ended before is no error. The access token
/// ends by itself, `expires_in` seconds after it was issued.
#[utoipa::path(
    post,
    path = "/auth/logout",
    tag = ACCESS,
    security(("bearer" = [])),
    request_body(content = Presented, description = "The refresh token to end."),
    responses((status = 200, description = "Logged out.", body = Success<LoggedOut>), LogoutProblems),
)]
pub(crate) async fn logout(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Viewer,
    JsonBody(presented): JsonBody<Presented>,
) -> Result<Response, Problem> {
    let token = RefreshToken::presented(presented.refresh_token);
    state.users().revoke_refresh_token(&token, Timestamp::now()).await?;
    answer.success(LoggedOut {})
}
