//! Changes: nobody is answered with what was before.

use std::sync::Arc;

use fettle_metadata::{MetadataStore, ModelDefinition};
use fettle_testbed::Redis;
use jiff::Timestamp;

use crate::support::{MODEL, Town, definition, eventually, signal, welding, with_redis};

#[tokio::test]
async fn a_change_made_here_counts_at_once() {
    let town = Town::new().await;
    let host = town.lone_host().await;
    host.cached.warm().await.unwrap();
    assert_eq!(host.model(MODEL).await.revision, 1);
    host.rename(MODEL, "Weld quality").await;
    assert_eq!(host.model(MODEL).await.name, "Weld quality");

    host.cached.create_model(&definition("new"), Timestamp::now()).await.unwrap();
    assert_eq!(host.model("new").await.revision, 1);
    assert!(host.cached.delete_model("new").await.unwrap());
    assert_eq!(host.cached.model("new").await.unwrap(), None);

    let id = host.model(MODEL).await.device_type_id;
    let mut registration = welding(&[]);
    registration.fields.push(signal("gas"));
    host.cached.register(&registration, Timestamp::now()).await.unwrap();
    let fields = host.cached.fields(id).await.unwrap().unwrap();
    assert_eq!(fields.last().unwrap().code, "gas");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_a_change_overtakes_leaves_nothing_behind() {
    let Some(redis) = Redis::shared() else { return };
    let town = Town::new().await;
    let settings = with_redis(redis);
    let (slow, other) = (Arc::new(town.host(&settings).await), town.host(&settings).await);
    slow.store.hold(&["model"]);
    let late = {
        let slow = Arc::clone(&slow);
        tokio::spawn(async move { slow.model(MODEL).await })
    };
    eventually("it has been read", async || slow.store.asked("model") == 1).await;
    slow.rename(MODEL, "Weld quality").await;
    // Now the old model arrives, and gets wherever it gets.
    slow.store.hold(&[]);
    slow.store.permits.add_permits(1);
    assert_eq!(late.await.unwrap().revision, 1, "it was asked for before the change");
    assert_eq!(slow.model(MODEL).await.revision, 2);
    assert_eq!(other.model(MODEL).await.revision, 2);
}

#[tokio::test]
async fn a_change_by_another_program_is_noticed() {
    let town = Town::new().await;
    let host = town.lone_host().await;
    assert_eq!(host.model(MODEL).await.revision, 1);
    let definition = ModelDefinition { is_active: false, ..definition(MODEL) };
    town.store().await.replace_model(&definition, None, Timestamp::now()).await.unwrap().unwrap();
    eventually("it is noticed", async || !host.model(MODEL).await.is_active).await;
}

#[tokio::test]
async fn what_does_not_change_anything_costs_no_reload() {
    let town = Town::new().await;
    let host = town.lone_host().await;
    host.model(MODEL).await;
    let registered = host.cached.register(&welding(&[MODEL]), Timestamp::now()).await.unwrap();
    assert!(registered.is_empty());
    assert_eq!(host.rename(MODEL, MODEL).await.revision, 1);
    host.model(MODEL).await;
    assert_eq!(host.store.asked("model"), 1);
}
