//! What a job does.

use async_trait::async_trait;
use serde_json::Value;

use crate::{Job, JobFailure, Progress};

/// Does what jobs ask for.
#[async_trait]
pub trait Work: Send + Sync + 'static {
    /// Works on `job` to its end, and answers what came of it.
    ///
    /// It says through `progress` how far it is, and looks there, several times a second, whether it has been
    /// cancelled. Then it leaves nothing behind and returns soon; which failure it answers no longer matters. It may
    /// be begun anew after any death of its host, and after a lease that was lost for a while even twice at once, so
    /// what it leaves must appear as a whole, and once for each [`Job::id`].
    ///
    /// A panic fails the job.
    async fn run(&self, job: &Job, progress: &Progress) -> Result<Value, JobFailure>;
}
