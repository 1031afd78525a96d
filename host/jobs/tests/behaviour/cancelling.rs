//! Jobs that somebody no longer wants.

use fettle_jobs::JobState;
use serde_json::json;

use crate::support::{Town, on_both};

async fn a_running_job_stops_when_it_is_cancelled(town: Town) {
    let host = town.host().await;
    let id = host.submit(json!({"do": "wait"})).await;
    host.has_begun(&id).await;
    let asked = host.jobs.cancel(&id).await.unwrap().unwrap();
    assert!(asked.cancel_requested);
    let ended = host.ended(&id).await;
    assert_eq!((ended.state, ended.result, ended.failure), (JobState::Cancelled, None, None));
    assert!(host.errands.has_stopped(&id));
}
on_both!(a_running_job_stops_when_it_is_cancelled);

async fn a_job_of_another_host_stops_when_it_is_cancelled(town: Town) {
    let (here, there) = (town.host().await, town.host().await);
    // The one host is busy, so that the other gets the second job.
    let first = here.submit(json!({"do": "wait"})).await;
    here.runs(&first).await;
    let second = here.submit(json!({"do": "wait"})).await;
    here.runs(&second).await;
    for id in [&first, &second] {
        // One of the two jobs is elsewhere, whichever of the hosts is asked.
        there.jobs.cancel(id).await.unwrap();
        assert_eq!(there.ended(id).await.state, JobState::Cancelled);
        assert!(here.errands.has_stopped(id) || there.errands.has_stopped(id));
    }
    assert_eq!((here.errands.begun().len(), there.errands.begun().len()), (1, 1));
}
on_both!(a_job_of_another_host_stops_when_it_is_cancelled);

async fn a_queued_job_is_cancelled_without_being_begun(town: Town) {
    let host = town.host().await;
    let first = host.submit(json!({"do": "wait"})).await;
    host.has_begun(&first).await;
    let second = host.submit(json!({"do": "wait"})).await;
    assert_eq!(host.jobs.cancel(&second).await.unwrap().unwrap().state, JobState::Cancelled);
    host.errands.gate.add_permits(1);
    host.ended(&first).await;
    assert!(!host.errands.begun().contains_key(&second));
}
on_both!(a_queued_job_is_cancelled_without_being_begun);

async fn work_that_succeeds_all_the_same_is_done(town: Town) {
    let host = town.host().await;
    let id = host.submit(json!({"do": "insist"})).await;
    host.has_begun(&id).await;
    host.jobs.cancel(&id).await.unwrap();
    host.errands.gate.add_permits(1);
    assert_eq!(host.ended(&id).await.result, Some(json!("insisted")));
}
on_both!(work_that_succeeds_all_the_same_is_done);

async fn what_has_ended_or_never_was_cannot_be_cancelled(town: Town) {
    let host = town.host().await;
    let id = host.submit(json!({"do": "answer", "answer": 1})).await;
    let ended = host.ended(&id).await;
    assert_eq!(host.jobs.cancel(&id).await.unwrap(), Some(ended));
    assert_eq!(host.jobs.cancel("job_of_nobody").await.unwrap(), None);
}
on_both!(what_has_ended_or_never_was_cannot_be_cancelled);
