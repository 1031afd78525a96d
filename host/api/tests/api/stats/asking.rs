//! Who may ask, and what is wrong with a query.

use fettle_metadata::{
    FieldRole, ModelType, NewDevice, NewDeviceType, NewField, NewModel, NewModelField, Registration,
};
use jiff::Timestamp;
use serde_json::json;

use super::{STATS, asked, client};
use crate::extract::Client;
use crate::server::Server;

#[tokio::test]
async fn viewers_may_ask_and_nobody_may_not() {
    let client = client().await;
    let viewer = client.server.token("viewer").await;
    assert_eq!(client.server.get(&asked(json!({})), &viewer).await.status, 200);
    client.server.get(&asked(json!({})), "").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn all_that_is_wrong_with_a_query_comes_in_one_answer() {
    let client = client().await;
    let wrong = json!({
        "end_time": ["2025-11-02", "2025-11-03"], "window_size": "many", "overlap": 1, "outlier_params": "{",
        "missing_value_params": {"limit": 0}, "features": ["mean", "levl", "{\"parms\": 1}", {"method": "none such"}],
        "normalize_scope": "rows", "window_sise": 5, "output": "windows",
    });
    let told = client.stats(wrong).await.invalid();
    let expected = [
        "end_time: stands there twice",
        "outlier_params: must be an object as JSON text, and is not JSON",
        "features[2].method: is required",
        "features[2].parms: is not a field of this request; did you mean `params`?",
        "normalize_scope: must be `feature` or `signal`, not `rows`",
        "output: is not a field of this request",
        "window_sise: is not a field of this request; did you mean `window_size`?",
        "missing_value_params.limit: ",
        "window_size: ",
        "overlap: ",
        "features[1]: ",
        "features[3].method: there is no feature method `none such`",
    ];
    for expected in expected {
        assert!(told.iter().any(|told| told.starts_with(expected)), "{expected} is not in {told:#?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");

    let told = client.server.get(STATS, &client.token).await.invalid();
    assert_eq!(told, ["model_code: is required", "start_time: is required", "end_time: is required"]);
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let client = client().await;
    let fields = |problem: serde_json::Value| -> Vec<String> {
        let errors = problem["errors"].as_array().unwrap();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    };
    let nobody = client.stats(json!({"model_code": "wielding", "device_code": "W9"})).await;
    assert_eq!(fields(nobody.problem(404, "not_found")), ["model_code", "device_code"]);
    let nobody = client.stats(json!({"device_code": "W9"})).await;
    assert_eq!(fields(nobody.problem(404, "not_found")), ["device_code"]);
    let nobody = client.stats(json!({"baseline_dataset_id": "ds_20200101_001"})).await;
    assert_eq!(fields(nobody.problem(404, "not_found")), ["baseline_dataset_id"]);
    let other = client.stats(json!({"device_code": "P1"})).await.invalid();
    assert_eq!(other, ["device_code: `P1` is a device of type `press`; model `welding` reads type `welder`"]);
}

#[tokio::test]
async fn a_time_may_come_with_a_plus_that_nobody_escaped() {
    let client = client().await;
    let path = format!(
        "{STATS}?model_code=welding&start_time=2025-11-01T01:00:00+01:00&end_time=2025-11-02T00:00:00Z&window_size=20"
    );
    let answer = client.server.get(&path, &client.token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["data"]["metadata"]["row_count"], 1_000);
}

#[tokio::test]
async fn more_features_than_may_be_correlated_are_refused_before_a_row_is_read() {
    let client = Client::of(Server::start().await).await;
    let codes: Vec<String> = (0..201).map(|number| format!("s{number}")).collect();
    let field = |code: &String| NewField {
        code: code.clone(),
        name: code.clone(),
        role: FieldRole::Signal,
        unit: None,
    };
    let registration = Registration {
        device_type: NewDeviceType { code: "wide".to_owned(), name: "Wide".to_owned() },
        fields: codes.iter().map(field).collect(),
        devices: vec![NewDevice { code: "WIDE1".to_owned(), name: "Wide".to_owned() }],
        models: vec![NewModel {
            code: "wide".to_owned(),
            name: "Wide".to_owned(),
            model_type: ModelType::AiAnalysis,
            fields: codes.iter().map(NewModelField::plain).collect(),
            defaults: serde_json::Map::new(),
        }],
    };
    client.server.metadata.register(&registration, Timestamp::now()).await.unwrap();
    let refused = client.stats(json!({"model_code": "wide"})).await.problem(413, "payload_too_large");
    let detail =
        "the correlations of 1005 features are 1010025 cells, and at most 1000000 may be answered at once";
    assert_eq!(refused["detail"], detail);
    // Of a thousand there are few enough, and no rows.
    let thousand = json!({"model_code": "wide", "features": ["mean", "std", "min", "max"]});
    client.stats(thousand).await.problem(422, "insufficient_data");
}
