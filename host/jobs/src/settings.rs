//! How a host runs jobs.

use std::time::Duration;

/// How a host runs jobs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name of the host, to be read by people in the database and the log. Every start adds something unique.
    pub host: String,
    /// How long a job stays this host's without a heartbeat: how late a dead host's jobs are taken over. Hosts' clocks
    /// must agree to well within it.
    pub lease: Duration,
    /// Time between two heartbeats. A request to cancel that came in through another host is seen that late.
    pub heartbeat: Duration,
    /// Time between two looks for jobs that other hosts queued or abandoned. One's own are seen at once.
    pub poll: Duration,
    /// Jobs at once that nobody waits for.
    pub concurrency: usize,
    /// Jobs at once that a client waits for, beside the others: a long job must not keep it waiting.
    pub attended_concurrency: usize,
    /// How long jobs are kept after they ended.
    pub keep: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: "fettle".to_owned(),
            lease: Duration::from_secs(10),
            heartbeat: Duration::from_secs(1),
            poll: Duration::from_secs(1),
            // Building a dataset takes all guest threads.
            concurrency: 1,
            attended_concurrency: 4,
            keep: Duration::from_secs(30 * 86_400),
        }
    }
}
