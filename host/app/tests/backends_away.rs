//! Two hosts on PostgreSQL and Redis, which are killed, frozen and started again under load.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fettle_testbed::{Postgres, Redis};
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use self::program::Server;
use self::program::client::Client;
use self::program::shared::{EXTRACT, MODEL, Plant, eventually, extraction, metric, readiness};

/// Clients that ask for features without a pause, each of one of the hosts.
struct Load {
    clients: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
    /// Answers other than 200, by status.
    refusals: Arc<Mutex<BTreeMap<u16, Value>>>,
}

impl Load {
    fn start(clients: Vec<Client>) -> Self {
        let (stop, answers, refusals) = (Arc::default(), Arc::default(), Arc::default());
        let clients = clients.into_iter().map(|client| {
            let (stop, answers, refusals) = (Arc::clone(&stop), Arc::clone(&answers), Arc::clone(&refusals));
            tokio::spawn(ask(client, stop, answers, refusals))
        });
        Self { clients: clients.collect(), stop, answers, refusals }
    }

    /// Waits for so many more answers.
    async fn go_on(&self, answers: usize) {
        let until = self.answers.load(Ordering::Relaxed) + answers;
        eventually("answers come", async || self.answers.load(Ordering::Relaxed) >= until).await;
    }

    /// Every answer was 200.
    fn is_served(&self) {
        let refusals = self.refusals.lock().unwrap();
        assert!(refusals.is_empty(), "{refusals:?}");
    }

    async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for client in join_all(self.clients).await {
            client.unwrap();
        }
    }
}

async fn ask(
    client: Client,
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
    refusals: Arc<Mutex<BTreeMap<u16, Value>>>,
) {
    while !stop.load(Ordering::Relaxed) {
        let (status, answer) = client.post(EXTRACT, &extraction()).await;
        if status != 200 {
            refusals.lock().unwrap().insert(status, answer);
        }
        answers.fetch_add(1, Ordering::Relaxed);
    }
}

/// What readiness says of the cache.
async fn cache_of(server: &Server) -> String {
    let (status, ready) = readiness(server).await;
    assert_eq!(status, 200, "{ready}");
    ready["data"]["backends"]["cache"].as_str().unwrap().to_owned()
}

async fn both_are(servers: [&Server; 2], state: &str) {
    eventually(&format!("the cache is {state}"), async || {
        cache_of(servers[0]).await == state && cache_of(servers[1]).await == state
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_killed_frozen_and_restarted_under_load_fails_no_request() {
    let (Some(postgres), Some(redis)) = (Postgres::shared(), Redis::start()) else { return };
    let plant = Plant::new(postgres, &redis);
    let (first, second) = (plant.serve(), plant.serve());
    let clients = [plant.log_in(&first, "analyst").await, plant.log_in(&second, "analyst").await];
    let load = Load::start(clients.iter().cycle().take(8).cloned().collect());
    load.go_on(200).await;
    load.is_served();

    redis.kill();
    both_are([&first, &second], "degraded").await;
    load.go_on(400).await;
    redis.restart();
    both_are([&first, &second], "ready").await;
    load.go_on(400).await;
    load.is_served();

    redis.freeze();
    both_are([&first, &second], "degraded").await;
    load.go_on(400).await;
    redis.thaw();
    both_are([&first, &second], "ready").await;
    load.go_on(400).await;
    load.is_served();
    load.end().await;
    for server in [first, second] {
        assert!(metric(&server, "cache_hit_rate").await > 0.95);
        let log = server.stop();
        let count = |part: &str| log.iter().filter(|line| line.contains(part)).count();
        assert_eq!(
            (count("Redis is away"), count("Redis is back")),
            (2, 2),
            "once each time:\n{}",
            log.join("\n")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_on_one_host_is_seen_by_the_next_request_on_the_other() {
    let (Some(postgres), Some(redis)) = (Postgres::shared(), Redis::start()) else { return };
    let plant = Plant::new(postgres, &redis);
    let (first, second) = (plant.serve(), plant.serve());
    let (admin, analyst) = (plant.log_in(&first, "admin").await, plant.log_in(&second, "analyst").await);
    let path = format!("/api/v2/metadata/models/{MODEL}");
    let change = async |name: &str| {
        let (status, model) = admin.get(&path).await;
        assert_eq!(status, 200, "{model}");
        let mut model = model["data"].clone();
        model["model_name"] = json!(name);
        let (status, changed) = admin.put(&path, &model).await;
        assert_eq!(status, 200, "{changed}");
        let revision = changed["data"]["revision"].clone();
        let (status, features) = analyst.post(EXTRACT, &extraction()).await;
        assert_eq!(status, 200, "{features}");
        assert_eq!(features["data"]["metadata"]["model_revision"], revision, "{name}");
    };
    for number in 0..10 {
        change(&format!("Press {number}")).await;
    }
    redis.kill();
    change("Press without Redis").await;
    redis.restart();
    change("Press with Redis again").await;
    both_are([&first, &second], "ready").await;
    change("Press as ever").await;

    // A command tells the servers too.
    plant.import(&["force", "stroke", "heat"]);
    for client in [&admin, &analyst] {
        let (status, features) = client.post(EXTRACT, &extraction()).await;
        assert_eq!(status, 200, "{features}");
        assert!(features["data"]["feature_names"].to_string().contains("heat_mean"), "{features}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_killed_under_load_leaves_what_is_cached() {
    let (Some(postgres), Some(redis)) = (Postgres::start(), Redis::start()) else { return };
    let plant = Plant::new(&postgres, &redis);
    let (first, second) = (plant.serve(), plant.serve());
    let clients = [plant.log_in(&first, "analyst").await, plant.log_in(&second, "analyst").await];
    let load = Load::start(clients.iter().cycle().take(8).cloned().collect());
    load.go_on(200).await;
    for away in [Postgres::kill, Postgres::freeze] {
        away(&postgres);
        load.go_on(400).await;
        load.is_served();
        for client in &clients {
            let unknown = json!({"model_code": "other", "device_code": "P1",
                "start_time": "2025-11-01T00:00:00", "end_time": "2025-11-01T00:10:00"});
            for (status, problem) in [client.post(EXTRACT, &unknown).await, client.get("/api/v2/jobs").await]
            {
                assert_eq!((status, &problem["code"]), (503, &json!("backend_unavailable")), "{problem}");
            }
        }
        // Neither is gone for long when both are away.
        redis.kill();
        tokio::time::sleep(Duration::from_secs(4)).await;
        load.go_on(200).await;
        load.is_served();
        redis.restart();
        back(&postgres);
        for (server, client) in [&first, &second].into_iter().zip(&clients) {
            eventually("the database is found again", async || readiness(server).await.0 == 200).await;
            eventually("jobs are listed again", async || client.get("/api/v2/jobs").await.0 == 200).await;
        }
        both_are([&first, &second], "ready").await;
        load.go_on(200).await;
        load.is_served();
    }
    load.end().await;
}

/// From whatever it was.
fn back(postgres: &Postgres) {
    postgres.thaw();
    postgres.kill();
    postgres.restart();
}
