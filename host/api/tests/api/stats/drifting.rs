//! Features against those of a dataset.

use serde_json::{Value, json};

use super::{asked, feature, near, number, with_steady};
use crate::datasets;
use crate::extract::Client;

const UNFITTED: [(&str, &str); 2] = [("missing_value_method", "interpolate"), ("outlier_method", "none")];

async fn client() -> Client {
    datasets::client().await
}

/// A dataset of `W1` and `W2`, which have the same rows.
async fn dataset(client: &Client, changes: Value) -> String {
    let mut asked = json!({"window_size": 20});
    asked.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    asked.as_object_mut().unwrap().extend(UNFITTED.map(|(name, value)| (name.to_owned(), json!(value))));
    client.dataset(asked).await
}

#[tokio::test]
async fn the_rows_of_the_baseline_itself_have_hardly_drifted_and_other_rows_have() {
    let client = client().await;
    let id = dataset(&client, json!({})).await;
    let same = client.described(json!({"baseline_dataset_id": id})).await;
    assert_eq!(same["metadata"]["fitted_on"], "dataset");
    assert_eq!(same["metadata"]["baseline_dataset_id"], json!(id));
    assert_eq!(same["sample_count"], 198);
    for found in same["feature_statistics"].as_array().unwrap() {
        assert!(number(&found["psi"]) < 0.1 && number(&found["ks"]) < 0.1, "{found}");
    }

    with_steady(&client, "W3", 400.0).await;
    let other = client.described(json!({"baseline_dataset_id": id, "device_code": "W3"})).await;
    let current = feature(&other, "current_mean");
    assert_eq!(number(&current["ks"]), 1.0);
    // Nine empty bins, and the last one with all.
    let empty = 9.0 * (1e-4 - 0.1) * (1e-4f64 / 0.1).ln();
    near(&current["psi"], empty + 0.9 * 10f64.ln());
}

#[tokio::test]
async fn the_steps_are_the_datasets_with_what_they_learnt() {
    let client = client().await;
    let changes = json!({"window_size": 30, "outlier_method": "z_score", "missing_value_method": "median"});
    let built = client.built(changes).await;
    let id = built["dataset_id"].as_str().unwrap();
    with_steady(&client, "W3", 400.0).await;
    let data = client.described(json!({"baseline_dataset_id": id, "device_code": "W3"})).await;
    let manifest = client.server.get(&format!("/ai/datasets/{id}"), &client.token).await.json();
    let (steps, recorded) = (&data["metadata"]["steps"], &manifest["data"]["content"]["steps"]);
    for place in 0..2 {
        assert_eq!(steps[place]["state"], recorded[place]["state"]);
        assert!(steps[place]["state"].is_object());
    }
    assert_eq!(data["metadata"]["window_size"], 30);
    let names: Vec<&Value> =
        manifest["data"]["content"]["features"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(data["feature_names"].as_array().unwrap().iter().collect::<Vec<_>>(), names);
    // Pulled to the bounds that the dataset's rows have.
    assert!(number(&feature(&data, "current_max")["max"]) < 300.0);
}

#[tokio::test]
async fn fields_about_steps_beside_a_baseline_are_named_and_so_is_another_model() {
    let client = client().await;
    let id = dataset(&client, json!({})).await;
    let beside =
        json!({"baseline_dataset_id": id, "window_size": 5, "features": ["mean", "std"], "overlap": 2});
    let told = client.stats(beside).await.invalid();
    let message = "cannot stand beside `baseline_dataset_id`: the dataset says what is done with rows";
    assert_eq!(told, ["window_size", "overlap", "features"].map(|field| format!("{field}: {message}")));
    let told = client.stats(json!({"baseline_dataset_id": id, "model_code": "pressing"})).await.invalid();
    assert_eq!(told, [format!("model_code: dataset `{id}` is one of model `welding`")]);
    let told = client.stats(json!({"baseline_dataset_id": id, "device_code": "P1"})).await.invalid();
    assert!(told[0].starts_with("device_code: `P1` is a device of type `press`"), "{told:?}");
}

#[tokio::test]
async fn a_baseline_that_was_fitted_device_by_device_describes_its_own_devices() {
    let client = client().await;
    let changes = json!({"device_codes": ["W1"], "fit_scope": "device", "outlier_method": "z_score"});
    let id = client.dataset(changes).await;
    let data = client.described(json!({"baseline_dataset_id": id})).await;
    assert_eq!(data["metadata"]["devices"].as_array().unwrap().len(), 1);
    assert_eq!(
        data["metadata"]["row_count"], 1_000,
        "rows of devices that it cannot describe count for nothing"
    );
    assert!(data["metadata"]["steps"][1]["state"].is_null());
    let warnings = data["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| {
        warning["field"] == "baseline_dataset_id" && warning["message"].as_str().unwrap().starts_with("`W2`")
    }));
    let told = client.stats(json!({"baseline_dataset_id": id, "device_code": "W2"})).await.invalid();
    assert!(told[0].starts_with("device_code: dataset"), "{told:?}");
    let viewer = client.server.token("viewer").await;
    let answer =
        client.server.get(&asked(json!({"baseline_dataset_id": id, "device_code": "W1"})), &viewer).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn a_feature_without_values_on_either_side_has_no_drift_and_a_constant_baseline_no_index() {
    let client = client().await;
    with_steady(&client, "W3", 400.0).await;
    let steady = json!({"device_codes": ["W3", "W1"], "label_column": "current", "label_strategy": "mean",
        "split_method": "device", "val_split": 0.5, "random_state": 1, "features": ["mean", "skewness"]});
    let built = client.built(steady.clone()).await;
    let id = built["dataset_id"].as_str().unwrap();
    let manifest = client.server.get(&format!("/ai/datasets/{id}"), &client.token).await.json();
    let trained_on = manifest["data"]["content"]["split"]["train_devices"][0].as_str().unwrap().to_owned();
    let data = client.described(json!({"baseline_dataset_id": id, "device_code": "W3"})).await;
    let (mean, skewness) = (feature(&data, "voltage_mean"), feature(&data, "voltage_skewness"));
    // The voltage of W3 stands still, so that it has no skewness; that of W1 has.
    assert!(skewness["psi"].is_null() && skewness["ks"].is_null(), "{skewness}");
    assert!(mean["ks"].is_f64());
    assert_eq!(mean["psi"].is_null(), trained_on == "W3", "{mean}, trained on {trained_on}");
    assert_eq!(trained_on, "W3", "another `random_state` would be right");
}
