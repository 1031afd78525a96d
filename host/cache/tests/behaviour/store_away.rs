//! The database is away.

use fettle_metadata::{MetadataError, MetadataStore};
use fettle_testbed::Redis;

use crate::support::{DEVICE, MODEL, Town, eventually, with_redis};

#[tokio::test]
async fn what_is_known_is_answered_and_what_is_not_is_the_stores_error() {
    let town = Town::new().await;
    let host = town.lone_host().await;
    let model = host.model(MODEL).await;
    host.store.go_away();
    for _ in 0..3 {
        assert_eq!(host.model(MODEL).await, model);
        let error = host.cached.device(DEVICE).await.unwrap_err();
        assert!(matches!(error, MetadataError::Unavailable(_)), "{error:?}");
    }
    host.store.come_back();
    assert_eq!(host.cached.device(DEVICE).await.unwrap().unwrap().code, DEVICE);
}

#[tokio::test(flavor = "multi_thread")]
async fn also_when_redis_is_away_as_well() {
    let Some(redis) = Redis::start() else { return };
    let town = Town::new().await;
    let host = town.host(&with_redis(&redis)).await;
    let model = host.model(MODEL).await;
    host.store.go_away();
    redis.kill();
    // Without Redis, values in memory are asked for again every few seconds.
    eventually("the database is missed", async || {
        assert_eq!(host.model(MODEL).await, model);
        host.lookups("stale") > 0
    })
    .await;
    host.store.come_back();
    let asked = host.store.asked("model");
    eventually("the database is asked", async || {
        assert_eq!(host.model(MODEL).await, model);
        host.store.asked("model") > asked
    })
    .await;
}

/// A change that somebody else made through Redis, while this host cannot reach the database.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_to_have_changed_is_not_answered_as_it_was() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let settings = with_redis(redis);
    let (first, second) = (town.host(&settings).await, town.host(&settings).await);
    second.cached.warm().await.unwrap();
    let other = second.model("other").await;
    second.store.go_away();
    let changed = first.rename(MODEL, "Weld quality").await;
    assert!(matches!(second.cached.model(MODEL).await, Err(MetadataError::Unavailable(_))));
    assert_eq!(second.model("other").await, other, "it is as it was");
    // Once the first host has read it, it stands in Redis.
    first.model(MODEL).await;
    assert_eq!(second.model(MODEL).await, changed);
    second.store.come_back();
    assert_eq!(second.model("other").await, other);
}
