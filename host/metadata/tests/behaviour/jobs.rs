//! Jobs: created, listed, ended, cancelled, forgotten.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{Place, Store, at, job, on_both, page};
use fettle_metadata::{
    ClaimedJob, Heartbeat, Job, JobFailure, JobFilter, JobKind, JobOutcome, JobProgress, JobState, NewJob,
};
use serde_json::{Value, json};

const PROGRESS: JobProgress = JobProgress { devices_done: 2, devices_total: 5, windows_done: 340 };

async fn store_with(place: &Place, ids: &[&str]) -> Arc<dyn Store> {
    let store = place.open().await;
    for id in ids {
        store.create_job(&job(id), at(0)).await.unwrap();
    }
    store
}

async fn claim(store: &dyn Store) -> ClaimedJob {
    store.claim_job("host", at(10), at(1)).await.unwrap().unwrap()
}

async fn read(store: &dyn Store, id: &str) -> Job {
    store.job(id).await.unwrap().unwrap()
}

async fn a_job_is_read_as_it_was_created(place: Place) {
    let store = place.open().await;
    let new = NewJob { kind: JobKind::DatasetReplay, ..job("job_1") };
    let created = store.create_job(&new, at(3)).await.unwrap();
    let expected = Job {
        id: "job_1".into(),
        kind: JobKind::DatasetReplay,
        owner: "test_user".into(),
        request: new.request,
        attended: false,
        state: JobState::Queued,
        attempts: 0,
        cancel_requested: false,
        progress: JobProgress::default(),
        result: None,
        failure: None,
        created_at: at(3),
        started_at: None,
        finished_at: None,
    };
    assert_eq!(created, expected);
    assert_eq!(read(&*store, "job_1").await, expected);
    assert_eq!(store.job("job_2").await.unwrap(), None);
}
on_both!(a_job_is_read_as_it_was_created);

async fn jobs_are_listed_newest_first_by_owner_and_page(place: Place) {
    let store = store_with(&place, &["1", "2", "3", "4", "5"]).await;
    let other = NewJob { owner: "other".into(), ..job("6") };
    store.create_job(&other, at(1)).await.unwrap();
    let list = async |owner: Option<&str>, number, size| {
        let filter = JobFilter { owner: owner.map(str::to_owned) };
        let paged = store.jobs(&filter, page(number, size)).await.unwrap();
        (paged.items.into_iter().map(|job| job.id).collect::<Vec<_>>().join(" "), paged.total.count)
    };
    assert_eq!(list(None, 1, 50).await, ("6 5 4 3 2 1".into(), 6));
    assert_eq!(list(Some("test_user"), 1, 2).await, ("5 4".into(), 5));
    assert_eq!(list(Some("test_user"), 3, 2).await, ("1".into(), 5));
    assert_eq!(list(Some("test_user"), 4, 2).await, (String::new(), 5));
    assert_eq!(list(Some("other"), 1, 2).await, ("6".into(), 1));
    assert_eq!(list(Some("nobody"), 1, 2).await, (String::new(), 0));
    assert_eq!(list(None, u32::MAX, u32::MAX).await, (String::new(), 6));
}
on_both!(jobs_are_listed_newest_first_by_owner_and_page);

async fn each_ending_is_kept_with_what_belongs_to_it(place: Place) {
    let failure =
        JobFailure { details: Some(json!({"rows": 60})), ..JobFailure::new("insufficient_data", "no") };
    let endings = [
        (JobOutcome::Done(json!({"digest": "d"})), JobState::Done),
        (JobOutcome::Done(Value::Null), JobState::Done),
        (JobOutcome::Failed(failure.clone()), JobState::Failed),
        (JobOutcome::Cancelled, JobState::Cancelled),
    ];
    for (outcome, state) in endings {
        let place = place.another();
        let store = store_with(&place, &["1"]).await;
        let lease = claim(&*store).await.lease;
        assert!(store.finish_job(&lease, &outcome, PROGRESS, at(2)).await.unwrap());
        let ended = read(&*store, "1").await;
        assert!(ended.state.is_final());
        assert_eq!((ended.state, ended.progress, ended.attempts), (state, PROGRESS, 1));
        assert_eq!((ended.started_at, ended.finished_at), (Some(at(1)), Some(at(2))));
        match outcome {
            JobOutcome::Done(result) => assert_eq!((ended.result, ended.failure), (Some(result), None)),
            JobOutcome::Failed(_) => assert_eq!((ended.result, ended.failure), (None, Some(failure.clone()))),
            JobOutcome::Cancelled => assert_eq!((ended.result, ended.failure), (None, None)),
        }
        assert!(!store.finish_job(&lease, &JobOutcome::Cancelled, PROGRESS, at(3)).await.unwrap());
        assert_eq!(read(&*store, "1").await.state, state, "an end is final");
    }
}
on_both!(each_ending_is_kept_with_what_belongs_to_it);

