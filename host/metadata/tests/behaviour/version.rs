//! The number that caches ask for: it grows with each change, and not otherwise.

use crate::support::{Place, Store, at, dataset, job, model, on_both, page, signal, welding};
use fettle_metadata::{
    DeviceFilter, ModelDefinition, ModelFilter, ModelType, NewModelField, NewUser, Page, PasswordHash, Role,
};

async fn version(store: &dyn Store) -> i64 {
    store.version().await.unwrap()
}

fn definition() -> ModelDefinition {
    ModelDefinition {
        code: "m".into(),
        name: "m".into(),
        model_type: ModelType::Realtime,
        device_type: "welder".into(),
        is_active: true,
        signals: vec![NewModelField::plain("current")],
        labels: vec![],
        defaults: serde_json::Map::new(),
    }
}

async fn each_change_counts_on_every_handle(place: Place) {
    let (here, there) = (place.open().await, place.open().await);
    let mut last = version(&*there).await;
    let mut grows = async |what: &str| {
        let next = version(&*there).await;
        assert!(next > last, "{what}");
        last = next;
    };
    here.register(&welding(), at(0)).await.unwrap();
    grows("a registration").await;
    let mut wider = welding();
    wider.fields.push(signal("gas_flow"));
    here.register(&wider, at(1)).await.unwrap();
    grows("a field").await;
    wider.devices[0].code = "WLD002".into();
    here.register(&wider, at(1)).await.unwrap();
    grows("a device").await;
    wider.models[0] = model("welding_ai_model", &["gas_flow"]);
    here.register(&wider, at(1)).await.unwrap();
    grows("an extension").await;
    here.create_model(&definition(), at(2)).await.unwrap();
    grows("a model").await;
    let renamed = ModelDefinition { name: "renamed".into(), ..definition() };
    here.replace_model(&renamed, None, at(3)).await.unwrap();
    grows("a replacement").await;
    here.delete_model("m").await.unwrap();
    grows("a removal").await;
}
on_both!(each_change_counts_on_every_handle);

async fn what_changes_no_model_does_not_count(place: Place) {
    let store = place.open().await;
    store.register(&welding(), at(0)).await.unwrap();
    store.create_model(&definition(), at(0)).await.unwrap();
    let before = version(&*store).await;
    assert!(store.register(&welding(), at(1)).await.unwrap().is_empty());
    store.check(&welding()).await.unwrap();
    store.create_model(&definition(), at(1)).await.unwrap_err();
    store.replace_model(&definition(), None, at(1)).await.unwrap();
    store.replace_model(&definition(), Some(7), at(1)).await.unwrap_err();
    assert!(!store.delete_model("nothing").await.unwrap());
    store.create_job(&job("1"), at(1)).await.unwrap();
    store.claim_job("host", at(9), at(1)).await.unwrap().unwrap();
    store.reserve_dataset_id(at(1)).await.unwrap();
    let mut entry = dataset("ds_20251103_001");
    entry.model_code = "m".into();
    store.insert_dataset(&entry).await.unwrap();
    store.delete_model("m").await.unwrap_err();
    let password_hash = PasswordHash::of_nobody();
    let user = NewUser { username: "test_user".into(), password_hash, role: Role::Viewer };
    store.create_user(&user, at(1)).await.unwrap();
    store.active_models().await.unwrap();
    store.models(ModelFilter::default(), page(1, 5)).await.unwrap();
    store.devices(&DeviceFilter::default(), Page::ALL).await.unwrap();
    drop(store);
    assert_eq!(version(&*place.open().await).await, before, "nor does opening");
}
on_both!(what_changes_no_model_does_not_count);

/// Whatever another process does to the tables, in its own words.
const FOREIGN_CHANGES: [&str; 10] = [
    "INSERT INTO t_device_type (type_code, type_name, created_at, updated_at)
        VALUES ('lathe', 'Lathe', '2025-11-03T00:00:00.000000Z', '2025-11-03T00:00:00.000000Z')",
    "UPDATE t_device_type SET type_name = 'Turning lathe' WHERE type_code = 'lathe'",
    "DELETE FROM t_device_type WHERE type_code = 'lathe'",
    "UPDATE t_device_field SET unit = 'A' WHERE field_code = 'current'",
    "UPDATE t_device SET is_active = FALSE WHERE device_code = 'WLD001'",
    "DELETE FROM t_device WHERE device_code = 'WLD001'",
    "UPDATE t_device_data_model SET is_active = FALSE WHERE model_code = 'welding_ai_model'",
    "UPDATE t_model_field_mapping SET scale_factor = 2 WHERE position = 0",
    "DELETE FROM t_model_field_mapping WHERE position = 0",
    "DELETE FROM t_device_data_model WHERE model_code = 'welding_ai_model'",
];

async fn counts_foreign_changes(place: &Place) {
    let store = place.open().await;
    store.register(&welding(), at(0)).await.unwrap();
    let mut last = version(&*store).await;
    for change in FOREIGN_CHANGES {
        place.sql(change).await;
        let next = version(&*store).await;
        assert!(next > last, "{change}");
        last = next;
    }
}

#[tokio::test]
async fn what_another_process_writes_into_the_file_counts() {
    counts_foreign_changes(&Place::sqlite()).await;
}

#[tokio::test]
async fn what_others_write_to_postgres_counts_where_it_is_watched() {
    let Some(place) = Place::postgres() else { return };
    drop(place.open().await);
    let watch = include_str!("../../../../config/postgres/watch_changes.sql");
    place.sql(watch).await;
    place.sql(watch).await;
    counts_foreign_changes(&place).await;
    // A change that is taken back is none.
    let before = version(&*place.open().await).await;
    place.sql("BEGIN; UPDATE t_device_type SET type_name = 'x'; ROLLBACK").await;
    assert_eq!(version(&*place.open().await).await, before);
}
