//! What a build makes of rows.

use std::collections::BTreeMap;

use serde_json::json;

use crate::bench::{Bench, SECOND, START};

#[tokio::test]
async fn a_random_split_keeps_every_labelled_window_once() {
    let bench = Bench::new().await;
    let manifest = bench.build(json!({})).await.unwrap();
    let content = &manifest.content;
    // 119 windows a press; the label of the last row decides, and every 97th row has none.
    let labelled = content.train_samples + content.val_samples;
    assert_eq!(labelled + content.dropped_windows.without_label, 3 * 119);
    assert_eq!(content.val_samples, (labelled as f64 * 0.2).ceil() as u64);
    assert!(content.split.shared_rows > 0 && content.split.val_windows_sharing_rows > 0);
    assert!(manifest.warnings.iter().any(|warning| warning.code == "shared_rows"), "{:?}", manifest.warnings);
    assert_eq!(content.features.len(), 10);
    assert_eq!(
        (content.features[1].signal.as_deref(), content.features[1].statistic.as_str()),
        (Some("force"), "std")
    );
    assert_eq!(content.features[0].quantiles.len(), 101);

    let table = bench.table(&manifest).await;
    assert_eq!(table.rows() as u64, labelled);
    let sides: Vec<&str> = (0..table.rows()).map(|row| table.side(row)).collect();
    assert!(sides.is_sorted(), "training comes first");
    let mut counted: BTreeMap<String, u64> = BTreeMap::new();
    (0..table.rows()).for_each(|row| *counted.entry(table.label(row).to_string()).or_default() += 1);
    let distribution = content.label.class_distribution.clone().unwrap();
    assert_eq!(counted, distribution.into_iter().collect());
}

#[tokio::test]
async fn the_same_request_has_the_same_digest_for_any_number_of_threads() {
    let digests = async |threads: usize| {
        let bench = Bench::with_threads(threads).await;
        let first = bench.build(json!({"split_method": "time"})).await.unwrap();
        let second = bench.build(json!({"split_method": "time"})).await.unwrap();
        assert_ne!(first.dataset_id, second.dataset_id);
        assert_eq!(first.digest, second.digest);
        first.digest
    };
    let one = digests(1).await;
    assert_eq!(digests(2).await, one);
    assert_eq!(digests(8).await, one);
}

#[tokio::test]
async fn a_cut_in_time_separates_all_devices_alike() {
    let bench = Bench::new().await;
    let manifest = bench.build(json!({"split_method": "time", "val_split": 0.25})).await.unwrap();
    let cut = manifest.content.split.cut_time.unwrap().as_nanosecond() as i64;
    assert_eq!(cut, START + (1_199 * SECOND * 3).div_euclid(4));
    let table = bench.table(&manifest).await;
    for row in 0..table.rows() {
        let before = table.start(row) < cut;
        assert_eq!(table.side(row), if before { "train" } else { "val" });
        assert!(!before || table.start(row) + 19 * SECOND < cut, "nothing straddles the cut");
    }
    assert_eq!(manifest.content.split.shared_rows, 0);
}

#[tokio::test]
async fn a_device_is_on_one_side_as_a_whole() {
    let bench = Bench::new().await;
    let manifest = bench.build(json!({"split_method": "device", "val_split": 0.3})).await.unwrap();
    let split = &manifest.content.split;
    assert_eq!(
        (split.train_devices.as_ref().unwrap().len(), split.val_devices.as_ref().unwrap().len()),
        (2, 1)
    );
    let table = bench.table(&manifest).await;
    for row in 0..table.rows() {
        let validates = split.val_devices.as_ref().unwrap().iter().any(|code| code == table.device(row));
        assert_eq!(table.side(row), if validates { "val" } else { "train" });
    }
}

#[tokio::test]
async fn purging_takes_out_what_shares_rows() {
    let bench = Bench::new().await;
    let manifest = bench.build(json!({"purge": true, "val_split": 0.1})).await.unwrap();
    let split = &manifest.content.split;
    assert!(split.purged_windows > 0);
    assert_eq!((split.shared_rows, split.val_windows_sharing_rows), (0, 0));
    let table = bench.table(&manifest).await;
    let starts = |side: &str| -> Vec<(String, i64)> {
        let rows = (0..table.rows()).filter(|&row| table.side(row) == side);
        rows.map(|row| (table.device(row).to_owned(), table.start(row))).collect()
    };
    for (device, start) in starts("val") {
        let shares = |(other, begin): &(String, i64)| *other == device && (begin - start).abs() < 20 * SECOND;
        assert!(!starts("train").iter().any(shares), "{device} {start}");
    }
}

#[tokio::test]
async fn steps_may_be_fitted_device_by_device() {
    let bench = Bench::new().await;
    let changes =
        json!({"fit_scope": "device", "missing_value_method": "median", "outlier_method": "z_score"});
    let manifest = bench.build(changes).await.unwrap();
    let median = &manifest.content.steps[0];
    assert_eq!(median.method, "median");
    assert_eq!(median.states.keys().collect::<Vec<_>>(), ["P1", "P2", "P3"]);
    assert_ne!(median.states["P1"].get(), median.states["P2"].get());
    assert_eq!(median.state.get(), "null");
}

#[tokio::test]
async fn windows_without_some_feature_may_go() {
    let bench = Bench::new().await;
    let raw = json!({
        "missing_value_method": "none", "outlier_method": "none", "window_size": 5, "features": ["skewness", "mean"],
    });
    let kept = bench.build(raw.clone()).await.unwrap();
    let missing: u64 = kept.content.features.iter().map(|feature| feature.missing).sum();
    assert!(missing > 0);
    let mut changes = raw;
    changes["missing_features"] = json!("drop_window");
    let dropped = bench.build(changes).await.unwrap();
    assert!(dropped.content.dropped_windows.missing_features > 0);
    assert!(dropped.content.features.iter().all(|feature| feature.missing == 0));
    let table = bench.table(&dropped).await;
    assert!((0..table.rows()).all(|row| table.features(row).iter().all(Option::is_some)));
}

#[tokio::test]
async fn a_signal_can_be_the_label() {
    let bench = Bench::new().await;
    let changes = json!({"label_column": "heat", "label_strategy": "mean"});
    let manifest = bench.build(changes).await.unwrap();
    assert_eq!(manifest.content.features.len(), 5, "it is no signal any more");
    assert!(manifest.content.label.class_distribution.is_none());
    let statistics = manifest.content.label.statistics.as_ref().unwrap();
    assert_eq!(statistics.total.count, 3 * 119);
    assert!(statistics.total.mean.unwrap() > 20.0);
}

#[tokio::test]
async fn a_device_without_rows_may_be_left_out() {
    let bench = Bench::new().await;
    let changes = json!({"device_codes": ["P1", "P4"], "on_device_error": "skip"});
    let manifest = bench.build(changes).await.unwrap();
    assert_eq!(manifest.content.devices.len(), 1);
    assert_eq!(manifest.content.skipped_devices[0].device_code, "P4");
    assert!(manifest.warnings.iter().any(|warning| warning.code == "device_skipped"));
}