async fn a_queued_job_is_cancelled_at_once_and_never_claimed(place: Place) {
    let store = store_with(&place, &["1"]).await;
    let cancelled = store.request_cancel("1", at(2)).await.unwrap().unwrap();
    assert_eq!((cancelled.state, cancelled.finished_at), (JobState::Cancelled, Some(at(2))));
    assert_eq!(store.claim_job("host", at(10), at(3)).await.unwrap(), None);
    assert_eq!(store.request_cancel("2", at(3)).await.unwrap(), None);
}
on_both!(a_queued_job_is_cancelled_at_once_and_never_claimed);

async fn a_running_job_is_asked_to_cancel_through_its_heartbeat(place: Place) {
    let store = store_with(&place, &["1"]).await;
    let lease = claim(&*store).await.lease;
    let beat = async || store.heartbeat(&lease, at(20), PROGRESS).await.unwrap();
    assert_eq!(beat().await, Heartbeat::Held { cancel_requested: false });
    let asked = store.request_cancel("1", at(2)).await.unwrap().unwrap();
    assert_eq!((asked.state, asked.cancel_requested), (JobState::Running, true));
    assert_eq!((asked.progress, asked.finished_at), (PROGRESS, None));
    assert_eq!(beat().await, Heartbeat::Held { cancel_requested: true });
}
on_both!(a_running_job_is_asked_to_cancel_through_its_heartbeat);

async fn an_ended_job_stays_as_it_is_when_it_is_cancelled(place: Place) {
    let store = store_with(&place, &["1"]).await;
    let lease = claim(&*store).await.lease;
    store.finish_job(&lease, &JobOutcome::Done(json!(1)), PROGRESS, at(2)).await.unwrap();
    let before = read(&*store, "1").await;
    assert_eq!(store.request_cancel("1", at(3)).await.unwrap(), Some(before.clone()));
    assert_eq!(read(&*store, "1").await, before);
}
on_both!(an_ended_job_stays_as_it_is_when_it_is_cancelled);

async fn a_job_that_is_given_back_is_as_good_as_new_and_first_in_the_queue(place: Place) {
    let store = store_with(&place, &["1", "2"]).await;
    let before = read(&*store, "1").await;
    let lease = claim(&*store).await.lease;
    store.heartbeat(&lease, at(20), PROGRESS).await.unwrap();
    assert!(store.release_job(&lease, at(2)).await.unwrap());
    assert_eq!(read(&*store, "1").await, before);
    assert!(!store.release_job(&lease, at(2)).await.unwrap(), "only its holder can give it back, once");
    assert_eq!(claim(&*store).await.job.id, "1");
}
on_both!(a_job_that_is_given_back_is_as_good_as_new_and_first_in_the_queue);

async fn a_job_that_is_given_back_and_no_longer_wanted_is_cancelled(place: Place) {
    let store = store_with(&place, &["1"]).await;
    let lease = claim(&*store).await.lease;
    store.request_cancel("1", at(2)).await.unwrap();
    assert!(store.release_job(&lease, at(3)).await.unwrap());
    let job = read(&*store, "1").await;
    assert_eq!((job.state, job.finished_at), (JobState::Cancelled, Some(at(3))));
}
on_both!(a_job_that_is_given_back_and_no_longer_wanted_is_cancelled);

async fn what_ended_long_ago_is_forgotten_and_nothing_else(place: Place) {
    let store = store_with(&place, &["ended", "ended later", "queued"]).await;
    for second in [100, 200] {
        let lease = store.claim_job("host", at(300), at(2)).await.unwrap().unwrap().lease;
        store.finish_job(&lease, &JobOutcome::Cancelled, PROGRESS, at(second)).await.unwrap();
    }
    assert_eq!(store.forget_jobs(at(200)).await.unwrap(), 1);
    assert_eq!(store.job("ended").await.unwrap(), None);
    assert!(store.job("ended later").await.unwrap().is_some());
    assert!(store.job("queued").await.unwrap().is_some());
}
on_both!(what_ended_long_ago_is_forgotten_and_nothing_else);

async fn the_time_to_come_follows_from_the_devices_that_are_through(place: Place) {
    let store = store_with(&place, &["1"]).await;
    assert_eq!(read(&*store, "1").await.remaining(at(5)), None, "it does not run");
    let lease = claim(&*store).await.lease;
    assert_eq!(read(&*store, "1").await.remaining(at(5)), None, "no device is through");
    store.heartbeat(&lease, at(20), PROGRESS).await.unwrap();
    let running = read(&*store, "1").await;
    assert_eq!(running.remaining(at(5)), Some(Duration::from_secs(6)), "2 of 5 devices took 4 s");
    assert_eq!(running.remaining(at(0)), None, "a clock that is behind says nothing");
    store.finish_job(&lease, &JobOutcome::Done(json!(1)), PROGRESS, at(9)).await.unwrap();
    assert_eq!(read(&*store, "1").await.remaining(at(10)), None, "it has ended");
}
on_both!(the_time_to_come_follows_from_the_devices_that_are_through);
