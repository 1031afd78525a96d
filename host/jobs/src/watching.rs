//! Following a job from outside, wherever it runs.

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use futures::stream::unfold;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::Job;
use crate::shared::{Phase, Shared};

/// Time between two looks at a job that may run elsewhere, and at the progress of one that runs here.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// One who follows a job.
struct Watching {
    shared: Arc<Shared>,
    changes: watch::Receiver<()>,
    /// The job as last shown.
    shown: Job,
}

/// The job `now`, and then as often as it is seen to change: up to its final state, the end of this host, or the
/// moment that the job is forgotten. `changes` were received since before `now`.
pub fn watch(
    shared: Arc<Shared>,
    changes: watch::Receiver<()>,
    now: Job,
) -> impl Stream<Item = Job> + Send + 'static {
    let first = futures::stream::iter([now.clone()]);
    let watching = Watching { shared, changes, shown: now };
    futures::StreamExt::chain(first, unfold(watching, Watching::next))
}

impl Watching {
    async fn next(mut self) -> Option<(Job, Self)> {
        while !self.shown.state.is_final() && !self.shared.has_reached(Phase::Draining) {
            tokio::select! {
                changed = self.changes.changed() => changed.expect("the sender lives in `shared`"),
                () = sleep(LOOK_INTERVAL) => {}
                () = self.shared.reached(Phase::Draining) => {}
            }
            match self.shared.job(&self.shown.id).await {
                Ok(Some(job)) if job != self.shown => {
                    self.shown = job.clone();
                    return Some((job, self));
                }
                Ok(Some(_)) => {}
                Ok(None) => return None,
                // It may answer the next time.
                Err(error) => tracing::debug!(job_id = self.shown.id, %error, "a watched job was not read"),
            }
        }
        None
    }
}
