//! A problem as it is written.

use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Code, FieldProblem, Problem};
use crate::answer::Arrival;
use crate::excerpt::excerpt;

/// The media type of a problem.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// So many wrong fields are told one by one; the last entry then says how many more there are.
const MOST_FIELDS: usize = 100;

/// Longest detail or message, and longest name of a field, in characters. What stands in them may come from a request
/// or a plugin, and an answer must not take on the size of either.
const LONGEST_TEXT: usize = 1000;
const LONGEST_FIELD: usize = 200;

/// Every error: RFC 9457's members, and those that a client of the success envelope reads.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Always false.
    #[schema(example = false)]
    success: bool,
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:fettle:problem:invalid_parameter")]
    kind: String,
    /// A few words for people, the same for every occurrence.
    #[schema(example = "Invalid parameter")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What is wrong this time, for people.
    #[schema(example = "overlap: must be at least 0 and less than 1")]
    detail: String,
    /// The path that was asked for.
    #[schema(example = "/api/v2/ai/features/extract")]
    instance: String,
    /// Which error it is, for programs.
    #[schema(value_type = String, example = "invalid_parameter")]
    code: Code,
    /// All fields that are wrong; empty where the problem is not about fields.
    errors: Vec<FieldProblem>,
    /// Milliseconds that the server spent on the request.
    #[schema(example = 1)]
    execution_time: u64,
    /// Under which the log has this request.
    #[schema(example = "5b0c2f9a6c1d4f0e8a7b3c2d1e0f9a8b")]
    request_id: String,
}

impl ProblemDocument {
    pub(super) fn of(problem: Problem, path: &str, arrival: &Arrival) -> Self {
        let Problem { code, detail, errors, .. } = problem;
        Self {
            success: false,
            kind: code.uri(),
            title: code.title(),
            status: code.status().as_u16(),
            detail: excerpt(&detail, LONGEST_TEXT),
            instance: path.to_owned(),
            code,
            errors: told(&errors),
            execution_time: milliseconds(arrival.elapsed()),
            request_id: arrival.request_id().to_string(),
        }
    }

    /// What an occurrence of `code` looks like, for the API document.
    pub(crate) fn example(code: Code, path: &str) -> Self {
        let errors = match code {
            Code::InvalidParameter => {
                vec![FieldProblem::new("overlap", "must be at least 0 and less than 1")]
            }
            Code::NotFound => vec![FieldProblem::new("model_code", code.example_detail())],
            _ => Vec::new(),
        };
        Self {
            success: false,
            kind: code.uri(),
            title: code.title(),
            status: code.status().as_u16(),
            detail: code.example_detail().to_owned(),
            instance: path.to_owned(),
            code,
            errors,
            execution_time: 1,
            request_id: "5b0c2f9a6c1d4f0e8a7b3c2d1e0f9a8b".to_owned(),
        }
    }
}

fn told(errors: &[FieldProblem]) -> Vec<FieldProblem> {
    let entry = |error: &FieldProblem| {
        FieldProblem::new(excerpt(&error.field, LONGEST_FIELD), excerpt(&error.message, LONGEST_TEXT))
    };
    let mut told: Vec<FieldProblem> = errors.iter().take(MOST_FIELDS).map(entry).collect();
    if errors.len() > MOST_FIELDS {
        let more = errors.len() - MOST_FIELDS;
        told.push(FieldProblem::new("…", format!("{more} more fields cannot be taken")));
    }
    told
}

fn milliseconds(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn respond(document: &ProblemDocument, retry_after: Option<Duration>) -> Response {
    let code = document.code;
    let body = serde_json::to_vec(document).expect("a problem is plain strings and numbers");
    let mut response = (code.status(), body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    if code.status() == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(wait) = retry_after {
        // Rounded up: a client that comes back a moment early is refused again.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;

    #[test]
    fn what_requests_and_plugins_wrote_is_told_in_part() {
        let errors =
            (0..5_000).map(|n| FieldProblem::new(format!("{n}{}", "f".repeat(9_000)), "m".repeat(9_000)));
        let problem = Problem::invalid_parameter(errors.collect());
        let document = ProblemDocument::of(problem, "/", &Arrival::now(&HeaderMap::new()));
        assert_eq!(document.detail, "5000 fields of the request cannot be taken");
        assert_eq!(document.errors.len(), MOST_FIELDS + 1);
        assert_eq!(document.errors[MOST_FIELDS], FieldProblem::new("…", "4900 more fields cannot be taken"));
        assert_eq!(document.errors[7].field.chars().count(), LONGEST_FIELD + 1);
        assert_eq!(document.errors[7].message.chars().count(), LONGEST_TEXT + 1);
        let problem = Problem::step_failed("no! ".repeat(100_000));
        let document = ProblemDocument::of(problem, "/", &Arrival::now(&HeaderMap::new()));
        assert_eq!(document.detail.chars().count(), LONGEST_TEXT + 1);
    }
}
