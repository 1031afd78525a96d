//! Requests that make no dataset.

use serde_json::json;

use crate::bench::Bench;

#[tokio::test]
async fn what_makes_no_sense_is_told_by_field() {
    let bench = Bench::new().await;
    for (changes, fields) in [
        (json!({"label_column": "quality"}), vec!["label_column"]),
        (json!({"val_split": 0}), vec!["val_split"]),
        (json!({"val_split": 1}), vec!["val_split"]),
        (json!({"device_codes": ["P1", "P1"]}), vec!["device_codes[1]"]),
        (json!({"device_codes": []}), vec!["device_codes"]),
        (json!({"device_codes": ["P1", "P9"]}), vec!["device_codes[1]"]),
        (json!({"fit_scope": "device", "split_method": "device"}), vec!["fit_scope", "split_method"]),
        (json!({"split_method": "time", "stratify": true}), vec!["stratify"]),
        (json!({"split_method": "device", "purge": true}), vec!["purge"]),
        (json!({"split_time": "2025-11-01T00:10:00Z"}), vec!["split_time"]),
        (
            json!({"split_method": "time", "split_time": "2025-11-01T00:10:00Z", "val_split": 0.2}),
            vec!["val_split"],
        ),
        (json!({"outlier_params": {"action": "drop"}}), vec!["split_method", "outlier_params"]),
        (
            json!({"missing_value_method": "drop", "outlier_params": {"action": "missing", "refill": true}}),
            vec!["split_method", "outlier_params.refill"],
        ),
        (json!({"label_strategy": "mean"}), vec!["label_strategy"]),
        (json!({"label_column": "heat", "stratify": true}), vec!["stratify"]),
        (json!({"label_column": "heat", "label_type": "class"}), vec!["label_type"]),
        (
            json!({"outlier_method": "iqrr", "val_split": 2, "overlap": 1}),
            vec!["val_split", "outlier_method", "window_params.overlap"],
        ),
    ] {
        let told = bench.refused(changes.clone()).await;
        let told: Vec<String> = told
            .into_iter()
            .map(|field| if field == "overlap" { "window_params.overlap".to_owned() } else { field })
            .collect();
        assert_eq!(told, fields, "{changes}");
    }
}

#[tokio::test]
async fn too_little_data_says_what_there_is() {
    let bench = Bench::new().await;
    for (changes, told) in [
        (json!({"device_codes": ["P1", "P4"]}), "device `P4`: it has no row"),
        (json!({"device_codes": ["P4"], "on_device_error": "skip"}), "no device has a row"),
        (json!({"window_size": 5000}), "fewer than one window"),
        (json!({"device_codes": ["P1"], "split_method": "device"}), "at least two devices"),
        (json!({"purge": true, "val_split": 0.6, "overlap": 0.9}), "`split_method` `time`"),
    ] {
        let message = bench.insufficient(changes.clone()).await;
        assert!(message.contains(told), "{changes}: {message}");
    }
}

#[tokio::test]
async fn one_class_cannot_be_stratified() {
    let bench = Bench::new().await;
    // The label is bad in no window this early.
    let changes = json!({"end_time": "2025-11-01T00:00:25Z", "window_size": 3, "device_codes": ["P1"], "stratify": true});
    assert_eq!(bench.refused(changes).await, ["stratify"]);
}
