//! When a request came in, and under which id.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use fettle_observe::RequestId;
use serde::{Serialize, Serializer};

/// The header that carries a request's id, in and out.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// When a request came in, and under which id. The outermost layer puts it among the request's extensions.
#[derive(Debug, Clone)]
pub struct Arrival {
    at: Instant,
    request_id: RequestId,
}

impl Arrival {
    /// A request that comes in now, under the id that it brought along if that is a proper one.
    pub(crate) fn now(headers: &HeaderMap) -> Self {
        let brought =
            headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).and_then(RequestId::from_client);
        Self { at: Instant::now(), request_id: brought.unwrap_or_else(RequestId::random) }
    }

    /// The id.
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// Since then.
    pub(crate) fn elapsed(&self) -> Duration {
        self.at.elapsed()
    }

    /// Since then, at the moment that it is written.
    pub(crate) fn execution_time(&self) -> ExecutionTime {
        ExecutionTime(self.at)
    }
}

/// Whole milliseconds since a request came in, taken when they are written: behind the data, so that writing the data
/// counts too.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExecutionTime(Instant);

impl Serialize for ExecutionTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

impl<S: Sync> FromRequestParts<S> for Arrival {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Arrival>().cloned().unwrap_or_else(|| Self::now(&parts.headers)))
    }
}
