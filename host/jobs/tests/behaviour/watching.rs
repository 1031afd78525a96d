//! Following a job while it changes.

use std::collections::BTreeSet;

use fettle_jobs::{Job, JobProgress, JobState};
use futures::{Stream, StreamExt};
use serde_json::json;

use crate::support::{Host, Town, errand, eventually, on_both, patiently};

/// What a watcher sees of a job with two devices that advances whenever it has been seen to.
async fn followed(changes: impl Stream<Item = Job>, worker: &Host) -> Vec<(JobState, u64)> {
    let (mut seen, mut advanced) = (Vec::new(), BTreeSet::new());
    let mut changes = std::pin::pin!(changes);
    while let Some(job) = patiently(changes.next()).await {
        let JobProgress { devices_done, devices_total, .. } = job.progress;
        seen.push((job.state, devices_done));
        // A job may be seen running before it has said how many devices there are.
        if devices_total == 2 && advanced.insert(devices_done) {
            worker.errands.gate.add_permits(1);
        }
    }
    seen.dedup();
    seen
}

async fn a_job_is_followed_from_the_queue_to_its_end(town: Town) {
    let host = town.host().await;
    let first = host.submit(json!({"do": "wait"})).await;
    host.has_begun(&first).await;
    let id = host.submit(json!({"do": "wait", "devices": 2})).await;
    let changes = host.jobs.watch(&id).await.unwrap().unwrap();
    host.jobs.cancel(&first).await.unwrap();
    let seen = followed(changes, &host).await;
    use JobState::{Done, Queued, Running};
    assert_eq!(seen, [(Queued, 0), (Running, 0), (Running, 1), (Running, 2), (Done, 2)]);
}
on_both!(a_job_is_followed_from_the_queue_to_its_end);

async fn a_job_of_another_host_is_followed_too(town: Town) {
    let (worker, watcher) = (town.host().await, town.host().await);
    // An attended job is its own host's for certain.
    let submission = errand(json!({"do": "wait", "devices": 2}));
    let (done, seen) = tokio::join!(worker.jobs.run_attended(submission), async {
        eventually(async || worker.errands.begun().len() == 1).await;
        let id = worker.errands.begun().into_keys().next().unwrap();
        followed(watcher.jobs.watch(&id).await.unwrap().unwrap(), &worker).await
    });
    use JobState::{Done, Running};
    assert_eq!(done.unwrap().state, Done);
    assert_eq!(seen, [(Running, 0), (Running, 1), (Running, 2), (Done, 2)]);
}
on_both!(a_job_of_another_host_is_followed_too);

async fn a_job_that_has_ended_is_shown_once(town: Town) {
    let host = town.host().await;
    let id = host.submit(json!({"do": "answer", "answer": 1})).await;
    let ended = host.ended(&id).await;
    let seen: Vec<_> = host.jobs.watch(&id).await.unwrap().unwrap().collect().await;
    assert_eq!(seen, [ended]);
    assert!(host.jobs.watch("job_of_nobody").await.unwrap().is_none());
    assert!(host.jobs.wait("job_of_nobody").await.unwrap().is_none());
}
on_both!(a_job_that_has_ended_is_shown_once);
