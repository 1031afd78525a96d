//! `GET /metrics`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use fettle_observe::CONTENT_TYPE as PROMETHEUS_TEXT;
use sha2::{Digest, Sha256};

use crate::ApiState;
use crate::auth::bearer;
use crate::document::{OPERATION, problem_responses};
use crate::problem::Problem;

problem_responses!(MetricsProblems at "/metrics": Unauthorized, Internal);

/// Metrics for Prometheus
///
/// Where the operator has set `metrics_token_file`, its content must come as `Authorization: Bearer`.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = OPERATION,
    responses(
        (status = 200, description = "All metrics in the Prometheus text format.", body = String,
            content_type = "text/plain"),
        MetricsProblems,
    ),
)]
pub(crate) async fn metrics(State(state): State<ApiState>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(expected) = &state.settings().metrics_token {
        let presented = bearer(&headers).unwrap_or_default();
        // Digests are compared, so that the time it takes tells nothing about the token.
        if Sha256::digest(presented) != Sha256::digest(expected) {
            return Err(Problem::unauthorized("this takes `Authorization: Bearer` and the metrics token"));
        }
    }
    Ok(([(CONTENT_TYPE, PROMETHEUS_TEXT)], state.metrics().render()).into_response())
}
