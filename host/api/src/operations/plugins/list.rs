//! `GET /plugins`

use axum::extract::State;
use axum::response::Response;

use super::document::PluginList;
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Viewer;
use crate::document::{PLUGINS, problem_responses};
use crate::problem::Problem;

problem_responses!(ListProblems at "/plugins":
    Unauthorized, Forbidden, NotAcceptable, Internal, BackendUnavailable);

/// List the plugins
///
/// What is loaded, since when, and why something is not.
#[utoipa::path(
    get,
    path = "/plugins",
    tag = PLUGINS,
    security(("bearer" = [])),
    responses((status = 200, description = "The plugins.", body = Success<PluginList>), ListProblems),
)]
pub(crate) async fn plugins(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Viewer,
) -> Result<Response, Problem> {
    let plugins = state.plugins();
    let (generation, failure) = (plugins.current().generation(), plugins.failure());
    answer.success(PluginList::of(&generation, failure.as_deref()))
}
