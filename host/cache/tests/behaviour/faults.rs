//! Redis away, slow or wrong: everybody is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use fettle_cache::{CacheSettings, CacheState, CachedMetadata, RedisSettings};
use fettle_metadata::MetadataStore;
use fettle_observe::Metrics;
use fettle_testbed::Redis;
use futures::future::join_all;
use jiff::Timestamp;
use redis::Commands;

use crate::support::{DEVICE, Host, MODEL, Town, eventually, welding, with_redis};

fn state(host: &Host) -> CacheState {
    host.cached.status().state()
}

#[tokio::test]
async fn what_makes_no_sense_is_a_miss_and_is_mended() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let settings = with_redis(redis);
    let mut raw = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let key = format!("{}model:config:{MODEL}", settings.redis.as_ref().unwrap().prefix);
    let good = town.host(&settings).await;
    let model = good.model(MODEL).await;
    let entry: Vec<u8> = raw.get(&key).unwrap();
    good.model("other").await;
    let other: Vec<u8> = raw.get(key.replace(MODEL, "other")).unwrap();

    for wrong in [&b""[..], b"\xff\x00", b"{}", b"null", &entry[..entry.len() / 2], &other] {
        let () = raw.set(&key, wrong).unwrap();
        let host = town.host(&settings).await;
        assert_eq!(host.model(MODEL).await, model);
        assert_eq!(host.count("cache_errors_total", &[r#"operation="get""#, r#"cause="unreadable""#]), 1);
        assert_eq!(state(&host), CacheState::Ready, "that says nothing about the server");
        assert_eq!(raw.get::<_, Vec<u8>>(&key).unwrap(), entry, "it is mended");
    }
    let () = raw.del(&key).unwrap();
    let () = raw.rpush(&key, "a list").unwrap();
    let host = town.host(&settings).await;
    assert_eq!(host.model(MODEL).await, model);
    assert_eq!(host.count("cache_errors_total", &[r#"operation="get""#, r#"cause="refused""#]), 1);
    assert_eq!(raw.get::<_, Vec<u8>>(&key).unwrap(), entry, "so is a value of another type");
}

#[tokio::test]
async fn messages_that_make_no_sense_are_passed_over() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let settings = with_redis(redis);
    let (first, second) = (town.host(&settings).await, town.host(&settings).await);
    let mut raw = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let channel = format!("{}changes", settings.redis.as_ref().unwrap().prefix);
    let () = raw.publish(&channel, b"\xff{").unwrap();
    let () = raw.publish(&channel, r#"{"version": "x"}"#).unwrap();
    eventually("they have been counted", async || {
        second.count("cache_errors_total", &[r#"operation="hear""#, r#"cause="unreadable""#]) == 2
    })
    .await;
    second.model(MODEL).await;
    let changed = first.rename(MODEL, "Weld quality").await;
    assert_eq!(second.model(MODEL).await, changed);
}

#[tokio::test]
async fn a_version_that_nobody_made_is_believed_no_longer_than_a_moment() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let settings = with_redis(redis);
    let host = town.host(&settings).await;
    let mut raw = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let channel = format!("{}changes", settings.redis.as_ref().unwrap().prefix);
    let () = raw.publish(&channel, format!(r#"{{"version": {}, "keys": [], "id": "x"}}"#, i64::MAX)).unwrap();
    eventually("values are kept again", async || {
        let asked = host.store.asked("model");
        host.model(MODEL).await;
        host.model(MODEL).await;
        host.store.asked("model") == asked
    })
    .await;
    let changed = host.rename(MODEL, "Weld quality").await;
    assert_eq!(host.model(MODEL).await, changed);
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_read() {
    let Some(redis) = Redis::start() else { return };
    let town = Town::new().await;
    let settings = with_redis(&redis);
    let first = town.host(&settings).await;
    let model = first.model(MODEL).await;
    let mut raw = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let () = redis::cmd("REPLICAOF").arg("127.0.0.1").arg(1).query(&mut raw).unwrap();
    let second = town.host(&settings).await;
    assert_eq!(second.model(MODEL).await, model);
    assert_eq!(second.lookups("l2"), 1);
    assert_eq!(second.cached.device(DEVICE).await.unwrap().unwrap().code, DEVICE);
    assert_eq!(second.count("cache_errors_total", &[r#"operation="set""#, r#"cause="refused""#]), 1);
    let changed = first.rename(MODEL, "Weld quality").await;
    assert_eq!(second.model(MODEL).await, changed, "although nobody could be told");
}

#[tokio::test]
async fn a_host_starts_without_redis_and_finds_it_when_it_comes() {
    let Some(redis) = Redis::start() else { return };
    redis.kill();
    let town = Town::new().await;
    let host = town.host(&with_redis(&redis)).await;
    assert_eq!(host.cached.warm().await.unwrap(), (2, 1));
    assert_eq!(host.model(MODEL).await.revision, 1);
    assert_eq!(state(&host), CacheState::Degraded);
    redis.restart();
    eventually("Redis is found", async || state(&host) == CacheState::Ready).await;
}

#[tokio::test]
async fn an_address_that_can_never_work_is_refused_at_start_without_its_password() {
    let town = Town::new().await;
    let redis = RedisSettings {
        url: "redis://:hush@cache:6379/no-number".into(),
        prefix: String::new(),
        timeout: Duration::from_secs(1),
    };
    let settings = CacheSettings { redis: Some(redis), ..CacheSettings::default() };
    let store = Arc::new(town.store().await);
    let error = CachedMetadata::start(store, &settings, Arc::new(Metrics::new())).await.unwrap_err();
    assert!(error.to_string().contains("redis://host:port"), "{error}");
    assert!(!format!("{error} {error:?} {settings:?}").contains("hush"));
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_away_to_those_who_do() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let mut settings = with_redis(redis);
    let url = &mut settings.redis.as_mut().unwrap().url;
    *url = url.replace("redis://", "rediss://");
    let host = town.host(&settings).await;
    assert_eq!(host.model(MODEL).await.model_code, MODEL);
    assert_eq!(state(&host), CacheState::Degraded);
    assert!(host.count("cache_errors_total", &[r#"operation="connect""#]) > 0);
}

/// Whoever asks a frozen server waits for it once; those who come after do not, until it answers again.
#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_server_is_waited_for_once() {
    let Some(redis) = Redis::start() else { return };
    let town = Town::new().await;
    let codes: Vec<String> = (0..50).map(|number| format!("model_{number}")).collect();
    let refs: Vec<&str> = codes.iter().map(String::as_str).collect();
    town.store().await.register(&welding(&refs), Timestamp::now()).await.unwrap();
    let mut settings = with_redis(&redis);
    settings.redis.as_mut().unwrap().timeout = Duration::from_millis(100);
    let host = town.host(&settings).await;
    eventually("Redis is there", async || state(&host) == CacheState::Ready).await;
    let waited = || {
        host.count("cache_errors_total", &[r#"cause="timeout""#])
            - host.count("cache_errors_total", &[r#"operation="connect""#, r#"cause="timeout""#])
    };
    let before = waited();

    redis.freeze();
    for code in &codes {
        assert_eq!(host.model(code).await.model_code, *code);
    }
    assert_eq!(waited() - before, 1, "{}", host.metrics.render());
    assert_eq!(state(&host), CacheState::Degraded);
    redis.thaw();
    eventually("it is found again", async || state(&host) == CacheState::Ready).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_frozen_and_restarted_under_load_nobody_is_refused() {
    let Some(redis) = Redis::start() else { return };
    let town = Town::new().await;
    let mut settings = with_redis(&redis);
    settings.redis.as_mut().unwrap().timeout = Duration::from_millis(100);
    let host = Arc::new(town.host(&settings).await);
    let (stop, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load = |number: usize| {
        let (host, stop, answers) = (Arc::clone(&host), Arc::clone(&stop), Arc::clone(&answers));
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let code = if number.is_multiple_of(2) { MODEL } else { "other" };
                assert_eq!(host.model(code).await.model_code, code);
                assert!(host.cached.device(DEVICE).await.unwrap().is_some());
                answers.fetch_add(2, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
    };
    let load: Vec<_> = (0..16).map(load).collect();
    // As many answers again, whatever has happened to Redis.
    let go_on = async || {
        let until = answers.load(Ordering::Relaxed) + 2000;
        eventually("answers come", async || answers.load(Ordering::Relaxed) >= until).await;
    };
    go_on().await;
    redis.kill();
    go_on().await;
    redis.restart();
    eventually("it is found again", async || state(&host) == CacheState::Ready).await;
    go_on().await;
    redis.freeze();
    eventually("it is missed", async || state(&host) == CacheState::Degraded).await;
    go_on().await;
    redis.thaw();
    eventually("it is found again", async || state(&host) == CacheState::Ready).await;
    let misses = host.lookups("miss");
    go_on().await;
    stop.store(true, Ordering::Relaxed);
    for task in join_all(load).await {
        task.unwrap();
    }
    assert!(host.lookups("miss") - misses <= 4, "values are kept again");
}
