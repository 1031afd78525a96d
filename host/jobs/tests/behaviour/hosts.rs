//! Several hosts, and some that die.

use std::time::Duration;

use fettle_jobs::{Job, JobState};
use fettle_metadata::MetadataError;
use fettle_testbed::Postgres;
use jiff::Timestamp;
use serde_json::json;

use crate::support::{Town, errand, eventually, on_both, settings, short_lease};

async fn two_hosts_share_the_jobs_and_run_each_once(town: Town) {
    let hosts = [town.host().await, town.host().await];
    let mut ids = Vec::new();
    for number in 0..30 {
        ids.push(hosts[number % 2].submit(json!({"do": "answer", "answer": number})).await);
    }
    for (number, id) in ids.iter().enumerate() {
        let ended = hosts[0].ended(id).await;
        assert_eq!((ended.result, ended.attempts), (Some(json!(number)), 1));
        let begun = hosts.iter().filter_map(|host| host.errands.begun().get(id).copied()).sum::<u32>();
        assert_eq!(begun, 1);
    }
}
on_both!(two_hosts_share_the_jobs_and_run_each_once);

async fn a_job_of_a_dead_host_is_begun_anew_by_another(town: Town) {
    let dead = town.host_with(short_lease()).await;
    let id = dead.submit(json!({"do": "wait", "devices": 2})).await;
    dead.errands.gate.add_permits(1);
    eventually(async || dead.job(&id).await.progress.devices_done == 1).await;
    drop(dead.jobs);
    assert_eq!(dead.store.job(&id).await.unwrap().unwrap().state, JobState::Running, "it could say nothing");

    let heir = town.host().await;
    heir.has_begun(&id).await;
    let job = heir.job(&id).await;
    assert_eq!((job.attempts, job.progress.devices_done), (2, 0));
    heir.errands.gate.add_permits(3);
    assert_eq!(heir.ended(&id).await.state, JobState::Done);
    assert_eq!(dead.errands.begun()[&id], 1);
}
on_both!(a_job_of_a_dead_host_is_begun_anew_by_another);

async fn a_host_that_loses_a_lease_stops_the_work_and_stores_nothing(town: Town) {
    let host = town.host().await;
    let id = host.submit(json!({"do": "wait"})).await;
    host.has_begun(&id).await;
    // To one whose clock is an hour ahead the lease has expired.
    let future = Timestamp::now() + Duration::from_secs(3600);
    let until = future + Duration::from_secs(3600);
    let thief = host.store.claim_job("thief", until, future).await.unwrap().unwrap();
    eventually(async || host.errands.has_stopped(&id)).await;
    let lost = r#"fettle_jobs_total{kind="dataset_build",outcome="lost"} 1"#;
    eventually(async || host.counts().iter().any(|line| line == lost)).await;
    assert_eq!(host.job(&id).await, Job { progress: host.job(&id).await.progress, ..thief.job });
}
on_both!(a_host_that_loses_a_lease_stops_the_work_and_stores_nothing);

async fn a_host_whose_store_is_silent_stops_before_another_can_begin(town: Town) {
    let host = town.host_with(short_lease()).await;
    let id = host.submit(json!({"do": "wait"})).await;
    host.has_begun(&id).await;
    let silence = town.silence().await;
    eventually(async || host.errands.has_stopped(&id)).await;
    silence.end().await;
    // Nobody else was there, so the same host begins anew.
    eventually(async || host.errands.begun()[&id] == 2).await;
    host.errands.gate.add_permits(1);
    let ended = host.ended(&id).await;
    assert_eq!((ended.state, ended.attempts), (JobState::Done, 2));
}
on_both!(a_host_whose_store_is_silent_stops_before_another_can_begin);

async fn a_job_that_ends_every_host_is_given_up(town: Town) {
    let store = town.store().await;
    let mut host = town.host_with(short_lease()).await;
    let id = host.submit(json!({"do": "wait"})).await;
    for attempt in 1..=Job::MAX_ATTEMPTS {
        eventually(async || store.job(&id).await.unwrap().unwrap().attempts >= attempt).await;
        host = town.host_with(short_lease()).await;
    }
    let failure = host.ended(&id).await.failure.unwrap();
    assert!(failure.message.contains("given up"), "{}", failure.message);
    assert_eq!(host.errands.begun().len(), 0);
}
on_both!(a_job_that_ends_every_host_is_given_up);

async fn a_host_takes_what_was_left_in_the_queue(town: Town) {
    let first = town.host_with(settings()).await;
    first.jobs.end().await;
    let id = first.submit(json!({"do": "answer", "answer": 1})).await;
    let second = town.host().await;
    assert_eq!(second.ended(&id).await.state, JobState::Done);
}
on_both!(a_host_takes_what_was_left_in_the_queue);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_killed_in_between_gives_errors_and_then_work_goes_on() {
    let Some(server) = Postgres::start() else { return };
    let town = Town::Postgres(server.database());
    let hosts = [town.host_with(short_lease()).await, town.host_with(short_lease()).await];
    let interrupted = hosts[0].submit(json!({"do": "wait"})).await;
    eventually(async || hosts.iter().any(|host| host.errands.begun().contains_key(&interrupted))).await;
    // The servers of tests write nothing down at once.
    server.sql("postgres", "CHECKPOINT");
    server.kill();
    let submitted = hosts[0].jobs.submit(errand(json!({"do": "answer", "answer": 1}))).await;
    assert!(matches!(submitted, Err(MetadataError::Unavailable(_))), "{submitted:?}");
    eventually(async || hosts.iter().any(|host| host.errands.has_stopped(&interrupted))).await;
    server.restart();
    // Nobody could keep the lease, so somebody begins anew.
    eventually(async || {
        hosts.iter().filter_map(|it| it.errands.begun().get(&interrupted).copied()).sum::<u32>() >= 2
    })
    .await;
    for host in &hosts {
        host.errands.gate.add_permits(10);
    }
    assert_eq!(hosts[0].ended(&interrupted).await.state, JobState::Done);
    let next = hosts[1].submit(json!({"do": "answer", "answer": 2})).await;
    assert_eq!(hosts[0].ended(&next).await.result, Some(json!(2)));
}
