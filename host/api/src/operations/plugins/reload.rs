//! `POST /plugins/reload`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use fettle_steps::Trigger;

use super::document::ReloadDocument;
use super::{finished, refused};
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Admin;
use crate::document::{PLUGINS, problem_responses};
use crate::passage::TimeLimit;
use crate::problem::Problem;
use crate::request::{Fields, NoBody, QueryFields, ReadFields};

/// How plugins are reloaded.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReloadFields {
    /// Say what a reload would do, and do nothing.
    #[param(value_type = Option<bool>, default = false)]
    dry_run: bool,
}

problem_responses!(ReloadProblems at "/plugins/reload":
    BadRequest, Unauthorized, Forbidden, NotAcceptable, Conflict, PayloadTooLarge, UnsupportedMediaType,
    InvalidParameter, Internal, BackendUnavailable);

/// Reload the plugins
///
/// Reads the plugins file again and loads what it says, all of it or nothing: where anything is refused, the answer is
/// `conflict` with all that is wrong, and what was loaded goes on serving. Requests in flight end with the plugins that
/// they began with. With `dry_run` everything is tried, and nothing changes.
#[utoipa::path(
    post,
    path = "/plugins/reload",
    tag = PLUGINS,
    security(("bearer" = [])),
    params(ReloadFields),
    responses((status = 200, description = "What has changed.", body = Success<ReloadDocument>), ReloadProblems),
)]
pub(crate) async fn reload(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    Admin(caller): Admin,
    QueryFields(ReloadFields { dry_run }): QueryFields<ReloadFields>,
    limit: TimeLimit,
    _nothing: NoBody,
) -> Result<Response, Problem> {
    let plugins = Arc::clone(state.plugins());
    let reload = tokio::spawn(async move {
        if dry_run { plugins.dry_run().await } else { plugins.reload(Trigger::Request).await }
    });
    let outcome = finished(&limit, reload).await?;
    let (user, generation) = (caller.username(), outcome.generation);
    if dry_run {
        let refusals = outcome.refusals.len();
        tracing::info!(user, generation, refusals, "a reload of the plugins was tried out by request");
    } else if outcome.committed {
        tracing::info!(user, generation, changes = %outcome.changes, "plugins reloaded by request");
    } else {
        tracing::warn!(user, generation, "a reload of the plugins by request was refused");
        return Err(refused(&outcome.refusals));
    }
    answer.success(ReloadDocument::of(outcome, dry_run))
}

impl ReadFields for ReloadFields {
    fn read(fields: &mut Fields) -> Self {
        Self { dry_run: fields.optional_flag("dry_run") }
    }
}
