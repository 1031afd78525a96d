//! Building again, and what is told when that comes out otherwise.

use std::fs;
use std::sync::Arc;

use fettle_datasets::{BuiltFor, Changed, DatasetRequest, Replayed, ServeRequest, ServedRows};
use serde_json::{Value, json};

use crate::bench::{Bench, Unwatched, key, press};

impl Bench {
    async fn replay(&self, id: &str) -> Replayed {
        self.datasets.replay(id, Arc::new(Unwatched)).await.unwrap()
    }
}

fn told(replayed: &Replayed) -> Vec<(Changed, &str)> {
    assert_eq!(replayed.identical, replayed.differences.is_empty());
    replayed.differences.iter().map(|difference| (difference.what, difference.name.as_str())).collect()
}

#[tokio::test]
async fn the_same_rows_come_out_the_same() {
    let bench = Bench::new().await;
    for changes in [
        json!({}),
        json!({"stratify": true, "missing_value_method": "mean", "normalize_method": "min_max"}),
        json!({"split_method": "time", "outlier_params": {"action": "drop"}}),
        json!({
            "split_method": "device", "window_size": null, "overlap": null,
            "window_method": "sliding_time", "window_params": {"size_s": 20},
        }),
        json!({"fit_scope": "device", "normalize_scope": "signal", "features": ["median", "slope"]}),
    ] {
        let manifest = bench.build(changes.clone()).await.unwrap();
        let replayed = bench.replay(&manifest.dataset_id).await;
        assert_eq!(told(&replayed), [], "{changes}");
        assert_eq!(replayed.replayed_digest.as_ref(), Some(&manifest.digest), "{changes}");
    }
}

#[tokio::test]
async fn another_program_replays_and_serves_with_the_plugins_of_the_dataset() {
    let bench = Bench::new().await;
    let manifest = bench.build(json!({"missing_value_method": "mean"})).await.unwrap();
    let id = manifest.dataset_id.clone();
    let other = bench.under_another_program().await;
    let replayed = other.replay(&id, Arc::new(Unwatched)).await.unwrap();
    assert_eq!(told(&replayed), []);

    let request = || ServeRequest {
        dataset_id: id.clone(),
        model_code: "m".to_owned(),
        device_code: "P1".to_owned(),
        rows: ServedRows::LastWindows(50),
    };
    let (here, there) =
        (bench.datasets.serve(request()).await.unwrap(), other.serve(request()).await.unwrap());
    assert_eq!(serde_json::to_value(&here.metadata).unwrap(), serde_json::to_value(&there.metadata).unwrap());
    assert_eq!(format!("{:?}", here.matrix), format!("{:?}", there.matrix));

    // What it builds itself is built with its own.
    let built_for = BuiltFor { user: "ada".to_owned(), job_id: None };
    let own = other.build(request_with_mean(), built_for, Arc::new(Unwatched)).await.unwrap();
    assert_ne!(own.content.steps[0].digest, manifest.content.steps[0].digest);
    assert_eq!(own.content.table_digest, manifest.content.table_digest);
}

fn request_with_mean() -> DatasetRequest {
    crate::bench::request(json!({"missing_value_method": "mean"}))
}

#[tokio::test]
async fn a_changed_row_is_told_by_its_device() {
    let bench = Bench::new().await;
    let manifest = bench.build(json!({})).await.unwrap();
    let mut rows = press(1);
    rows.signals[0].values[700] += 1e-9;
    bench.series.write(&key("P2"), rows).await.unwrap();
    let replayed = bench.replay(&manifest.dataset_id).await;
    assert_eq!(told(&replayed), [(Changed::Rows, "P2")]);
    assert_ne!(replayed.replayed_digest, Some(manifest.digest));
}

#[tokio::test]
async fn a_changed_byte_of_a_plugin_is_told_by_its_name() {
    let bench = Bench::new().await;
    let manifest = bench.build(json!({})).await.unwrap();
    let step = manifest.content.steps.iter().find(|step| step.plugin == "statistics").unwrap();
    let file = bench.folder.path().join(format!("datasets/plugins/{}.wasm", step.digest));
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let replayed = bench.replay(&manifest.dataset_id).await;
    assert_eq!(told(&replayed), [(Changed::Plugin, "statistics")]);
    assert_eq!(replayed.replayed_digest, None);
}

#[tokio::test]
async fn a_changed_parameter_is_told_by_its_name() {
    let bench = Bench::new().await;
    let manifest = bench.build(json!({})).await.unwrap();
    let file = bench.folder.path().join(format!("datasets/datasets/{}/manifest.json", manifest.dataset_id));
    let mut stored: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    stored["content"]["request"]["window_params"]["window_size"] = json!(40);
    stored["content"]["request"]["window_params"]["stride"] = json!(20);
    fs::write(&file, stored.to_string()).unwrap();
    let replayed = bench.replay(&manifest.dataset_id).await;
    let told = told(&replayed);
    assert!(told.contains(&(Changed::Parameter, "window_params.window_size")), "{told:?}");
    assert!(told.contains(&(Changed::Manifest, "request")), "{told:?}");
    assert_ne!(replayed.replayed_digest, Some(manifest.digest));
}

#[tokio::test]
async fn a_changed_table_is_told() {
    let bench = Bench::new().await;
    let manifest = bench.build(json!({})).await.unwrap();
    let other = bench.build(json!({"random_state": 7})).await.unwrap();
    let data = |id: &str| bench.folder.path().join(format!("datasets/datasets/{id}/data.parquet"));
    fs::copy(data(&other.dataset_id), data(&manifest.dataset_id)).unwrap();
    let replayed = bench.replay(&manifest.dataset_id).await;
    assert_eq!(told(&replayed), [(Changed::Table, "data.parquet")]);
}
