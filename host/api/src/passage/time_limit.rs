//! How long a request may take, as its operation can put it off.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How long a request may take until its answer begins. As a handler's argument it is for operations that may take
/// longer than others; a body that is streamed has no limit.
#[derive(Debug, Clone)]
pub(crate) struct TimeLimit {
    began: Instant,
    limit: watch::Sender<Duration>,
}

impl TimeLimit {
    /// For a request that comes in now.
    pub(super) fn new(limit: Duration) -> Self {
        Self { began: Instant::now(), limit: watch::Sender::new(limit) }
    }

    /// Allows the request this long in all, if that is longer than before.
    pub(crate) fn prolong(&self, limit: Duration) {
        self.limit.send_if_modified(|before| {
            let longer = limit > *before;
            *before = limit.max(*before);
            longer
        });
    }

    /// Returns the limit when it has passed.
    pub(super) async fn passed(&self) -> Duration {
        let mut changes = self.limit.subscribe();
        loop {
            let limit = *changes.borrow_and_update();
            tokio::select! {
                () = sleep_until(self.began + limit) => return limit,
                changed = changes.changed() => changed.expect("the sender lives in self"),
            }
        }
    }
}

impl<S: Sync> FromRequestParts<S> for TimeLimit {
    type Rejection = Infallible;

    /// That of the request; where nobody limits it, one that nobody looks at.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<TimeLimit>().cloned().unwrap_or_else(|| Self::new(Duration::ZERO)))
    }
}
