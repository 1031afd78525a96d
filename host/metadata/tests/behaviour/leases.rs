//! Who has a job: claims, races between processes, expiry.

use crate::support::{Place, Store, at, job, on_both};
use fettle_metadata::{ClaimedJob, Heartbeat, Job, JobOutcome, JobProgress, JobState};
use serde_json::json;

const NONE: JobProgress = JobProgress { devices_done: 0, devices_total: 0, windows_done: 0 };

/// What `holder` gets at `second`, until ten seconds later.
async fn claim(store: &dyn Store, holder: &str, second: i64) -> Option<ClaimedJob> {
    store.claim_job(holder, at(second + 10), at(second)).await.unwrap()
}

async fn read(store: &dyn Store, id: &str) -> Job {
    store.job(id).await.unwrap().unwrap()
}

async fn the_oldest_job_is_claimed_first_and_by_one_alone(place: Place) {
    let store = place.open().await;
    for id in ["1", "2"] {
        store.create_job(&job(id), at(0)).await.unwrap();
    }
    let first = claim(&*store, "a", 1).await.unwrap();
    assert_eq!((first.job.id.as_str(), first.job.state, first.job.attempts), ("1", JobState::Running, 1));
    assert_eq!(first.job.started_at, Some(at(1)));
    assert_eq!(first.job, read(&*store, "1").await);
    assert_eq!(claim(&*store, "b", 1).await.unwrap().job.id, "2");
    assert_eq!(claim(&*store, "c", 1).await, None);
}
on_both!(the_oldest_job_is_claimed_first_and_by_one_alone);

async fn of_many_who_claim_at_once_from_two_processes_one_gets_each_job(place: Place) {
    let stores = [place.open().await, place.open().await];
    for number in 0..20 {
        stores[0].create_job(&job(&format!("{number:02}")), at(0)).await.unwrap();
    }
    let mut claims = Vec::new();
    for number in 0..40 {
        let store = stores[number % 2].clone();
        claims.push(tokio::spawn(async move { claim(&*store, &format!("host {number}"), 1).await }));
    }
    let mut claimed = Vec::new();
    for claim in claims {
        claimed.extend(claim.await.unwrap().map(|claimed| claimed.job.id));
    }
    claimed.sort();
    assert_eq!(claimed, (0..20).map(|number| format!("{number:02}")).collect::<Vec<_>>());
}
on_both!(of_many_who_claim_at_once_from_two_processes_one_gets_each_job);

async fn a_job_is_its_holders_until_the_lease_expires_and_then_anothers(place: Place) {
    let [here, there] = [place.open().await, place.open().await];
    here.create_job(&job("1"), at(0)).await.unwrap();
    let dead = claim(&*here, "a", 0).await.unwrap().lease;
    let progress = JobProgress { devices_done: 1, ..NONE };
    here.heartbeat(&dead, at(15), progress).await.unwrap();
    assert_eq!(claim(&*there, "b", 14).await, None, "the heartbeat put it off");

    let taken = claim(&*there, "b", 15).await.unwrap();
    assert_eq!((taken.job.attempts, taken.job.progress), (2, NONE));
    assert_eq!((taken.job.created_at, taken.job.started_at), (at(0), Some(at(15))));
    assert_eq!(here.heartbeat(&dead, at(25), progress).await.unwrap(), Heartbeat::Lost);
    assert!(!here.finish_job(&dead, &JobOutcome::Done(json!(1)), NONE, at(16)).await.unwrap());
    assert!(!here.release_job(&dead, at(16)).await.unwrap());
    assert_eq!(read(&*here, "1").await, taken.job, "nothing of it was stored");
    assert!(there.finish_job(&taken.lease, &JobOutcome::Done(json!(2)), NONE, at(17)).await.unwrap());
}
on_both!(a_job_is_its_holders_until_the_lease_expires_and_then_anothers);

