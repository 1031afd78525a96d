//! Taking jobs from the queue that all hosts share, and keeping that queue in order.

use std::sync::Arc;
use std::time::Duration;

use fettle_metadata::{ClaimedJob, MetadataError};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::Progress;
use crate::attempt::attempt;
use crate::shared::{Phase, Shared, as_cause};

/// Time between two looks for jobs that are old enough to be forgotten.
const FORGET_INTERVAL: Duration = Duration::from_secs(3600);

/// Claims jobs and works on them, as many at once as the settings allow, until the host drains; returns when all of
/// them have stopped. Dropped in the middle, it drops all work, as if the host had died.
pub async fn work_off(shared: Arc<Shared>) {
    let mut attempts = JoinSet::new();
    let mut silent = false;
    while !shared.has_reached(Phase::Draining) {
        let idle = attempts.len() < shared.settings.concurrency;
        if idle && let Some(claimed) = claim(&shared, &mut silent).await {
            attempts.spawn(attempt(Arc::clone(&shared), claimed, Progress::new()));
            continue;
        }
        tokio::select! {
            () = shared.reached(Phase::Draining) => {}
            Some(_) = attempts.join_next() => {}
            () = shared.queued.notified(), if idle => {}
            () = sleep(shared.settings.poll), if idle => {}
        }
    }
    while attempts.join_next().await.is_some() {}
}

/// A job, if there is one to claim. A store that fails is in the log once, until it answers again.
async fn claim(shared: &Shared, silent: &mut bool) -> Option<ClaimedJob> {
    let claimed = shared.store.claim_job(&shared.holder, shared.lease_end(), shared.now()).await;
    match &claimed {
        Err(error) if !*silent => tracing::error!(cause = as_cause(error), "no jobs can be claimed"),
        Ok(_) if *silent => tracing::info!("jobs can be claimed again"),
        _ => {}
    }
    *silent = claimed.is_err();
    claimed.ok().flatten()
}

/// Ends abandoned jobs that must not run again, and forgets old ones, until the host ends.
pub async fn tidy(shared: Arc<Shared>) {
    let mut forgot = None;
    while !shared.has_reached(Phase::Ended) {
        // A store that fails is in the log by way of `claim`.
        match shared.store.end_abandoned_jobs(shared.now()).await {
            Ok(0) => {}
            Ok(jobs) => {
                tracing::warn!(jobs, "jobs whose host died were ended");
                shared.changed();
            }
            Err(error) => tracing::debug!(%error, "abandoned jobs were not ended"),
        }
        if forgot.is_none_or(|last: Instant| last.elapsed() >= FORGET_INTERVAL) {
            match forget(&shared).await {
                Ok(()) => forgot = Some(Instant::now()),
                Err(error) => tracing::debug!(%error, "old jobs were not forgotten"),
            }
        }
        tokio::select! {
            () = shared.reached(Phase::Ended) => {}
            () = sleep(shared.settings.poll) => {}
        }
    }
}

async fn forget(shared: &Shared) -> Result<(), MetadataError> {
    // Nothing is older than the first moment that there is.
    let Ok(before) = shared.now().checked_sub(shared.settings.keep) else { return Ok(()) };
    let jobs = shared.store.forget_jobs(before).await?;
    if jobs > 0 {
        tracing::info!(jobs, "old jobs were forgotten");
    }
    Ok(())
}
