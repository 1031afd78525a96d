//! `{"success": true, "data": …, "execution_time": …}`.

use axum::extract::FromRequestParts;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Accept, Arrival, ExecutionTime, MediaType};
use crate::problem::Problem;

/// Every successful JSON answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Success<T> {
    /// Always true.
    #[schema(example = true)]
    success: bool,
    /// What was asked for.
    data: T,
    /// Milliseconds that the server spent on the request.
    #[schema(value_type = u64, example = 12)]
    execution_time: ExecutionTime,
}

/// As a handler's argument: refuses a request that does not accept JSON (406), and answers the others.
#[derive(Debug)]
pub struct JsonAnswer(Arrival);

impl JsonAnswer {
    /// The answer to the request that arrived at `arrival`, whose form has been agreed on already.
    pub(crate) fn to(arrival: Arrival) -> Self {
        Self(arrival)
    }

    /// `data` in its envelope.
    pub fn success<T: Serialize>(&self, data: T) -> Result<Response, Problem> {
        let envelope = Success { success: true, data, execution_time: self.0.execution_time() };
        let body = serde_json::to_vec(&envelope).map_err(|error| Problem::internal(&error))?;
        Ok(([(CONTENT_TYPE, MediaType::Json.name())], body).into_response())
    }
}

impl<S: Sync> FromRequestParts<S> for JsonAnswer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Accept::of(&parts.headers)?.choose("this", &[MediaType::Json])?;
        let Ok(arrival) = Arrival::from_request_parts(parts, state).await;
        Ok(Self(arrival))
    }
}

/// As [`JsonAnswer`], for a matrix, which comes in several forms.
#[derive(Debug)]
pub(crate) struct MatrixAnswer {
    /// The form of a matrix that the client likes best.
    pub(crate) form: MediaType,
    /// The request.
    pub(crate) arrival: Arrival,
    accept: Accept,
}

impl MatrixAnswer {
    /// Refuses a request (406) that turns out to ask for `what` instead of a matrix, and does not accept its only `form`.
    pub(crate) fn only_as(&self, form: MediaType, what: &str) -> Result<(), Problem> {
        self.accept.choose(what, &[form]).map(drop)
    }
}

impl<S: Sync> FromRequestParts<S> for MatrixAnswer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        const FORMS: [MediaType; 4] =
            [MediaType::Json, MediaType::ArrowStream, MediaType::Parquet, MediaType::Csv];
        let accept = Accept::of(&parts.headers)?;
        let form = accept.choose("this", &FORMS)?;
        let Ok(arrival) = Arrival::from_request_parts(parts, state).await;
        Ok(Self { form, arrival, accept })
    }
}
