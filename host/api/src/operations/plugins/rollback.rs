//! `POST /plugins/rollback`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::document::ReloadDocument;
use super::{finished, refused};
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Admin;
use crate::document::{PLUGINS, problem_responses};
use crate::passage::TimeLimit;
use crate::problem::Problem;
use crate::request::NoBody;

problem_responses!(RollbackProblems at "/plugins/rollback":
    BadRequest, Unauthorized, Forbidden, NotAcceptable, Conflict, PayloadTooLarge, UnsupportedMediaType,
    InvalidParameter, Internal, BackendUnavailable);

/// Go back to the plugins before
///
/// Puts the generation before this one in force again, as the next generation; called once more, it returns to this one.
/// It stays in force, over restarts too, until the plugins file or a plugin that it names changes, or a reload is asked
/// for. What is forbidden stays forbidden. `conflict` where there is none before.
#[utoipa::path(
    post,
    path = "/plugins/rollback",
    tag = PLUGINS,
    security(("bearer" = [])),
    responses((status = 200, description = "What has changed.", body = Success<ReloadDocument>), RollbackProblems),
)]
pub(crate) async fn rollback(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    Admin(caller): Admin,
    limit: TimeLimit,
    _nothing: NoBody,
) -> Result<Response, Problem> {
    let plugins = Arc::clone(state.plugins());
    let outcome = finished(&limit, tokio::spawn(async move { plugins.rollback().await })).await?;
    let (user, generation) = (caller.username(), outcome.generation);
    if !outcome.committed {
        tracing::warn!(user, generation, "a rollback of the plugins by request was refused");
        return Err(refused(&outcome.refusals));
    }
    tracing::info!(user, generation, changes = %outcome.changes, "plugins rolled back by request");
    answer.success(ReloadDocument::of(outcome, false))
}
