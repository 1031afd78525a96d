//! A request that has nothing to say beyond its path.

use axum::body::HttpBody;
use axum::extract::{FromRequest, Request};

use super::fields::Fields;
use super::{JsonBody, ReadFields};
use crate::ApiState;
use crate::problem::Problem;

/// No body, or an empty JSON object: what somebody says in it beyond that would be ignored, and is refused.
#[derive(Debug)]
pub(crate) struct NoBody;

impl FromRequest<ApiState> for NoBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        if request.body().is_end_stream() {
            return Ok(Self);
        }
        JsonBody::<Self>::from_request(request, state).await.map(|JsonBody(nothing)| nothing)
    }
}

impl ReadFields for NoBody {
    fn read(_: &mut Fields) -> Self {
        Self
    }
}
