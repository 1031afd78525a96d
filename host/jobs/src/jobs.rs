//! The way in.

use std::sync::{Arc, Mutex, PoisonError};

use fettle_metadata::{Job, JobFilter, JobKind, JobStore, MetadataError, NewJob, Page, Paged};
use fettle_observe::Metrics;
use futures::{Stream, StreamExt};
use serde_json::Value;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use crate::attempt::attempt;
use crate::shared::{Phase, Shared};
use crate::{Progress, Settings, Work, queue, watching};

/// A host's part in running jobs. It works on jobs of all hosts, and shows and cancels jobs wherever they run.
///
/// Dropped without [`end`](Self::end), it lets go of everything at once, as if the host had died: others take its
/// jobs over when the leases have expired.
pub struct Jobs {
    shared: Arc<Shared>,
    /// A task that works off the queue, and one that keeps it in order.
    queue: Mutex<JoinSet<()>>,
    attended: Mutex<JoinSet<()>>,
    attended_slots: Arc<Semaphore>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// What is to be done.
    pub kind: JobKind,
    /// Name of the user who asks for it.
    pub owner: String,
    /// What [`Work`] needs to know.
    pub request: Value,
}

/// Why an attended job has no end to tell of.
#[derive(Debug, thiserror::Error)]
pub enum NotRun {
    /// This host is about to end; it was not begun.
    #[error("the server is shutting down")]
    HostEnds,
    /// The store was away for so long that the lease was lost. The client may ask again.
    #[error("the lease of the job was lost")]
    LeaseLost,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] MetadataError),
}

impl Jobs {
    /// Begins to work off the jobs in `store`. To be called within a tokio runtime.
    pub fn start(
        store: Arc<dyn JobStore>,
        work: Arc<dyn Work>,
        metrics: Arc<Metrics>,
        settings: Settings,
    ) -> Self {
        let attended_slots = Arc::new(Semaphore::new(settings.attended_concurrency));
        let shared = Arc::new(Shared::new(store, work, metrics, settings));
        let mut queue = JoinSet::new();
        queue.spawn(queue::work_off(Arc::clone(&shared)));
        queue.spawn(queue::tidy(Arc::clone(&shared)));
        Self { shared, queue: Mutex::new(queue), attended: Mutex::default(), attended_slots }
    }

    /// Puts a job into the queue, for this host at once or for another.
    pub async fn submit(&self, submission: Submission) -> Result<Job, MetadataError> {
        let job = self.shared.store.create_job(&self.new_job(submission), self.shared.now()).await?;
        self.shared.queued.notify_one();
        Ok(job)
    }

    /// Runs a job here and answers it in its final state. It waits for nothing but other attended jobs.
    ///
    /// Whoever stops waiting no longer wants it: dropping this future cancels the job.
    pub async fn run_attended(&self, submission: Submission) -> Result<Job, NotRun> {
        let slot = Arc::clone(&self.attended_slots).acquire_owned().await.map_err(|_| NotRun::HostEnds)?;
        let (shared, job) = (Arc::clone(&self.shared), self.new_job(submission));
        let progress = CancelledWithItsClient(Progress::new());
        let (answer, answered) = oneshot::channel();
        let run = {
            let progress = progress.0.clone();
            async move {
                let ended = run_attended(&shared, &job, progress).await;
                drop(slot);
                // Nobody is there to be told if the client is gone.
                let _ = answer.send(ended);
            }
        };
        {
            let mut attended = self.attended.lock().unwrap_or_else(PoisonError::into_inner);
            // Forgets those that have ended, lest the set grow for ever.
            while attended.try_join_next().is_some() {}
            attended.spawn(run);
        }
        answered.await.unwrap_or(Err(NotRun::LeaseLost))
    }

    /// A job; one that runs here with its progress at this moment.
    pub async fn job(&self, job_id: &str) -> Result<Option<Job>, MetadataError> {
        self.shared.job(job_id).await
    }

    /// A page of the jobs that `filter` lets through, newest first.
    pub async fn list(&self, filter: &JobFilter, page: Page) -> Result<Paged<Job>, MetadataError> {
        let Paged { items, total, more } = self.shared.store.jobs(filter, page).await?;
        let items = items.into_iter().map(|job| self.shared.at_this_moment(job)).collect();
        Ok(Paged { items, total, more })
    }

    /// The job as it is, and then as often as it changes, up to its final state; `None` where it does not exist. Ends
    /// earlier when this host does, and with a job that is forgotten.
    ///
    /// A change here is seen at once; progress, and changes made by other hosts, within half a second. Of several
    /// changes in between only the last is seen.
    pub async fn watch(
        &self,
        job_id: &str,
    ) -> Result<Option<impl Stream<Item = Job> + Send + use<>>, MetadataError> {
        let changes = self.shared.changes();
        let now = self.shared.job(job_id).await?;
        Ok(now.map(|now| watching::watch(Arc::clone(&self.shared), changes, now)))
    }

    /// Waits for a job's final state; answers it as [`watch`](Self::watch) saw it last.
    pub async fn wait(&self, job_id: &str) -> Result<Option<Job>, MetadataError> {
        let Some(changes) = self.watch(job_id).await? else { return Ok(None) };
        Ok(changes.fold(None, async |_, job| Some(job)).await)
    }

    /// Cancels a job: a queued one at once, a running one as soon as its host hears of it and its work stops. One that
    /// has ended stays as it is. Answers the job after that, `None` where it does not exist.
    pub async fn cancel(&self, job_id: &str) -> Result<Option<Job>, MetadataError> {
        let job = self.shared.store.request_cancel(job_id, self.shared.now()).await?;
        if let Some(job) = &job
            && job.cancel_requested
            && let Some(progress) = self.shared.progress(job_id)
        {
            progress.cancel();
        }
        self.shared.changed();
        Ok(job)
    }

    /// Begins the end: claims nothing more, gives running jobs back to the queue, ends what [`watch`](Self::watch)
    /// gave out. Jobs that a client waits for go on, and further ones are taken.
    pub fn drain(&self) {
        self.shared.end(Phase::Draining);
    }

    /// Ends: drains, takes no more attended jobs, and fails those that run with a reason. Returns when all work has
    /// stopped and its end is stored.
    pub async fn end(&self) {
        self.attended_slots.close();
        self.shared.end(Phase::Ended);
        for tasks in [&self.queue, &self.attended] {
            let mut tasks = std::mem::take(&mut *tasks.lock().unwrap_or_else(PoisonError::into_inner));
            while tasks.join_next().await.is_some() {}
        }
    }

    fn new_job(&self, submission: Submission) -> NewJob {
        let Submission { kind, owner, request } = submission;
        NewJob { id: self.shared.new_job_id(), kind, owner, request }
    }
}

async fn run_attended(shared: &Arc<Shared>, job: &NewJob, progress: Progress) -> Result<Job, NotRun> {
    let (holder, until) = (&shared.holder, shared.lease_end());
    let claimed = shared.store.begin_attended_job(job, holder, until, shared.now()).await?;
    attempt(Arc::clone(shared), claimed, progress).await;
    let ended = shared.store.job(&job.id).await?;
    ended.filter(|job| job.state.is_final()).ok_or(NotRun::LeaseLost)
}

/// Asks work to stop when its client has gone. Work that has ended takes no notice.
struct CancelledWithItsClient(Progress);

impl Drop for CancelledWithItsClient {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
