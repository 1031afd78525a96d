//! A host that ends in good order.

use std::sync::Arc;

use fettle_jobs::{JobState, NotRun};
use futures::StreamExt;
use serde_json::json;

use crate::support::{Town, errand, eventually, on_both};

async fn jobs_of_the_queue_go_back_to_it_and_the_next_start_runs_them(town: Town) {
    let host = town.host().await;
    let id = host.submit(json!({"do": "wait"})).await;
    host.has_begun(&id).await;
    let changes = host.jobs.watch(&id).await.unwrap().unwrap();
    host.jobs.end().await;
    assert!(host.errands.has_stopped(&id));
    let job = host.job(&id).await;
    assert_eq!((job.state, job.attempts), (JobState::Queued, 0));
    changes.collect::<Vec<_>>().await;

    let next = town.host().await;
    next.has_begun(&id).await;
    next.errands.gate.add_permits(1);
    assert_eq!(next.ended(&id).await.attempts, 1);
}
on_both!(jobs_of_the_queue_go_back_to_it_and_the_next_start_runs_them);

async fn a_job_that_succeeds_at_the_last_moment_is_done(town: Town) {
    let host = town.host().await;
    let id = host.submit(json!({"do": "insist"})).await;
    host.has_begun(&id).await;
    host.jobs.drain();
    host.errands.gate.add_permits(1);
    host.jobs.end().await;
    assert_eq!(host.job(&id).await.state, JobState::Done);
}
on_both!(a_job_that_succeeds_at_the_last_moment_is_done);

async fn clients_are_served_while_the_host_drains_and_told_to_ask_again_when_it_ends(town: Town) {
    let host = Arc::new(town.host().await);
    host.jobs.drain();
    let served = host.jobs.run_attended(errand(json!({"do": "answer", "answer": 1}))).await.unwrap();
    assert_eq!(served.state, JobState::Done);
    let client = {
        let host = Arc::clone(&host);
        tokio::spawn(async move { host.jobs.run_attended(errand(json!({"do": "wait"}))).await })
    };
    eventually(async || host.errands.begun().len() == 2).await;
    host.jobs.end().await;
    let failure = client.await.unwrap().unwrap().failure.unwrap();
    assert_eq!(failure.code, "backend_unavailable");
    assert!(failure.message.contains("ask again"), "{}", failure.message);
    let refused = host.jobs.run_attended(errand(json!({"do": "answer", "answer": 1}))).await;
    assert!(matches!(refused, Err(NotRun::HostEnds)));
}
on_both!(clients_are_served_while_the_host_drains_and_told_to_ask_again_when_it_ends);

async fn a_draining_host_claims_nothing_more(town: Town) {
    let host = town.host().await;
    host.jobs.drain();
    let id = host.submit(json!({"do": "answer", "answer": 1})).await;
    host.jobs.end().await;
    assert_eq!(host.job(&id).await.state, JobState::Queued);
    assert_eq!(host.errands.begun().len(), 0);
}
on_both!(a_draining_host_claims_nothing_more);
