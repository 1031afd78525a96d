//! How many items a list has: exactly for small ones, about for large ones in PostgreSQL, and always whether there are
//! more.

use std::sync::Arc;

use crate::support::{Place, Store, at, on_both, page, welding};
use fettle_metadata::{DeviceFilter, JobFilter, ModelFilter, ModelType};

/// Devices beside the one that there is; every tenth is out of use.
const MANY: u64 = 30_000;

async fn fill(place: &Place) -> Arc<dyn Store> {
    let store = place.open().await;
    store.register(&welding(), at(0)).await.unwrap();
    match place {
        Place::Sqlite(_) => {
            place
                .sql(
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
                    INSERT INTO t_device (device_code, device_name, device_type_id, is_active, created_at, updated_at)
                    SELECT printf('D%06d', i), 'device', 1, i % 10 <> 0, '2025-11-03T00:00:00.000000Z', '' FROM n",
                )
                .await;
        }
        Place::Postgres(_) => {
            place
                .sql(
                    "INSERT INTO t_device (device_code, device_name, device_type_id, is_active, created_at, updated_at)
                    SELECT 'D' || lpad(i::text, 6, '0'), 'device', 1, i % 10 <> 0, now(), now()
                    FROM generate_series(1, 30000) AS i; ANALYZE t_device",
                )
                .await;
        }
    }
    store
}

async fn a_large_list_is_paged_to_its_end_whatever_its_total(place: Place) {
    let store = fill(&place).await;
    let estimates = matches!(place, Place::Postgres(_));
    let all = DeviceFilter::default();
    let first = store.devices(&all, page(1, 500)).await.unwrap();
    assert_eq!((first.items.len(), first.more, first.total.is_estimate), (500, true, estimates));
    let (least, most) = if estimates { (MANY * 9 / 10, MANY * 11 / 10) } else { (MANY + 1, MANY + 1) };
    assert!((least..=most).contains(&first.total.count), "{:?}", first.total);

    let (mut number, mut seen) = (1, 0);
    loop {
        let paged = store.devices(&all, page(number, 7_000)).await.unwrap();
        seen += paged.items.len() as u64;
        assert!(paged.total.count >= seen);
        if !paged.more {
            assert_eq!((paged.total.count, paged.total.is_estimate), (MANY + 1, false), "its end was seen");
            break;
        }
        number += 1;
    }
    assert_eq!((number, seen), (5, MANY + 1));
    let behind = store.devices(&all, page(100, 7_000)).await.unwrap();
    assert_eq!((behind.items.len(), behind.more), (0, false));
}
on_both!(a_large_list_is_paged_to_its_end_whatever_its_total);

async fn a_small_part_of_a_large_table_is_counted(place: Place) {
    let store = fill(&place).await;
    let idle = DeviceFilter { device_type: Some("welder".into()), is_active: Some(false) };
    let paged = store.devices(&idle, page(1, 10)).await.unwrap();
    assert_eq!((paged.total.count, paged.total.is_estimate, paged.more), (MANY / 10, false, true));
    let idle = DeviceFilter { device_type: None, is_active: Some(false) };
    assert_eq!(store.devices(&idle, page(1, 10)).await.unwrap().total.count, MANY / 10);
}
on_both!(a_small_part_of_a_large_table_is_counted);

#[tokio::test]
async fn statistics_that_are_missing_make_no_small_list_large_and_no_large_one_small() {
    let Some(place) = Place::postgres() else { return };
    let store = place.open().await;
    store.register(&welding(), at(0)).await.unwrap();
    place
        .sql(
            "ALTER TABLE t_device_data_model SET (autovacuum_enabled = off);
            INSERT INTO t_device_data_model (model_code, model_name, model_type, device_type_id, created_at, updated_at)
            SELECT 'm' || i, 'm', 'realtime', 1, now(), now() FROM generate_series(1, 10000) AS i",
        )
        .await;
    let realtime = ModelFilter { model_type: Some(ModelType::Realtime), is_active: None };
    let counted = store.models(realtime, page(1, 10)).await.unwrap();
    assert_eq!((counted.total.count, counted.total.is_estimate), (10_000, false));
    let all = store.models(ModelFilter::default(), page(1, 10)).await.unwrap();
    assert!(all.total.is_estimate && all.total.count >= 10_001, "{:?}", all.total);
    place.sql("DELETE FROM t_device_data_model WHERE model_type = 'realtime'").await;
    let counted = store.models(ModelFilter::default(), page(1, 10)).await.unwrap();
    assert_eq!((counted.total.count, counted.total.is_estimate), (1, false));
}

async fn jobs_are_counted_by_owner(place: Place) {
    let store = place.open().await;
    for number in 0..25 {
        store.create_job(&crate::support::job(&format!("{number}")), at(0)).await.unwrap();
    }
    let mine = JobFilter { owner: Some("test_user".into()) };
    let paged = store.jobs(&mine, page(3, 10)).await.unwrap();
    assert_eq!((paged.items.len(), paged.total.count, paged.more), (5, 25, false));
    let paged = store.jobs(&JobFilter::default(), page(2, 10)).await.unwrap();
    assert_eq!((paged.items.len(), paged.total.count, paged.more), (10, 25, true));
}
on_both!(jobs_are_counted_by_owner);
