//! Errors as clients see them: `application/problem+json` (RFC 9457).

mod cause;
mod code;
mod dataset;
mod document;
mod job;
mod metadata;

use std::error::Error;
use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_RANGE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

pub use self::code::Code;
pub(crate) use self::document::PROBLEM_JSON;
pub use self::document::ProblemDocument;
pub(crate) use self::job::field_problems;
use crate::answer::Arrival;

/// Why a request was refused or failed.
///
/// A handler returns it; the outermost layer (`passage`) knows the request and writes the answer.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: String,
    errors: Vec<FieldProblem>,
    /// How long a client should wait before it tries again.
    retry_after: Option<Duration>,
    /// How many bytes there are, where a range of others was asked for.
    complete_length: Option<u64>,
    /// What went wrong inside: for the log, never for the client.
    cause: Option<String>,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field as the request names it; parts of a field as `outlier_params.threshold` or `features[1].method`.
    #[schema(example = "overlap")]
    pub field: String,
    /// What is wrong with it and what would be right.
    #[schema(example = "must be at least 0 and less than 1")]
    pub message: String,
}

impl FieldProblem {
    /// `message` about `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl Problem {
    /// 400: the body is no JSON.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, detail)
    }

    /// 401: nobody, or somebody who cannot prove it.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(Code::Unauthorized, detail)
    }

    /// 403: somebody who may not.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, detail)
    }

    /// 404: `detail` says what does not exist.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Code::NotFound, detail)
    }

    /// 405: the path exists, for other methods.
    pub fn method_not_allowed(detail: impl Into<String>) -> Self {
        Self::new(Code::MethodNotAllowed, detail)
    }

    /// 406: the answer has no form that the client accepts.
    pub fn not_acceptable(detail: impl Into<String>) -> Self {
        Self::new(Code::NotAcceptable, detail)
    }

    /// 409: it contradicts what is stored.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(Code::Conflict, detail)
    }

    /// 413: more than this server takes at once.
    pub fn payload_too_large(detail: impl Into<String>) -> Self {
        Self::new(Code::PayloadTooLarge, detail)
    }

    /// 415: a body of another kind than is read here.
    pub fn unsupported_media_type(detail: impl Into<String>) -> Self {
        Self::new(Code::UnsupportedMediaType, detail)
    }

    /// 416: none of the bytes that were asked for are among the `length` that there are.
    pub fn range_not_satisfiable(length: u64) -> Self {
        let detail =
            format!("there are {length} bytes, and none of those that were asked for are among them");
        Self { complete_length: Some(length), ..Self::new(Code::RangeNotSatisfiable, detail) }
    }

    /// 422: all fields that cannot be taken, at once.
    pub fn invalid_parameter(errors: Vec<FieldProblem>) -> Self {
        let detail = match errors.as_slice() {
            [only] => format!("{}: {}", only.field, only.message),
            _ => format!("{} fields of the request cannot be taken", errors.len()),
        };
        Self { errors, ..Self::new(Code::InvalidParameter, detail) }
    }

    /// 422: the rows do not suffice for what was asked.
    pub fn insufficient_data(detail: impl Into<String>) -> Self {
        Self::new(Code::InsufficientData, detail)
    }

    /// 422: a step itself answered that it cannot.
    pub fn step_failed(detail: impl Into<String>) -> Self {
        Self::new(Code::StepFailed, detail)
    }

    /// 429: too much of something; it may be tried again after `wait`.
    pub fn too_many_requests(detail: impl Into<String>, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..Self::new(Code::TooManyRequests, detail) }
    }

    /// 500: a mistake of ours. The client learns nothing but the request id.
    pub fn internal(cause: &(dyn Error + 'static)) -> Self {
        Self::internal_because(cause::chain(cause))
    }

    /// As [`internal`](Self::internal), where the cause is only a text.
    pub fn internal_because(cause: String) -> Self {
        let detail = "something went wrong inside; the log has it under the request id";
        Self { cause: Some(cause), ..Self::new(Code::Internal, detail) }
    }

    /// 502: a plugin trapped, went over a limit or answered something invalid.
    pub fn plugin_fault(detail: impl Into<String>) -> Self {
        Self::new(Code::PluginFault, detail)
    }

    /// 503: a backend does not answer, or the server is about to stop.
    pub fn backend_unavailable(detail: impl Into<String>) -> Self {
        Self { retry_after: Some(Duration::from_secs(1)), ..Self::new(Code::BackendUnavailable, detail) }
    }

    /// 503: the plugin that the request needs is not there; it may be again after `wait`, where that can be told.
    pub fn plugin_unavailable(detail: impl Into<String>, wait: Option<Duration>) -> Self {
        Self { retry_after: wait, ..Self::new(Code::PluginUnavailable, detail) }
    }

    /// 504: a step took longer than it may.
    pub fn step_timeout(detail: impl Into<String>) -> Self {
        Self::new(Code::StepTimeout, detail)
    }

    /// 507: no space is left.
    pub fn storage_full(detail: impl Into<String>) -> Self {
        Self::new(Code::StorageFull, detail)
    }

    /// Adds what happened inside, for the log.
    #[must_use]
    pub fn caused_by(self, cause: &(dyn Error + 'static)) -> Self {
        Self { cause: Some(cause::chain(cause)), ..self }
    }

    /// Says it in other words.
    #[must_use]
    pub fn saying(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// Adds the fields that it is about.
    #[must_use]
    pub fn about(self, errors: Vec<FieldProblem>) -> Self {
        Self { errors, ..self }
    }

    /// What is wrong, for people.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// Which error it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Writes the answer to the request that arrived at `path`, and the cause to the log.
    pub(crate) fn render(self, path: &str, arrival: &Arrival) -> Response {
        self.log();
        let (retry_after, complete_length) = (self.retry_after, self.complete_length);
        let mut response = document::respond(&ProblemDocument::of(self, path, arrival), retry_after);
        if let Some(length) = complete_length
            && let Ok(range) = HeaderValue::from_str(&format!("bytes */{length}"))
        {
            response.headers_mut().insert(CONTENT_RANGE, range);
        }
        response
    }

    fn log(&self) {
        let Some(cause) = &self.cause else { return };
        if self.code.status().is_server_error() {
            tracing::error!(code = self.code.name(), cause, "{}", self.detail);
        } else {
            tracing::info!(code = self.code.name(), cause, "{}", self.detail);
        }
    }

    fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            complete_length: None,
            cause: None,
        }
    }
}

impl IntoResponse for Problem {
    /// Puts the problem aside in an answer without a body, for the outermost layer to write.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
