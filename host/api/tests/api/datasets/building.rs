//! What a build answers, and what it refuses.

use serde_json::json;

use super::{DATASET, asked, assert_documented, client, client_of, text};
use crate::features::ROWS;
use crate::server::Server;

#[tokio::test]
async fn a_dataset_is_answered_with_every_member_of_the_contract() {
    let client = client().await;
    let data = client
        .built(json!({
            "window_size": 100, "overlap": 0.5, "missing_value_method": "interpolate", "outlier_method": "iqr",
            "normalize_method": "z_score", "val_split": 0.2, "random_state": 42,
        }))
        .await;
    assert_documented(&data, "DatasetSummary");
    let windows = 2 * ((ROWS as u64 - 100) / 50 + 1);
    assert_eq!(data["val_samples"], windows.div_ceil(5));
    assert_eq!(data["train_samples"], windows - windows.div_ceil(5));
    assert_eq!(data["feature_count"], 10);
    let id = text(&data["dataset_id"]);
    assert!(id.starts_with("ds_") && id.ends_with("_001"), "{id}");
    assert_eq!(data["download_url"], format!("/api/v2/ai/datasets/{id}/download"));
    assert_eq!(data["digest"].as_str().unwrap().len(), 64);
    for members in ["class_distribution", "class_distribution_train", "class_distribution_val"] {
        assert!(data[members]["0"].is_u64() && data[members]["1"].is_u64(), "{members}");
    }
    assert!(data["label_statistics"].is_null());
    assert_documented(&data["feature_info"]["voltage_std"], "FeatureInfo");
    assert_eq!(data["feature_info"]["voltage_std"]["signal"], "voltage");
    let warnings = data["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning["code"] == "shared_rows"), "{warnings:?}");
    assert_documented(&warnings[0], "Warning");
}

#[tokio::test]
async fn the_same_request_gives_another_id_and_the_same_digest() {
    let client = client().await;
    let (first, second) = (client.built(json!({})).await, client.built(json!({})).await);
    assert_eq!(first["digest"], second["digest"]);
    assert_ne!(first["dataset_id"], second["dataset_id"]);
    let other = client.built(json!({"random_state": 43})).await;
    assert_ne!(first["digest"], other["digest"]);
}

#[tokio::test]
async fn a_number_label_has_figures_instead_of_classes() {
    let client = client().await;
    let data = client.built(json!({"label_type": "number", "label_strategy": "mean"})).await;
    assert!(data["class_distribution"].is_null());
    assert_documented(&data["label_statistics"], "LabelStatistics");
    assert_documented(&data["label_statistics"]["train"], "NumberFigures");
    assert_eq!(data["label_statistics"]["train"]["count"], data["train_samples"]);
}

#[tokio::test]
async fn every_field_that_cannot_be_taken_is_named_at_once() {
    let client = client().await;
    let told = client
        .build(json!({
            "device_codes": "W1", "label_column": null, "val_split": "a fifth", "outlier_method": "ikr",
            "stratify": "yes", "random_stat": 1,
        }))
        .await
        .invalid();
    let fields: Vec<&str> = told.iter().map(|told| told.split(':').next().unwrap()).collect();
    assert_eq!(
        fields,
        ["device_codes", "label_column", "val_split", "stratify", "random_stat", "outlier_method"],
        "{told:?}"
    );
    for (changes, expected) in [
        (json!({"val_split": 1}), "val_split: must be more than 0"),
        (json!({"device_codes": ["W1", "W1"]}), "device_codes[1]: `W1` stands there twice"),
        (json!({"device_codes": []}), "device_codes: must name at least one"),
        (json!({"device_codes": ["W1", "P1"]}), "device_codes[1]: `P1` is a device of type `press`"),
        (json!({"label_column": "grade"}), "label_column: model `welding` has no column `grade`"),
        (json!({"split_method": "time", "purge": true}), "purge: means something only"),
        (json!({"split_time": "2025-11-01T12:00:00"}), "split_time: means something only"),
        (json!({"label_strategy": "mean"}), "label_strategy: "),
    ] {
        let told = client.build(changes.clone()).await.invalid();
        assert!(told[0].starts_with(expected), "{changes}: {told:?}");
    }
}

#[tokio::test]
async fn what_does_not_exist_or_does_not_suffice_is_told() {
    let client = client().await;
    let problem = client.build(json!({"device_codes": ["W1", "W9"]})).await.problem(404, "not_found");
    assert_eq!(problem["errors"][0]["field"], "device_codes[1]");
    client.build(json!({"model_code": "wielding"})).await.problem(404, "not_found");
    client.build(json!({"window_size": 2_000})).await.problem(422, "insufficient_data");
    let (start, end) = ("2025-12-01", "2025-12-02");
    client.build(json!({"start_time": start, "end_time": end})).await.problem(422, "insufficient_data");
}

#[tokio::test]
async fn viewers_build_nothing() {
    let client = client().await;
    let viewer = client.server.token("viewer").await;
    client.server.post(DATASET, &viewer, &asked(json!({}))).await.problem(403, "forbidden");
    client.server.post(DATASET, "", &asked(json!({}))).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn more_rows_than_a_client_may_wait_for_become_a_job() {
    let most = 2 * ROWS as u64;
    let client = client_of(Server::start_with(|settings| settings.attended_rows = most).await).await;
    assert_eq!(client.build(json!({})).await.status, 200);
    let client = client_of(Server::start_with(|settings| settings.attended_rows = most - 1).await).await;
    let answer = client.build(json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.header("preference-applied")), (202, ""));
    assert!(answer.header("location").starts_with("/api/v2/jobs/job_"));
}

#[tokio::test]
async fn a_server_that_ends_asks_to_be_asked_again() {
    let client = client().await;
    client.server.jobs.end().await;
    let answer = client.build(json!({})).await;
    answer.problem(503, "backend_unavailable");
    assert_eq!(answer.header("retry-after"), "1");
}
