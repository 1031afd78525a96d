//! Hosts that share a database and a Redis server.

use fettle_metadata::MetadataStore;
use fettle_testbed::Redis;
use redis::Commands;

use crate::support::{DEVICE, Host, MODEL, Town, eventually, with_redis};

fn is_ready(host: &Host) -> bool {
    host.cached.status().state() == fettle_cache::CacheState::Ready
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_on_one_host_is_seen_by_the_next_request_on_the_other() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let settings = with_redis(redis);
    let (first, second) = (town.host(&settings).await, town.host(&settings).await);
    second.cached.warm().await.unwrap();
    // Whatever the second host gets to know of versions, it has to hear it from the first.
    second.store.refuse(&["version"]);
    for number in 0..20 {
        let name = format!("Weld quality {number}");
        let changed = first.rename(MODEL, &name).await;
        assert_eq!(second.model(MODEL).await, changed);
    }
    assert!(first.cached.delete_model("other").await.unwrap());
    assert_eq!(second.cached.model("other").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn also_when_redis_was_away_in_between() {
    let Some(redis) = Redis::start() else { return };
    let town = Town::new().await;
    let settings = with_redis(&redis);
    let (first, second) = (town.host(&settings).await, town.host(&settings).await);
    for name in ["once", "twice"] {
        second.model(MODEL).await;
        redis.kill();
        let changed = first.rename(MODEL, name).await;
        assert_eq!(second.model(MODEL).await, changed);
        redis.restart();
        assert_eq!(second.model(MODEL).await, changed);
        // One of them may have found Redis again, and the other not.
        let changed = first.rename(MODEL, &format!("{name} more")).await;
        assert_eq!(second.model(MODEL).await, changed);
        eventually("both are connected again", async || is_ready(&first) && is_ready(&second)).await;
        assert_eq!(second.model(MODEL).await, changed);
    }
    let changed = first.rename(MODEL, "as ever").await;
    assert_eq!(second.model(MODEL).await, changed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_by_a_command_is_heard_by_servers() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let settings = with_redis(redis);
    let server = town.host(&settings).await;
    server.model(MODEL).await;
    server.store.refuse(&["version"]);
    let command = town.host(&settings).await;
    let changed = command.rename(MODEL, "Weld quality").await;
    drop(command);
    assert_eq!(server.model(MODEL).await, changed);
}

#[tokio::test]
async fn what_one_host_has_read_the_others_find() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let settings = with_redis(redis);
    let (first, second) = (town.host(&settings).await, town.host(&settings).await);
    let model = first.model(MODEL).await;
    let device = first.cached.device(DEVICE).await.unwrap();
    let fields = first.cached.fields(model.device_type_id).await.unwrap();
    assert_eq!(second.model(MODEL).await, model);
    assert_eq!(second.cached.device(DEVICE).await.unwrap(), device);
    assert_eq!(second.cached.fields(model.device_type_id).await.unwrap(), fields);
    assert_eq!(["model", "device", "fields"].map(|call| second.store.asked(call)), [0, 0, 0]);
}

#[tokio::test]
async fn hosts_of_another_prefix_have_nothing_in_common_with_them() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let (first, second) = (town.host(&with_redis(redis)).await, town.host(&with_redis(redis)).await);
    first.model(MODEL).await;
    second.model(MODEL).await;
    assert_eq!((second.lookups("l2"), second.store.asked("model")), (0, 1));
}

#[tokio::test]
async fn a_database_made_anew_has_nothing_of_the_one_before() {
    let Some(redis) = Redis::shared() else { return };
    let settings = with_redis(redis);
    let before = Town::new().await;
    let host = before.host(&settings).await;
    host.rename(MODEL, "Weld quality").await;
    host.model(MODEL).await;
    // As many changes as led to what is in Redis.
    let anew = Town::new().await;
    let host = anew.host(&settings).await;
    host.rename(MODEL, "Weld quality, anew").await;
    let host = anew.host(&settings).await;
    assert_eq!(host.model(MODEL).await.name, "Weld quality, anew");
    assert_eq!(host.model("other").await, anew.store().await.model("other").await.unwrap().unwrap());
}

#[tokio::test]
async fn neither_has_one_that_was_put_back_to_a_former_state() {
    let Some(redis) = Redis::shared() else { return };
    let settings = with_redis(redis);
    let town = Town::new().await;
    let backup = town.backup();
    let host = town.host(&settings).await;
    host.rename(MODEL, "lost").await;
    host.model(MODEL).await;
    // As many changes as led to what is in Redis.
    let host = backup.host(&settings).await;
    host.rename("other", "kept").await;
    assert_eq!(host.model(MODEL).await.name, MODEL);
    assert_eq!(backup.host(&settings).await.model(MODEL).await.name, MODEL);
}

#[tokio::test]
async fn keys_and_times_are_those_of_the_original_plan() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let settings = with_redis(redis);
    let host = town.host(&settings).await;
    let id = host.model(MODEL).await.device_type_id;
    host.cached.fields(id).await.unwrap();
    host.cached.device(DEVICE).await.unwrap();
    let mut raw = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let prefix = &settings.redis.as_ref().unwrap().prefix;
    let left: Vec<i64> =
        [format!("model:config:{MODEL}"), format!("mappings:{id}"), format!("device:{DEVICE}")]
            .iter()
            .map(|key| raw.ttl(format!("{prefix}{key}")).unwrap())
            .collect();
    let expected = [86_400, 21_600, 600];
    assert!(left.iter().zip(expected).all(|(left, all)| (all - 60..=all).contains(left)), "{left:?}");

    host.rename(MODEL, "Weld quality").await;
    assert!(
        !raw.exists::<_, bool>(format!("{prefix}model:config:{MODEL}")).unwrap(),
        "a change removes the key"
    );
}
