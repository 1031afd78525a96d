//! Jobs that a client waits for.

use std::sync::Arc;

use fettle_jobs::{JobState, Settings};
use serde_json::json;

use crate::support::{Town, errand, eventually, on_both, settings, short_lease};

async fn the_client_gets_the_job_in_its_final_state(town: Town) {
    let host = town.host().await;
    let done = host.jobs.run_attended(errand(json!({"do": "answer", "answer": 1}))).await.unwrap();
    assert_eq!((done.state, done.result.clone(), done.attended), (JobState::Done, Some(json!(1)), true));
    assert_eq!(host.job(&done.id).await, done);
    let failed = host.jobs.run_attended(errand(json!({"do": "fail"}))).await.unwrap();
    assert_eq!(failed.failure.unwrap().code, "insufficient_data");
    let panicked = host.jobs.run_attended(errand(json!({"do": "panic"}))).await.unwrap();
    assert_eq!(panicked.failure.unwrap().code, "internal");
}
on_both!(the_client_gets_the_job_in_its_final_state);

async fn a_client_does_not_wait_for_a_long_job_of_the_queue(town: Town) {
    let host = town.host().await;
    let long = host.submit(json!({"do": "wait"})).await;
    host.has_begun(&long).await;
    let done = host.jobs.run_attended(errand(json!({"do": "answer", "answer": 1}))).await.unwrap();
    assert_eq!(done.state, JobState::Done);
    assert_eq!(host.job(&long).await.state, JobState::Running);
}
on_both!(a_client_does_not_wait_for_a_long_job_of_the_queue);

async fn a_client_waits_where_too_many_others_are_served(town: Town) {
    let host = Arc::new(town.host_with(Settings { attended_concurrency: 1, ..settings() }).await);
    let serve = |request| {
        let host = Arc::clone(&host);
        tokio::spawn(async move { host.jobs.run_attended(errand(request)).await.unwrap() })
    };
    let first = serve(json!({"do": "wait"}));
    eventually(async || host.errands.begun().len() == 1).await;
    let second = serve(json!({"do": "answer", "answer": 2}));
    tokio::task::yield_now().await;
    assert_eq!(host.errands.begun().len(), 1);
    host.errands.gate.add_permits(1);
    assert_eq!(first.await.unwrap().state, JobState::Done);
    assert_eq!(second.await.unwrap().state, JobState::Done);
}
on_both!(a_client_waits_where_too_many_others_are_served);

async fn a_client_that_goes_away_cancels_its_job(town: Town) {
    let host = Arc::new(town.host().await);
    let client = {
        let host = Arc::clone(&host);
        tokio::spawn(async move { host.jobs.run_attended(errand(json!({"do": "wait"}))).await })
    };
    eventually(async || host.errands.begun().len() == 1).await;
    let id = host.errands.begun().into_keys().next().unwrap();
    client.abort();
    assert_eq!(host.ended(&id).await.state, JobState::Cancelled);
}
on_both!(a_client_that_goes_away_cancels_its_job);

async fn the_owner_can_cancel_it_from_elsewhere(town: Town) {
    let (host, other) = (Arc::new(town.host().await), town.host().await);
    let client = {
        let host = Arc::clone(&host);
        tokio::spawn(async move { host.jobs.run_attended(errand(json!({"do": "wait"}))).await })
    };
    eventually(async || host.errands.begun().len() == 1).await;
    let id = host.errands.begun().into_keys().next().unwrap();
    other.jobs.cancel(&id).await.unwrap();
    assert_eq!(client.await.unwrap().unwrap().state, JobState::Cancelled);
}
on_both!(the_owner_can_cancel_it_from_elsewhere);

async fn after_the_death_of_its_host_it_fails_with_a_reason_and_never_runs_again(town: Town) {
    let dying = Arc::new(town.host_with(short_lease()).await);
    let client = {
        let host = Arc::clone(&dying);
        tokio::spawn(async move { host.jobs.run_attended(errand(json!({"do": "wait"}))).await })
    };
    eventually(async || dying.errands.begun().len() == 1).await;
    let id = dying.errands.begun().into_keys().next().unwrap();
    // With the client goes the last one that holds the host, before it could store anything.
    drop(dying);
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());

    let heir = town.host().await;
    let ended = heir.ended(&id).await;
    assert_eq!(ended.state, JobState::Failed);
    assert!(ended.failure.unwrap().message.contains("ask again"));
    assert_eq!((ended.attempts, heir.errands.begun().len()), (1, 0));
}
on_both!(after_the_death_of_its_host_it_fails_with_a_reason_and_never_runs_again);
