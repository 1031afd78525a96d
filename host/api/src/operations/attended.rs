//! Work that a client waits for, or that it is told where to look after.

use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use fettle_jobs::{JobState, Submission};

use super::jobs::document::{JobDocument, result_of};
use crate::ApiState;
use crate::answer::JsonAnswer;
use crate::document::BASE_PATH;
use crate::passage::TimeLimit;
use crate::problem::Problem;
use crate::request::{PrefersAsync, RESPOND_ASYNC};

/// Runs a job while its client waits, and answers its result. A client that leaves cancels it.
pub(super) async fn run(
    state: &ApiState,
    answer: &JsonAnswer,
    limit: &TimeLimit,
    submission: Submission,
) -> Result<Response, Problem> {
    limit.prolong(state.settings().attended_timeout);
    let job = state.jobs().run_attended(submission).await?;
    match (job.state, &job.failure) {
        (JobState::Done, _) => answer.success(result_of(&job)),
        (_, Some(failure)) => Err(Problem::of_failure(failure, &job.id)),
        _ => Err(Problem::backend_unavailable("it was cancelled; ask again")),
    }
}

/// Puts a job into the queue, and answers where to look after it.
pub(super) async fn queue(
    state: &ApiState,
    answer: &JsonAnswer,
    PrefersAsync(preferred): PrefersAsync,
    submission: Submission,
) -> Result<Response, Problem> {
    let job = state.jobs().submit(submission).await?;
    let place = format!("{BASE_PATH}/jobs/{}", job.id);
    let mut response = answer.success(JobDocument::of(&job))?;
    *response.status_mut() = StatusCode::ACCEPTED;
    let place = HeaderValue::from_str(&place).map_err(|error| Problem::internal(&error))?;
    response.headers_mut().insert(LOCATION, place);
    if preferred {
        response.headers_mut().insert("preference-applied", HeaderValue::from_static(RESPOND_ASYNC));
    }
    Ok(response)
}