async fn a_late_holder_keeps_a_job_that_nobody_took(place: Place) {
    let store = place.open().await;
    store.create_job(&job("1"), at(0)).await.unwrap();
    let lease = claim(&*store, "a", 0).await.unwrap().lease;
    let held = store.heartbeat(&lease, at(110), NONE).await.unwrap();
    assert_eq!(held, Heartbeat::Held { cancel_requested: false });
    assert_eq!(claim(&*store, "b", 100).await, None);
}
on_both!(a_late_holder_keeps_a_job_that_nobody_took);

async fn a_holder_who_lost_a_job_and_got_it_again_is_not_mistaken_for_its_former_self(place: Place) {
    let store = place.open().await;
    store.create_job(&job("1"), at(0)).await.unwrap();
    let former = claim(&*store, "a", 0).await.unwrap().lease;
    let present = claim(&*store, "a", 20).await.unwrap().lease;
    assert_eq!(store.heartbeat(&former, at(40), NONE).await.unwrap(), Heartbeat::Lost);
    assert!(!store.finish_job(&former, &JobOutcome::Cancelled, NONE, at(21)).await.unwrap());
    assert!(store.finish_job(&present, &JobOutcome::Cancelled, NONE, at(21)).await.unwrap());
}
on_both!(a_holder_who_lost_a_job_and_got_it_again_is_not_mistaken_for_its_former_self);

async fn an_attended_job_whose_host_died_fails_with_a_reason_and_is_nobodys_to_run(place: Place) {
    let store = place.open().await;
    let claimed = store.begin_attended_job(&job("1"), "a", at(10), at(0)).await.unwrap();
    assert!(claimed.job.attended);
    assert_eq!((claimed.job.state, claimed.job.attempts), (JobState::Running, 1));
    assert!(!store.release_job(&claimed.lease, at(1)).await.unwrap());
    assert_eq!(store.end_abandoned_jobs(at(9)).await.unwrap(), 0);
    assert_eq!(claim(&*store, "b", 10).await, None);
    assert_eq!(store.end_abandoned_jobs(at(10)).await.unwrap(), 1);
    let ended = read(&*store, "1").await;
    assert_eq!((ended.state, ended.finished_at), (JobState::Failed, Some(at(10))));
    let failure = ended.failure.unwrap();
    assert_eq!(failure.code, "backend_unavailable");
    assert!(failure.message.contains("ask again"), "{}", failure.message);
}
on_both!(an_attended_job_whose_host_died_fails_with_a_reason_and_is_nobodys_to_run);

async fn a_job_whose_host_died_while_it_was_to_cancel_is_cancelled(place: Place) {
    let store = place.open().await;
    store.create_job(&job("1"), at(0)).await.unwrap();
    claim(&*store, "a", 0).await.unwrap();
    store.request_cancel("1", at(1)).await.unwrap();
    assert_eq!(claim(&*store, "b", 10).await, None);
    assert_eq!(store.end_abandoned_jobs(at(10)).await.unwrap(), 1);
    assert_eq!(read(&*store, "1").await.state, JobState::Cancelled);
}
on_both!(a_job_whose_host_died_while_it_was_to_cancel_is_cancelled);

async fn a_job_that_outlives_every_host_is_given_up(place: Place) {
    let store = place.open().await;
    store.create_job(&job("1"), at(0)).await.unwrap();
    let mut second = 0;
    while let Some(claimed) = claim(&*store, "a", second).await {
        assert_eq!(store.end_abandoned_jobs(at(second)).await.unwrap(), 0);
        second += 10;
        assert_eq!(i64::from(claimed.job.attempts) * 10, second);
    }
    assert_eq!(read(&*store, "1").await.attempts, Job::MAX_ATTEMPTS);
    assert_eq!(store.end_abandoned_jobs(at(second)).await.unwrap(), 1);
    let failure = read(&*store, "1").await.failure.unwrap();
    assert!(failure.message.contains("given up"), "{}", failure.message);
}
on_both!(a_job_that_outlives_every_host_is_given_up);
