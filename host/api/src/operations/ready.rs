//! `GET /health/ready`

use std::fmt::Display;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use fettle_cache::CacheState;
use fettle_series::{DeviceKey, SeriesError, SeriesStore};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::document::{OPERATION, problem_responses};
use crate::problem::{FieldProblem, Problem};

/// A backend that takes longer to say that it is there is not.
const PATIENCE: Duration = Duration::from_secs(2);

/// Everything that requests need is there.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Always `ready`.
    #[schema(example = "ready")]
    status: &'static str,
    /// The state of each backend.
    backends: Backends,
}

/// The state of each backend.
#[derive(Serialize, ToSchema)]
#[schema(as = BackendStates)]
pub(crate) struct Backends {
    /// Models, devices and users; `ready`.
    #[schema(example = "ready")]
    metadata: &'static str,
    /// Device rows; `ready`.
    #[schema(example = "ready")]
    series: &'static str,
    /// What is kept of the metadata; `ready`, or `degraded` while Redis is configured and away. Requests are answered all
    /// the same, some of them later.
    #[schema(example = "ready")]
    cache: &'static str,
}

problem_responses!(ReadyProblems at "/health/ready": NotAcceptable, Internal, BackendUnavailable);

/// Can it take requests?
///
/// Asks each backend. With one of them away, or while the server is about to stop, the answer is 503, and `errors` has
/// an entry for each: `metadata`, `series`, `server`.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = OPERATION,
    responses((status = 200, description = "It can.", body = Success<Readiness>), ReadyProblems),
)]
pub(crate) async fn ready(State(state): State<ApiState>, answer: JsonAnswer) -> Result<Response, Problem> {
    let (metadata, series) =
        tokio::join!(ask("metadata", state.metadata().ping()), ask("series", reach(state.series())));
    let draining = state.is_draining().then(|| FieldProblem::new("server", "is about to stop"));
    let away: Vec<_> = [metadata, series, draining].into_iter().flatten().collect();
    if away.is_empty() {
        let cache = match state.cache().state() {
            CacheState::Ready => "ready",
            CacheState::Degraded => "degraded",
        };
        let backends = Backends { metadata: "ready", series: "ready", cache };
        return answer.success(Readiness { status: "ready", backends });
    }
    let states: Vec<_> =
        away.iter().map(|problem| format!("{} {}", problem.field, problem.message)).collect();
    Err(Problem::backend_unavailable(format!("not ready: {}", states.join("; "))).about(away))
}

/// Asks for a device that nobody has: a store that can be reached knows nothing of it.
async fn reach(series: &dyn SeriesStore) -> Result<(), SeriesError> {
    let nobody = DeviceKey { device_type: "readiness".to_owned(), device: "readiness".to_owned() };
    series.span(&nobody).await.map(drop)
}

/// What is wrong with the backend that `answer` comes from; the cause goes to the log.
async fn ask<E: Display>(backend: &str, answer: impl Future<Output = Result<(), E>>) -> Option<FieldProblem> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            tracing::warn!(backend, %error, "not ready");
            Some(FieldProblem::new(backend, "does not answer"))
        }
        Err(_) => Some(FieldProblem::new(backend, format!("has not answered in {} s", PATIENCE.as_secs()))),
    }
}
