//! What every store of jobs does.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    ClaimedJob, Heartbeat, Job, JobFilter, JobOutcome, JobProgress, Lease, MetadataError, NewJob, Page, Paged,
};

/// Where jobs are kept, and where hosts agree on who runs which.
///
/// A holder has a job until a moment that it puts off by heartbeats. If it dies, the moment passes, and the job is
/// another's to take. Hosts compare that moment with clocks of their own, which must therefore agree to well within
/// the length of a lease.
///
/// Used as `Arc<dyn JobStore>`. Each call is atomic, and so holds between processes. Time is passed in as `now`, kept
/// to the microsecond, and never taken inside.
#[async_trait]
pub trait JobStore: std::fmt::Debug + Send + Sync {
    /// Adds a job that nobody waits for to the queue.
    async fn create_job(&self, job: &NewJob, now: Timestamp) -> Result<Job, MetadataError>;

    /// Adds an attended job that `holder` begins at once, and has until `until`. It is never queued, and no other host
    /// ever gets it.
    async fn begin_attended_job(
        &self,
        job: &NewJob,
        holder: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<ClaimedJob, MetadataError>;

    /// Gives `holder`, until `until`, the oldest job that is queued or whose holder let the lease expire. `None` where
    /// there is none. The job's progress begins at zero.
    ///
    /// Of jobs with expired leases it leaves to [`end_abandoned_jobs`](Self::end_abandoned_jobs) what must not run
    /// again.
    async fn claim_job(
        &self,
        holder: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<ClaimedJob>, MetadataError>;

    /// Ends those jobs with expired leases that must not run again: attended ones and those begun
    /// [`Job::MAX_ATTEMPTS`] times fail with a reason, those to be cancelled are cancelled. Answers how many.
    async fn end_abandoned_jobs(&self, now: Timestamp) -> Result<u64, MetadataError>;

    /// Prolongs a lease until `until` and stores the progress.
    async fn heartbeat(
        &self,
        lease: &Lease,
        until: Timestamp,
        progress: JobProgress,
    ) -> Result<Heartbeat, MetadataError>;

    /// Ends a job and its lease. `false`, and nothing stored, where the lease was lost.
    async fn finish_job(
        &self,
        lease: &Lease,
        outcome: &JobOutcome,
        progress: JobProgress,
        now: Timestamp,
    ) -> Result<bool, MetadataError>;

    /// Puts a job that nobody waits for back into the queue, at its old place, as if it had not been begun; cancels it
    /// if that was asked for meanwhile. `false`, and nothing stored, where the lease was lost or the job is attended.
    async fn release_job(&self, lease: &Lease, now: Timestamp) -> Result<bool, MetadataError>;

    /// Cancels a queued job; asks the holder of a running one to cancel it; leaves one that has ended as it is.
    /// Answers the job after that, `None` where it does not exist.
    async fn request_cancel(&self, job_id: &str, now: Timestamp) -> Result<Option<Job>, MetadataError>;

    /// A job.
    async fn job(&self, job_id: &str) -> Result<Option<Job>, MetadataError>;

    /// A page of the jobs that `filter` lets through, newest first.
    async fn jobs(&self, filter: &JobFilter, page: Page) -> Result<Paged<Job>, MetadataError>;

    /// Forgets all jobs that ended before `before`. Answers how many.
    async fn forget_jobs(&self, before: Timestamp) -> Result<u64, MetadataError>;
}
