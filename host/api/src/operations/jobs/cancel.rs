//! `DELETE /jobs/{job_id}`

use axum::extract::State;
use axum::response::Response;

use super::document::JobDocument;
use super::{job_of, missing};
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Analyst;
use crate::document::{JOBS, problem_responses};
use crate::problem::Problem;
use crate::request::ItemId;

problem_responses!(CancelProblems at "/jobs/{job_id}":
    Unauthorized, Forbidden, NotFound, NotAcceptable, Internal, BackendUnavailable, StorageFull);

/// Cancel a job
///
/// A queued job is cancelled at once, a running one within moments, and leaves nothing behind. One that has ended stays
/// as it is. A job is its owner's to cancel, and every admin's.
#[utoipa::path(
    delete,
    path = "/jobs/{job_id}",
    tag = JOBS,
    security(("bearer" = [])),
    params(("job_id" = String, Path, description = "The job.")),
    responses((status = 200, description = "The job as it is now.", body = Success<JobDocument>), CancelProblems),
)]
pub(crate) async fn cancel(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    Analyst(caller): Analyst,
    ItemId(job_id): ItemId,
) -> Result<Response, Problem> {
    job_of(&state, &caller, &job_id).await?;
    let job = state.jobs().cancel(&job_id).await?.ok_or_else(|| missing(&job_id))?;
    answer.success(JobDocument::of(&job))
}
