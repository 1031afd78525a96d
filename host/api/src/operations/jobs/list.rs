//! `GET /jobs`

use axum::extract::State;
use axum::response::Response;
use fettle_jobs::JobFilter;

use super::document::JobDocument;
use crate::ApiState;
use crate::answer::{JsonAnswer, PageOf, Success};
use crate::auth::Viewer;
use crate::document::{JOBS, problem_responses};
use crate::problem::Problem;
use crate::request::{PageFields, QueryFields};

problem_responses!(JobsProblems at "/jobs":
    Unauthorized, NotAcceptable, InvalidParameter, Internal, BackendUnavailable);

/// List jobs
///
/// One's own jobs, newest first; for an admin those of all users. Jobs are kept for a month after they ended.
#[utoipa::path(
    get,
    path = "/jobs",
    tag = JOBS,
    security(("bearer" = [])),
    params(PageFields),
    responses((status = 200, description = "A page of the jobs.", body = Success<PageOf<JobDocument>>), JobsProblems),
)]
pub(crate) async fn jobs(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    Viewer(caller): Viewer,
    QueryFields(page): QueryFields<PageFields>,
) -> Result<Response, Problem> {
    let filter = JobFilter { owner: (!caller.is_admin()).then(|| caller.username().to_owned()) };
    let page = page.page();
    let jobs = state.jobs().list(&filter, page).await?;
    answer.success(PageOf::of(jobs, page, |job| JobDocument::of(&job)))
}
