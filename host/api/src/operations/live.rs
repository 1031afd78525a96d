//! `GET /health/live`

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{JsonAnswer, Success};
use crate::document::{OPERATION, problem_responses};
use crate::problem::Problem;

/// The process answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Liveness {
    /// Always `alive`.
    #[schema(example = "alive")]
    status: &'static str,
}

problem_responses!(LiveProblems at "/health/live": NotAcceptable, Internal);

/// Is the process alive?
///
/// Looks at nothing but itself: a backend that is away is no reason to restart this process.
#[utoipa::path(
    get,
    path = "/health/live",
    tag = OPERATION,
    responses((status = 200, description = "It is.", body = Success<Liveness>), LiveProblems),
)]
pub(crate) async fn live(answer: JsonAnswer) -> Result<Response, Problem> {
    answer.success(Liveness { status: "alive" })
}
