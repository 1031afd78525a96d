//! `GET /jobs/{job_id}/events`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;

use super::document::JobDocument;
use super::{job_of, missing};
use crate::ApiState;
use crate::answer::Accept;
use crate::auth::Viewer;
use crate::document::{JOBS, problem_responses};
use crate::problem::Problem;
use crate::request::ItemId;

const EVENT_STREAM: &str = "text/event-stream";

problem_responses!(EventsProblems at "/jobs/{job_id}/events":
    Unauthorized, Forbidden, NotFound, NotAcceptable, Internal, BackendUnavailable);

/// Follow a job
///
/// Server-sent events: an event `job` with the job as it is, then one for each change, up to its final state, where the
/// stream ends. Of several changes within a moment the last is told. The stream ends earlier when the server shuts
/// down; whoever asks again begins with the job as it is then.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/events",
    tag = JOBS,
    security(("bearer" = [])),
    params(("job_id" = String, Path, description = "The job.")),
    responses(
        (status = 200, description = "Events, the `data` of each a job.", content((JobDocument = "text/event-stream"))),
        EventsProblems,
    ),
)]
pub(crate) async fn events(
    State(state): State<ApiState>,
    Viewer(caller): Viewer,
    ItemId(job_id): ItemId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Accept::of(&headers)?.require("this", EVENT_STREAM)?;
    job_of(&state, &caller, &job_id).await?;
    let changes = state.jobs().watch(&job_id).await?.ok_or_else(|| missing(&job_id))?;
    let events = changes.map(|job| Event::default().event("job").json_data(JobDocument::of(&job)));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}
