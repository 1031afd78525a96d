//! One attempt at a job: the work, the lease meanwhile, and what is stored at the end.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;

use fettle_metadata::{
    ClaimedJob, Heartbeat, Job, JobFailure, JobOutcome, JobProgress, Lease, MetadataError,
};
use serde_json::Value;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};

use crate::Progress;
use crate::progress::Stop;
use crate::shared::{Phase, Shared, as_cause};

/// What is to be stored of an attempt.
#[derive(Debug, PartialEq)]
enum Ending {
    /// The job has ended.
    Finished(JobOutcome),
    /// The job goes back into the queue.
    GivenBack,
    /// Nothing: the job is another's.
    Lost,
}

/// Works on a claimed job to its end, or until it has to stop.
pub async fn attempt(shared: Arc<Shared>, claimed: ClaimedJob, progress: Progress) {
    let ClaimedJob { job, lease } = claimed;
    let running = (shared.begin(&job.id, &progress), shared.metrics.job_started());
    shared.changed();
    tracing::info!(job_id = job.id, kind = job.kind.as_str(), attempt = job.attempts, "job begun");

    let phase = if job.attended { Phase::Ended } else { Phase::Draining };
    // A task of its own: work that keeps its thread busy must not keep the heart from beating.
    let mut work = JoinSet::new();
    work.spawn(run(Arc::clone(&shared), job.clone(), progress.clone()));
    let answer = tokio::select! {
        answer = work.join_next() => answer.expect("there is one task, joined once"),
        never = keep(&shared, &lease, &progress) => match never {},
        never = stop_when(&shared, phase, &progress) => match never {},
    };

    let ending = ending(&job, answer, progress.stopped());
    let outcome = store(&shared, &lease, ending, progress.snapshot()).await;
    tracing::info!(job_id = job.id, kind = job.kind.as_str(), outcome, "job ended");
    shared.metrics.job_ended(job.kind.as_str(), outcome);
    drop(running);
    shared.changed();
}

async fn run(shared: Arc<Shared>, job: Job, progress: Progress) -> Result<Value, JobFailure> {
    shared.work.run(&job, &progress).await
}

/// Prolongs the lease again and again. Where it is lost, or the store was silent until it ran out, stops the work.
async fn keep(shared: &Shared, lease: &Lease, progress: &Progress) -> Infallible {
    let mut ticks = interval(shared.settings.heartbeat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut end = Instant::now() + shared.settings.lease;
    loop {
        ticks.tick().await;
        let sent = Instant::now();
        let heartbeat = shared.store.heartbeat(lease, shared.lease_end(), progress.snapshot());
        match timeout_at(end, heartbeat).await {
            Ok(Ok(Heartbeat::Held { cancel_requested })) => {
                end = sent + shared.settings.lease;
                if cancel_requested {
                    progress.cancel();
                }
            }
            Ok(Err(error)) if Instant::now() < end => {
                tracing::warn!(job_id = lease.job_id, cause = as_cause(&error), "heartbeat failed");
            }
            Ok(Ok(Heartbeat::Lost) | Err(_)) | Err(_) => {
                tracing::warn!(job_id = lease.job_id, "lease lost, the work on the job is stopped");
                progress.stop(Stop::LeaseLost);
                return pending().await;
            }
        }
    }
}

async fn stop_when(shared: &Shared, phase: Phase, progress: &Progress) -> Infallible {
    shared.reached(phase).await;
    progress.stop(Stop::HostEnds);
    pending().await
}

/// Work that was asked to stop and succeeded all the same has left something, so it is done.
fn ending(job: &Job, answer: Result<Result<Value, JobFailure>, JoinError>, stopped: Option<Stop>) -> Ending {
    match (answer, stopped) {
        (_, Some(Stop::LeaseLost)) => Ending::Lost,
        (Ok(Ok(result)), _) => Ending::Finished(JobOutcome::Done(result)),
        (Err(error), _) => {
            tracing::error!(job_id = job.id, %error, "the work on a job panicked");
            let failure =
                JobFailure::new("internal", "the work on this job ended unexpectedly; the log says why");
            Ending::Finished(JobOutcome::Failed(failure))
        }
        (Ok(Err(_)), Some(Stop::Cancelled)) => Ending::Finished(JobOutcome::Cancelled),
        (Ok(Err(_)), Some(Stop::HostEnds)) if job.attended => {
            let failure = JobFailure::new("backend_unavailable", "the server is shutting down; ask again");
            Ending::Finished(JobOutcome::Failed(failure))
        }
        (Ok(Err(_)), Some(Stop::HostEnds)) => Ending::GivenBack,
        (Ok(Err(failure)), None) => Ending::Finished(JobOutcome::Failed(failure)),
    }
}

/// Stores the end of an attempt, and answers it as a word for metrics and log. A store that fails is asked again for
/// the length of a lease; after that the job is another's to begin anew.
async fn store(shared: &Shared, lease: &Lease, ending: Ending, progress: JobProgress) -> &'static str {
    let give_up = Instant::now() + shared.settings.lease;
    loop {
        match try_to_store(shared, lease, &ending, progress).await {
            Ok(true) => return word(&ending),
            Ok(false) => return "lost",
            Err(error) => {
                let cause = as_cause(&error);
                tracing::warn!(job_id = lease.job_id, cause, "the end of a job could not be stored");
                if Instant::now() >= give_up {
                    return "lost";
                }
                sleep(shared.settings.heartbeat).await;
            }
        }
    }
}

async fn try_to_store(
    shared: &Shared,
    lease: &Lease,
    ending: &Ending,
    progress: JobProgress,
) -> Result<bool, MetadataError> {
    match ending {
        Ending::Finished(outcome) => shared.store.finish_job(lease, outcome, progress, shared.now()).await,
        Ending::GivenBack => shared.store.release_job(lease, shared.now()).await,
        Ending::Lost => Ok(false),
    }
}

fn word(ending: &Ending) -> &'static str {
    match ending {
        Ending::Finished(JobOutcome::Done(_)) => "done",
        Ending::Finished(JobOutcome::Failed(_)) => "failed",
        Ending::Finished(JobOutcome::Cancelled) => "cancelled",
        Ending::GivenBack => "given_back",
        Ending::Lost => "lost",
    }
}
