//! What a model's defaults do to a dataset, and what a dataset keeps of them.

use serde_json::{Value, json};

use super::{Admin, data};
use crate::extract::EXTRACT;

async fn manifest(admin: &Admin, id: &str) -> Value {
    data(&admin.client.server.get(&format!("/ai/datasets/{id}"), &admin.token).await)["content"].clone()
}

#[tokio::test]
async fn a_dataset_is_built_with_the_defaults_of_its_model_and_keeps_what_they_were() {
    let admin = Admin::new().await;
    let defaults = json!({
        "window_size": 50, "overlap": 0, "outlier_method": "clip", "outlier_params": {"lower": 0.05},
        "features": ["mean", "max"], "normalize_scope": "signal",
    });
    let revision = admin.set_defaults(defaults.clone()).await;
    let built = admin.client.dataset(json!({"outlier_params": {"upper": 0.95}})).await;
    let content = manifest(&admin, &built).await;
    assert_eq!(content["model"]["revision"], revision);
    let request = &content["request"];
    assert_eq!(
        (&request["window_params"]["window_size"], &request["outlier_method"]),
        (&json!(50), &json!("clip"))
    );
    assert_eq!(
        (&request["outlier_params"]["lower"], &request["outlier_params"]["upper"]),
        (&json!(0.05), &json!(0.95))
    );
    assert_eq!(request["normalize_scope"], "signal");

    admin.set_defaults(json!({"window_size": 20, "outlier_method": "none"})).await;
    let replayed = admin.client.post_async(&format!("/ai/datasets/{built}/replay"), &json!({})).await;
    assert_eq!(replayed.status, 202);
    let replay = admin
        .client
        .server
        .post(&format!("/ai/datasets/{built}/replay"), &admin.client.token, &json!({}))
        .await;
    assert_eq!(data(&replay)["identical"], true, "{}", replay.text());
    let served =
        json!({"model_code": "welding", "device_code": "W1", "dataset_id": built, "last_windows": 2});
    let served = data(&admin.client.server.post(EXTRACT, &admin.client.token, &served).await);
    assert_eq!(
        (&served["metadata"]["window_size"], &served["metadata"]["fitted_on"]),
        (&json!(50), &json!("dataset"))
    );

    let now = admin.client.dataset(json!({})).await;
    assert_eq!(manifest(&admin, &now).await["request"]["window_params"]["window_size"], 20);
    admin.set_defaults(json!({})).await;
    let mut said = defaults;
    said["outlier_params"]["upper"] = json!(0.95);
    let said = admin.client.dataset(said).await;
    let said = manifest(&admin, &said).await;
    assert_eq!((&said["request"], &said["table_digest"]), (request, &content["table_digest"]));
}

#[tokio::test]
async fn what_is_wrong_with_a_dataset_through_a_default_names_it() {
    let admin = Admin::new().await;
    admin.set_defaults(json!({"outlier_params": {"action": "drop"}})).await;
    let told = admin.client.build(json!({})).await.invalid();
    assert!(
        told[0].contains("through `outlier_params (default of model welding)` the windows depend on a fit"),
        "{told:?}"
    );
    assert!(
        told[1].starts_with("outlier_params (default of model welding): lets a fitted step remove rows"),
        "{told:?}"
    );
    assert_eq!(told.len(), 2);
    admin.client.dataset(json!({"outlier_method": "none"})).await;

    admin.set_defaults(json!({"outlier_method": "clip", "outlier_params": {"lower": 0.1}})).await;
    let changes = json!({
        "outlier_params": {"min": 0}, "val_split": 2, "device_codes": ["W1", "W9", "P1"], "label_column": "grade",
    });
    let told = admin.client.build(changes).await.invalid();
    let fields: Vec<&str> = told.iter().map(|told| told.split(": ").next().unwrap()).collect();
    let expected = [
        "device_codes[1]",
        "val_split",
        "device_codes[2]",
        "label_column",
        "outlier_params.lower (default of model welding)",
    ];
    assert_eq!(fields, expected, "{told:?}");
}
