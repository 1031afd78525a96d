//! What all parts of a host's job running have in common. Time and random ids are taken here and nowhere else.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fettle_metadata::{Job, JobState, JobStore, MetadataError};
use fettle_observe::Metrics;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::progress::Stop;
use crate::{Progress, Settings, Work};

/// What all parts of a host's job running have in common.
pub struct Shared {
    pub store: Arc<dyn JobStore>,
    pub work: Arc<dyn Work>,
    pub metrics: Arc<Metrics>,
    pub settings: Settings,
    /// Name of this run of this host in leases: no other has it, so none is mistaken for another.
    pub holder: String,
    /// A job of this host may be waiting in the queue.
    pub queued: Notify,
    phase: watch::Sender<Phase>,
    changes: watch::Sender<()>,
    running: Mutex<HashMap<String, Progress>>,
}

/// How far the host is with its own end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// All jobs run.
    Running,
    /// Only jobs that a client waits for run.
    Draining,
    /// No job runs.
    Ended,
}

impl Shared {
    pub fn new(
        store: Arc<dyn JobStore>,
        work: Arc<dyn Work>,
        metrics: Arc<Metrics>,
        settings: Settings,
    ) -> Self {
        Self {
            holder: format!("{}/{}", settings.host, Uuid::new_v4().simple()),
            store,
            work,
            metrics,
            settings,
            queued: Notify::new(),
            phase: watch::Sender::new(Phase::Running),
            changes: watch::Sender::new(()),
            running: Mutex::new(HashMap::new()),
        }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Where a lease ends that is taken or prolonged now.
    pub fn lease_end(&self) -> Timestamp {
        // A lease that would end after the year 9999 ends then.
        self.now().saturating_add(self.settings.lease).unwrap_or(Timestamp::MAX)
    }

    pub fn new_job_id(&self) -> String {
        format!("job_{}", Uuid::new_v4())
    }

    /// The host ends, as far as `phase`. It never goes back.
    pub fn end(&self, phase: Phase) {
        self.phase.send_if_modified(|now| {
            let before = *now;
            *now = before.max(phase);
            *now != before
        });
    }

    /// Whether the host is as far with its end as `phase`.
    pub fn has_reached(&self, phase: Phase) -> bool {
        *self.phase.borrow() >= phase
    }

    /// Returns once the host is as far with its end as `phase`.
    pub async fn reached(&self, phase: Phase) {
        let reached = self.phase.subscribe().wait_for(|now| *now >= phase).await.map(drop);
        reached.expect("the sender lives in self");
    }

    /// Tells those who watch jobs of this host that one of them changed.
    pub fn changed(&self) {
        self.changes.send_replace(());
    }

    /// Receives whatever changes from now on.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// This host works on a job, until the answer is dropped.
    pub fn begin(self: &Arc<Self>, job_id: &str, progress: &Progress) -> Running {
        self.running().insert(job_id.to_owned(), progress.clone());
        Running { shared: Arc::clone(self), job_id: job_id.to_owned() }
    }

    /// The progress of a job that this host works on.
    pub fn progress(&self, job_id: &str) -> Option<Progress> {
        self.running().get(job_id).cloned()
    }

    /// A job; one that runs here with its progress at this moment.
    pub async fn job(&self, job_id: &str) -> Result<Option<Job>, MetadataError> {
        Ok(self.store.job(job_id).await?.map(|job| self.at_this_moment(job)))
    }

    /// The progress in the store is as old as the last heartbeat.
    pub fn at_this_moment(&self, mut job: Job) -> Job {
        if job.state == JobState::Running
            && let Some(progress) = self.progress(&job.id)
        {
            job.progress = progress.snapshot();
        }
        job
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Progress>> {
        // Nothing that holds the lock can panic half way.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error as the log wants it: with all that is behind it.
pub fn as_cause(error: &MetadataError) -> &(dyn Error + Send + Sync + 'static) {
    error
}

/// A job that this host works on.
pub struct Running {
    shared: Arc<Shared>,
    job_id: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let progress = self.shared.running().remove(&self.job_id);
        // Dropped in the middle, there may be threads that still work, for nobody.
        if let Some(progress) = progress {
            progress.stop(Stop::LeaseLost);
        }
    }
}
