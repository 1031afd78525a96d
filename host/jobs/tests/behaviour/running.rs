//! A job from the queue to its end, on one host.

use fettle_jobs::{JobFilter, JobState, Settings};
use fettle_metadata::{JobProgress, Page};
use serde_json::json;

use crate::support::{Town, errand, eventually, on_both, settings};

async fn a_submitted_job_runs_at_once_and_keeps_its_result(town: Town) {
    // One who only looked for work now and then would not look within the life of this test.
    let host = town.host_with(Settings { poll: std::time::Duration::from_secs(3600), ..settings() }).await;
    let queued = host.jobs.submit(errand(json!({"do": "answer", "answer": {"rows": 7}}))).await.unwrap();
    assert_eq!((queued.state, queued.owner.as_str()), (JobState::Queued, "test_user"));
    let uuid = queued.id.strip_prefix("job_").unwrap();
    assert_eq!(uuid.len(), 36);
    let ended = host.ended(&queued.id).await;
    assert_eq!((ended.state, ended.result, ended.attempts), (JobState::Done, Some(json!({"rows": 7})), 1));
    assert!(ended.started_at.unwrap() >= ended.created_at && ended.finished_at >= ended.started_at);
    eventually(async || host.counts().iter().any(|line| line == "fettle_jobs_running 0")).await;
    let done = r#"fettle_jobs_total{kind="dataset_build",outcome="done"} 1"#;
    assert!(host.counts().iter().any(|line| line == done), "{:?}", host.counts());
}
on_both!(a_submitted_job_runs_at_once_and_keeps_its_result);

async fn a_failure_is_kept_as_the_work_told_it(town: Town) {
    let host = town.host().await;
    let id = host.submit(json!({"do": "fail"})).await;
    let ended = host.ended(&id).await;
    let failure = ended.failure.unwrap();
    assert_eq!((ended.state, failure.code.as_str()), (JobState::Failed, "insufficient_data"));
    assert_eq!(failure.message, "60 rows are fewer than one window");
}
on_both!(a_failure_is_kept_as_the_work_told_it);

async fn a_panic_fails_its_job_and_no_other(town: Town) {
    let host = town.host().await;
    let panicking = host.submit(json!({"do": "panic"})).await;
    let next = host.submit(json!({"do": "answer", "answer": 1})).await;
    let failure = host.ended(&panicking).await.failure.unwrap();
    assert_eq!(failure.code, "internal");
    assert!(!failure.message.contains("as asked"), "the cause is for the log alone");
    assert_eq!(host.ended(&next).await.state, JobState::Done);
}
on_both!(a_panic_fails_its_job_and_no_other);

async fn one_job_runs_at_a_time_and_the_next_when_it_has_ended(town: Town) {
    let host = town.host().await;
    let first = host.submit(json!({"do": "wait"})).await;
    let second = host.submit(json!({"do": "wait"})).await;
    host.has_begun(&first).await;
    assert!(host.counts().iter().any(|line| line == "fettle_jobs_running 1"));
    assert_eq!(host.job(&second).await.state, JobState::Queued);
    host.errands.gate.add_permits(1);
    host.ended(&first).await;
    host.has_begun(&second).await;
    host.errands.gate.add_permits(1);
    assert_eq!(host.ended(&second).await.state, JobState::Done);
}
on_both!(one_job_runs_at_a_time_and_the_next_when_it_has_ended);

async fn as_many_run_at_once_as_the_settings_say(town: Town) {
    let host = town.host_with(Settings { concurrency: 3, ..settings() }).await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(host.submit(json!({"do": "wait"})).await);
    }
    for id in &ids[..3] {
        host.has_begun(id).await;
    }
    assert_eq!(host.job(&ids[3]).await.state, JobState::Queued);
    host.errands.gate.add_permits(4);
    for id in &ids {
        assert_eq!(host.ended(id).await.state, JobState::Done);
    }
}
on_both!(as_many_run_at_once_as_the_settings_say);

async fn progress_shows_here_at_once_and_is_kept(town: Town) {
    let host = town.host().await;
    let id = host.submit(json!({"do": "wait", "devices": 4})).await;
    let at = |devices_done| JobProgress { devices_done, devices_total: 4, windows_done: devices_done * 10 };
    for devices in 0..4 {
        eventually(async || host.job(&id).await.progress == at(devices)).await;
        let page = Page::new(1, 50).unwrap();
        let listed = host.jobs.list(&JobFilter::default(), page).await.unwrap();
        assert_eq!((listed.items[0].progress, listed.total.count), (at(devices), 1));
        assert_eq!(host.job(&id).await.remaining(jiff::Timestamp::now()).is_some(), devices > 0);
        host.errands.gate.add_permits(1);
    }
    host.errands.gate.add_permits(1);
    let ended = host.ended(&id).await;
    assert_eq!((ended.state, ended.progress), (JobState::Done, at(4)));
}
on_both!(progress_shows_here_at_once_and_is_kept);

async fn old_jobs_are_forgotten(town: Town) {
    let host = town.host().await;
    let id = host.submit(json!({"do": "answer", "answer": 1})).await;
    host.ended(&id).await;
    let forgetful = town.host_with(Settings { keep: std::time::Duration::ZERO, ..settings() }).await;
    eventually(async || forgetful.jobs.job(&id).await.unwrap().is_none()).await;
}
on_both!(old_jobs_are_forgotten);
