//! The outermost layer: every request passes it on the way in and on the way out.

mod time_limit;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::ALLOW;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fettle_observe::Metrics;
use futures::FutureExt;
use tracing::Instrument;

pub(crate) use self::time_limit::TimeLimit;
use crate::answer::{Arrival, REQUEST_ID};
use crate::problem::Problem;

/// The `endpoint` label of requests that no route matches: paths are the client's, and would be labels without end.
const UNMATCHED: &str = "unmatched";

/// What the layer needs.
#[derive(Debug, Clone)]
pub(crate) struct Passage {
    /// Where requests are counted.
    pub(crate) metrics: Arc<Metrics>,
    /// How long a request may take, unless its operation allows it longer.
    pub(crate) request_timeout: Duration,
}

/// Gives the request its id, holds it to its time, catches what panics, and writes problems as what they are; then
/// counts and logs.
pub(crate) async fn pass(State(passage): State<Passage>, mut request: Request, next: Next) -> Response {
    let arrival = Arrival::now(request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let endpoint = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());
    let endpoint = endpoint.as_deref().unwrap_or(UNMATCHED);
    request.extensions_mut().insert(arrival.clone());
    let limit = TimeLimit::new(passage.request_timeout);
    request.extensions_mut().insert(limit.clone());

    let user = tracing::field::Empty; // the caller writes it once it is known
    let span = tracing::info_span!("request", request_id = %arrival.request_id(), %method, path, user);
    async {
        let answer = answer(request, next, &limit).await;
        let mut response = write_problem(answer, &method, &path, &arrival);
        if let Ok(id) = HeaderValue::from_str(arrival.request_id().as_str()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        let (status, took) = (response.status().as_u16(), arrival.elapsed());
        passage.metrics.request_answered(method.as_str(), endpoint, status, took);
        tracing::info!(status, took_us = took.as_micros(), "answered");
        response
    }
    .instrument(span)
    .await
}

/// The operation's own answer, or the problem that kept it from giving one.
async fn answer(request: Request, next: Next, limit: &TimeLimit) -> Response {
    let operation = AssertUnwindSafe(next.run(request)).catch_unwind();
    tokio::select! {
        answer = operation => match answer {
            Ok(response) => response,
            Err(panic) => Problem::internal_because(format!("panicked: {}", said(&*panic))).into_response(),
        },
        passed = limit.passed() => {
            let detail = format!("the request took longer than {} s and was given up", passed.as_secs_f64());
            Problem::backend_unavailable(detail).into_response()
        }
    }
}

/// Every error leaves as a problem: those that an operation answered, and those of the router itself.
fn write_problem(mut response: Response, method: &Method, path: &str, arrival: &Arrival) -> Response {
    let status = response.status();
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return problem.render(path, arrival);
    }
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = match status {
        StatusCode::NOT_FOUND => {
            Problem::not_found("there is nothing at this path; /api/v2/docs lists what there is")
        }
        StatusCode::METHOD_NOT_ALLOWED => Problem::method_not_allowed(format!(
            "{method} is not possible here; the Allow header says what is"
        )),
        other => Problem::internal_because(format!("an answer of status {other} without a problem")),
    };
    let mut written = problem.render(path, arrival);
    if let Some(allow) = response.headers_mut().remove(ALLOW) {
        written.headers_mut().insert(ALLOW, allow);
    }
    written
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    async fn panics() {
        panic!("the vase fell");
    }

    async fn never_ends() {
        std::future::pending::<()>().await;
    }

    async fn takes_its_time(limit: TimeLimit) -> &'static str {
        limit.prolong(Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(60)).await;
        "{}"
    }

    async fn get_answer(path: &str) -> (Response, Value, Arc<Metrics>) {
        let metrics = Arc::new(Metrics::new());
        let passage = Passage { metrics: Arc::clone(&metrics), request_timeout: Duration::from_millis(20) };
        let router = Router::new()
            .route("/panics", get(panics))
            .route("/never-ends", get(never_ends))
            .route("/takes-its-time", get(takes_its_time))
            .layer(from_fn_with_state(passage, pass));
        let response = router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let json = serde_json::from_slice(&body).unwrap();
        (Response::from_parts(head, body.into()), json, metrics)
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error_that_says_nothing() {
        let (response, problem, metrics) = get_answer("/panics").await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(problem["code"], "internal");
        assert_eq!(problem["request_id"], response.headers()[REQUEST_ID].to_str().unwrap());
        assert!(!problem.to_string().contains("vase"), "{problem}");
        assert!(
            metrics
                .render()
                .contains(r#"http_requests_total{endpoint="/panics",method="GET",status="500"} 1"#)
        );
    }

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_given_up() {
        let (response, problem, _) = get_answer("/never-ends").await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(problem["code"], "backend_unavailable");
    }

    #[tokio::test]
    async fn paths_without_a_route_share_one_label() {
        let (response, problem, metrics) = get_answer("/what/ever").await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(problem["instance"], "/what/ever");
        let text = metrics.render();
        assert!(text.contains(r#"endpoint="unmatched""#) && !text.contains("/what/ever"), "{text}");
    }

    #[tokio::test]
    async fn an_operation_can_allow_itself_longer() {
        let (response, _, _) = get_answer("/takes-its-time").await;
        assert_eq!(response.status(), StatusCode::OK);
    }
}
