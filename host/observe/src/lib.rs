//! What the program says about itself: metrics for Prometheus, logs, and the ids that tie a log line to a request.

mod declare;
mod logging;
mod metrics;
mod recent_share;
mod request_id;

pub use crate::logging::{LogFormat, LoggingError, start_logging};
pub use crate::metrics::{ActiveQuery, CONTENT_TYPE, Metrics, RunningJob};
pub use crate::request_id::RequestId;
