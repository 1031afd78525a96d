//! The index of datasets, and the numbers in their ids.

use std::collections::BTreeSet;

use crate::support::{Place, at, dataset as entry, on_both, page};
use fettle_metadata::{Conflict, DatasetEntry, DatasetFilter, MetadataError};
use jiff::Timestamp;

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn ids_count_within_the_utc_day(place: Place) {
    let store = place.open().await;
    let reserve = async |text| store.reserve_dataset_id(moment(text)).await.unwrap();
    assert_eq!(reserve("2025-11-03T00:00:00Z").await, "ds_20251103_001");
    assert_eq!(reserve("2025-11-04T07:59:59+08:00").await, "ds_20251103_002");
    assert_eq!(reserve("2025-11-04T08:00:00+08:00").await, "ds_20251104_001");
    for _ in 3..1000 {
        reserve("2025-11-03T12:00:00Z").await;
    }
    assert_eq!(reserve("2025-11-03T12:00:00Z").await, "ds_20251103_1000");
}
on_both!(ids_count_within_the_utc_day);

async fn no_id_is_given_twice_by_several_processes_after_deletes_and_restarts(place: Place) {
    let mut ids = BTreeSet::new();
    for _ in 0..2 {
        let stores = [place.open().await, place.open().await];
        let mut tasks = Vec::new();
        for number in 0..20 {
            let store = stores[number % 2].clone();
            tasks.push(tokio::spawn(async move {
                let id = store.reserve_dataset_id(at(0)).await.unwrap();
                store.insert_dataset(&entry(&id)).await.unwrap();
                assert!(store.delete_dataset(&id).await.unwrap());
                id
            }));
        }
        for task in tasks {
            assert!(ids.insert(task.await.unwrap()));
        }
    }
    assert_eq!(ids.last().map(String::as_str), Some("ds_20251103_040"));
}
on_both!(no_id_is_given_twice_by_several_processes_after_deletes_and_restarts);

async fn a_dataset_is_found_as_it_was_inserted_until_it_is_deleted(place: Place) {
    let store = place.open().await;
    let entry = DatasetEntry { job_id: Some("job_1".into()), ..entry("ds_20251103_001") };
    store.insert_dataset(&entry).await.unwrap();
    assert_eq!(store.dataset("ds_20251103_001").await.unwrap(), Some(entry.clone()));
    assert_eq!(store.dataset_of_job("job_1").await.unwrap(), Some(entry));
    assert_eq!(store.dataset_of_job("job_2").await.unwrap(), None);
    assert!(store.delete_dataset("ds_20251103_001").await.unwrap());
    assert!(!store.delete_dataset("ds_20251103_001").await.unwrap());
    assert_eq!(store.dataset("ds_20251103_001").await.unwrap(), None);
}
on_both!(a_dataset_is_found_as_it_was_inserted_until_it_is_deleted);

async fn one_job_leaves_one_dataset(place: Place) {
    let store = place.open().await;
    let of_job = |id: &str| DatasetEntry { job_id: Some("job_1".into()), ..entry(id) };
    store.insert_dataset(&of_job("ds_20251103_001")).await.unwrap();
    for refused in [of_job("ds_20251103_002"), entry("ds_20251103_001")] {
        let error = store.insert_dataset(&refused).await.unwrap_err();
        let expected = Conflict::DatasetExists(refused.id.clone());
        assert!(matches!(error, MetadataError::Conflict(conflict) if conflict == expected));
    }
    store.insert_dataset(&entry("ds_20251103_003")).await.unwrap();
    store.insert_dataset(&entry("ds_20251103_004")).await.unwrap();
}
on_both!(one_job_leaves_one_dataset);

async fn datasets_are_listed_newest_first_by_model_and_page(place: Place) {
    let store = place.open().await;
    for id in ["ds_20251103_999", "ds_20251103_1000", "ds_20251104_001"] {
        store.insert_dataset(&entry(id)).await.unwrap();
    }
    let other = DatasetEntry { model_code: "other".into(), ..entry("ds_20251104_002") };
    store.insert_dataset(&other).await.unwrap();
    let list = async |model: Option<&str>, number, size| {
        let filter = DatasetFilter { model_code: model.map(str::to_owned) };
        let paged = store.datasets(&filter, page(number, size)).await.unwrap();
        let ids: Vec<_> = paged.items.iter().map(|entry| entry.id.trim_start_matches("ds_202511")).collect();
        (ids.join(" "), paged.total.count)
    };
    assert_eq!(list(None, 1, 50).await, ("04_002 04_001 03_1000 03_999".into(), 4));
    assert_eq!(list(Some("welding_ai_model"), 2, 2).await, ("03_999".into(), 3));
    assert_eq!(list(Some("other"), 1, 2).await, ("04_002".into(), 1));
    assert_eq!(list(Some("nothing"), 1, 2).await, (String::new(), 0));
    assert_eq!(store.datasets_using("welding_ai_model").await.unwrap(), 3);
    assert_eq!(store.datasets_using("nothing").await.unwrap(), 0);
}
on_both!(datasets_are_listed_newest_first_by_model_and_page);
