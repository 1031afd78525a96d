//! The closed set of errors.

use axum::http::StatusCode;
use serde::{Serialize, Serializer};

/// Which error it is. Clients act on its [`name`](Code::name), which never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The body is not JSON, or not UTF-8.
    BadRequest,
    /// No valid credentials.
    Unauthorized,
    /// The role does not suffice.
    Forbidden,
    /// No such path, model or device.
    NotFound,
    /// The path exists, for other methods.
    MethodNotAllowed,
    /// No form of the answer is one that the client accepts.
    NotAcceptable,
    /// It contradicts what is stored.
    Conflict,
    /// More than this server takes at once.
    PayloadTooLarge,
    /// A body of another kind than is read here.
    UnsupportedMediaType,
    /// A part that is not there.
    RangeNotSatisfiable,
    /// Fields that cannot be taken.
    InvalidParameter,
    /// The rows do not suffice.
    InsufficientData,
    /// A step answered that it cannot.
    StepFailed,
    /// Too much of something in too short a time.
    TooManyRequests,
    /// A mistake of ours.
    Internal,
    /// A plugin trapped, went over a limit or answered something invalid.
    PluginFault,
    /// A backend does not answer.
    BackendUnavailable,
    /// A plugin is not there.
    PluginUnavailable,
    /// A step took too long.
    StepTimeout,
    /// No space is left.
    StorageFull,
}

impl Code {
    /// Every code.
    pub const ALL: [Code; 20] = [
        Code::BadRequest,
        Code::Unauthorized,
        Code::Forbidden,
        Code::NotFound,
        Code::MethodNotAllowed,
        Code::NotAcceptable,
        Code::Conflict,
        Code::PayloadTooLarge,
        Code::UnsupportedMediaType,
        Code::RangeNotSatisfiable,
        Code::InvalidParameter,
        Code::InsufficientData,
        Code::StepFailed,
        Code::TooManyRequests,
        Code::Internal,
        Code::PluginFault,
        Code::BackendUnavailable,
        Code::PluginUnavailable,
        Code::StepTimeout,
        Code::StorageFull,
    ];

    /// The code of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// Its name in the `code` member.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The status that it comes with.
    pub fn status(self) -> StatusCode {
        self.row().1
    }

    /// A few words for people, the same for every occurrence.
    pub fn title(self) -> &'static str {
        self.row().2
    }

    /// The URI that names this kind of problem. It is a name and leads nowhere.
    pub fn uri(self) -> String {
        format!("urn:fettle:problem:{}", self.name())
    }

    /// What an occurrence says, for the API document.
    pub fn example_detail(self) -> &'static str {
        self.row().3
    }

    fn row(self) -> (&'static str, StatusCode, &'static str, &'static str) {
        match self {
            Code::BadRequest => (
                "bad_request",
                StatusCode::BAD_REQUEST,
                "The body is not JSON",
                "not JSON: expected `,` or `}` at line 3 column 5",
            ),
            Code::Unauthorized => (
                "unauthorized",
                StatusCode::UNAUTHORIZED,
                "Not logged in",
                "the access token has expired; refresh it or log in again",
            ),
            Code::Forbidden => (
                "forbidden",
                StatusCode::FORBIDDEN,
                "Not allowed",
                "this takes the role analyst; test_viewer has the role viewer",
            ),
            Code::NotFound => {
                ("not_found", StatusCode::NOT_FOUND, "Not found", "there is no model `welding_model`")
            }
            Code::MethodNotAllowed => (
                "method_not_allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "Method not allowed",
                "GET is not possible here; the Allow header says what is",
            ),
            Code::NotAcceptable => (
                "not_acceptable",
                StatusCode::NOT_ACCEPTABLE,
                "No acceptable form",
                "this is answered as application/json, not as text/html",
            ),
            Code::Conflict => (
                "conflict",
                StatusCode::CONFLICT,
                "Contradicts what is stored",
                "user `test_user` exists already",
            ),
            Code::PayloadTooLarge => (
                "payload_too_large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "Too large",
                "the body is larger than 1048576 bytes",
            ),
            Code::UnsupportedMediaType => (
                "unsupported_media_type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported media type",
                "the body must be application/json, not text/plain",
            ),
            Code::RangeNotSatisfiable => (
                "range_not_satisfiable",
                StatusCode::RANGE_NOT_SATISFIABLE,
                "No such part",
                "there are 4096 bytes, and none of those that were asked for are among them",
            ),
            Code::InvalidParameter => (
                "invalid_parameter",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Invalid parameter",
                "overlap: must be at least 0 and less than 1",
            ),
            Code::InsufficientData => (
                "insufficient_data",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Not enough data",
                "60 rows make no window of 100 rows",
            ),
            Code::StepFailed => (
                "step_failed",
                StatusCode::UNPROCESSABLE_ENTITY,
                "A step failed",
                "outlier `iqr` of plugin outlier: the column holds no number",
            ),
            Code::TooManyRequests => (
                "too_many_requests",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests",
                "too many failed logins; Retry-After says how long to wait",
            ),
            Code::Internal => (
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Internal error",
                "something went wrong inside; the log has it under the request id",
            ),
            Code::PluginFault => (
                "plugin_fault",
                StatusCode::BAD_GATEWAY,
                "A plugin is at fault",
                "outlier `iqr` of plugin outlier: trapped",
            ),
            Code::BackendUnavailable => (
                "backend_unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "A backend is away",
                "the metadata store does not answer",
            ),
            Code::PluginUnavailable => (
                "plugin_unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "A plugin is not there",
                "plugin outlier has been set aside",
            ),
            Code::StepTimeout => (
                "step_timeout",
                StatusCode::GATEWAY_TIMEOUT,
                "A step took too long",
                "outlier `iqr` of plugin outlier ran longer than 2 s",
            ),
            Code::StorageFull => (
                "storage_full",
                StatusCode::INSUFFICIENT_STORAGE,
                "No space left",
                "no space is left for the metadata store",
            ),
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_listed_once_and_is_an_error() {
        let names: HashSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.status().is_client_error() || code.status().is_server_error(), "{code:?}");
        }
    }
}
