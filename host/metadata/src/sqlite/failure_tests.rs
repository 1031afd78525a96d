//! SQLite's failures as a caller meets them.

use jiff::Timestamp;

use crate::{
    DeviceFilter, MetadataError, MetadataStore, NewDevice, NewDeviceType, Page, Registration, SqliteStore,
};

#[tokio::test]
async fn a_full_disk_is_told_apart_and_what_was_there_stays() {
    let store = SqliteStore::in_memory().await.unwrap();
    sqlx::query("PRAGMA max_page_count = 60").execute(&store.pool).await.unwrap();
    let device = |number| NewDevice { code: format!("D{number}"), name: "x".repeat(1000) };
    let mut registration = Registration {
        device_type: NewDeviceType { code: "welder".into(), name: "Welder".into() },
        fields: vec![],
        devices: vec![device(0)],
        models: vec![],
    };
    store.register(&registration, Timestamp::UNIX_EPOCH).await.unwrap();
    registration.devices.extend((1..1000).map(device));
    let error = store.register(&registration, Timestamp::UNIX_EPOCH).await.unwrap_err();
    assert!(matches!(error, MetadataError::StorageFull(_)), "{error:?}");
    assert_eq!(store.devices(&DeviceFilter::default(), Page::ALL).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_unavailable() {
    let store = SqliteStore::in_memory().await.unwrap();
    store.pool.close().await;
    assert!(matches!(store.ping().await, Err(MetadataError::Unavailable(_))));
}
