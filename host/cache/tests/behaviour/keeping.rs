//! What is kept, and how often the database is asked.

use std::sync::Arc;
use std::time::Duration;

use fettle_cache::CacheSettings;
use fettle_metadata::MetadataStore;
use fettle_testbed::Redis;
use futures::future::join_all;

use crate::support::{DEVICE, MODEL, Town, eventually, keeping, with_redis};

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_who_ask_at_once_one_asks_the_database() {
    let town = Town::new().await;
    let host = Arc::new(town.lone_host().await);
    host.store.hold(&["model"]);
    let ask = |_| {
        let host = Arc::clone(&host);
        tokio::spawn(async move { host.model(MODEL).await })
    };
    let asking: Vec<_> = (0..100).map(ask).collect();
    eventually("one has asked", async || host.store.asked("model") > 0).await;
    // More permits than there should be questions.
    host.store.permits.add_permits(100);
    let answers: Vec<_> = join_all(asking).await.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(host.store.asked("model"), 1);
}

#[tokio::test]
async fn what_was_found_is_asked_for_once_and_what_was_not_each_time() {
    let town = Town::new().await;
    let host = town.lone_host().await;
    let behind = town.store().await;
    let model = behind.model(MODEL).await.unwrap();
    let id = model.as_ref().unwrap().device_type_id;
    for _ in 0..3 {
        assert_eq!(host.cached.model(MODEL).await.unwrap(), model);
        assert_eq!(host.cached.device(DEVICE).await.unwrap(), behind.device(DEVICE).await.unwrap());
        assert_eq!(host.cached.fields(id).await.unwrap(), behind.fields(id).await.unwrap());
        let kind = &model.as_ref().unwrap().device_type_code;
        assert_eq!(host.cached.device_type(kind).await.unwrap(), behind.device_type(kind).await.unwrap());
        assert_eq!(host.cached.model("nobody").await.unwrap(), None);
        assert_eq!(host.cached.device("nobody").await.unwrap(), None);
        assert_eq!(host.cached.fields(id + 1).await.unwrap(), None);
    }
    for call in ["model", "device", "fields"] {
        assert_eq!(host.store.asked(call), 1 + 3, "{call}");
    }
    assert_eq!(host.store.asked("device_type"), 1);
}

#[tokio::test]
async fn a_warm_host_knows_all_active_models_and_all_fields_by_two_queries() {
    let town = Town::new().await;
    let host = town.lone_host().await;
    assert_eq!(host.cached.warm().await.unwrap(), (2, 1));
    let model = host.model(MODEL).await;
    let (id, kind) = (model.device_type_id, model.device_type_code);
    assert_eq!(host.model("other").await, town.store().await.model("other").await.unwrap().unwrap());
    assert_eq!(host.cached.fields(id).await.unwrap().unwrap().len(), 2);
    assert_eq!(
        host.cached.device_type(&kind).await.unwrap(),
        town.store().await.device_type(&kind).await.unwrap()
    );
    assert_eq!((host.store.asked("active_models"), host.store.asked("all_device_types")), (1, 1));
    assert_eq!(["model", "fields", "device_type"].map(|call| host.store.asked(call)), [0; 3]);
    assert_eq!((host.lookups("l1"), host.lookups("miss")), (2, 0));
}

#[tokio::test]
async fn a_value_is_asked_for_again_when_its_time_is_over() {
    let town = Town::new().await;
    let host = town.host(&keeping(Duration::from_millis(300), 10)).await;
    host.model(MODEL).await;
    eventually("it is asked for again", async || {
        host.model(MODEL).await;
        host.store.asked("model") > 1
    })
    .await;
}

#[tokio::test]
async fn its_time_in_redis_is_part_of_its_time() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let settings = CacheSettings { redis: with_redis(redis).redis, ..keeping(Duration::from_secs(2), 10) };
    let (first, second) = (town.host(&settings).await, town.host(&settings).await);
    first.model(MODEL).await;
    // The second host has it from Redis again and again, and once, when nobody has it any more, from the database.
    eventually("the second host asks the database", async || {
        second.model(MODEL).await;
        second.store.asked("model") > 0
    })
    .await;
    assert!(second.lookups("l2") > 0);
}

#[tokio::test]
async fn memory_holds_what_it_may_and_no_more() {
    let town = Town::new().await;
    let host = town.host(&keeping(Duration::from_secs(3600), 1)).await;
    eventually("one makes room for the other", async || {
        host.model(MODEL).await;
        host.model("other").await;
        host.store.asked("model") > 2
    })
    .await;
}

#[tokio::test]
async fn lookups_are_counted_by_what_answered() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let settings = with_redis(redis);
    let (first, second) = (town.host(&settings).await, town.host(&settings).await);
    for _ in 0..4 {
        first.model(MODEL).await;
        second.model(MODEL).await;
    }
    let counts =
        |host: &crate::support::Host| ["l1", "l2", "miss", "stale"].map(|result| host.lookups(result));
    assert_eq!((counts(&first), counts(&second)), ([3, 0, 1, 0], [3, 1, 0, 0]));
    assert!(first.metrics.render().contains("\ncache_hit_rate 0.75\n"));
    assert!(second.metrics.render().contains("\ncache_hit_rate 1\n"));
    assert_eq!(second.count("cache_lookup_duration_seconds_count", &[r#"result="l1""#]), 3);
}
