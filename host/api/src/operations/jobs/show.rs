//! `GET /jobs/{job_id}`

use axum::extract::State;
use axum::response::Response;

use super::document::JobDocument;
use super::job_of;
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Viewer;
use crate::document::{JOBS, problem_responses};
use crate::problem::Problem;
use crate::request::ItemId;

problem_responses!(JobProblems at "/jobs/{job_id}":
    Unauthorized, Forbidden, NotFound, NotAcceptable, Internal, BackendUnavailable);

/// Show a job
///
/// How far it is, and at its end what came of it. A job is its owner's, and every admin's.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}",
    tag = JOBS,
    security(("bearer" = [])),
    params(("job_id" = String, Path, description = "The job.")),
    responses((status = 200, description = "The job.", body = Success<JobDocument>), JobProblems),
)]
pub(crate) async fn job(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    Viewer(caller): Viewer,
    ItemId(job_id): ItemId,
) -> Result<Response, Problem> {
    let job = job_of(&state, &caller, &job_id).await?;
    answer.success(JobDocument::of(&job))
}
