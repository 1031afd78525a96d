//! When there are no windows to answer, and what is said then.

use fettle_metadata::{ModelType, NewDeviceType, NewModel, NewModelField, Registration};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Client, EXTRACT, SECOND, request, with};
use crate::features::{START, with_welder};

#[tokio::test]
async fn what_is_about_features_means_nothing_for_windows() {
    let client = Client::new().await;
    let message = "normalizes features; with `output` `windows` set `normalize_scope` to `signal`";
    for (field, value) in [
        ("normalize_method", json!("z_score")),
        ("normalize_params", json!({"clip": true})),
        ("feature_range", json!([0, 1])),
    ] {
        for scope in [Value::Null, json!("feature")] {
            let changes = json!({field: value, "normalize_scope": scope});
            assert_eq!(client.ask(changes).await.invalid(), [format!("{field}: {message}")]);
        }
    }
    client.windows(json!({"normalize_method": "none"})).await;
    let skipped = client.ask(json!({"normalize_method": "none", "feature_range": [0, 1]})).await.invalid();
    assert_eq!(skipped, ["feature_range: means nothing where `normalize_method` is `none`"]);
    for features in [json!(["mean"]), json!([{"method": "statistics"}])] {
        let refused = client.ask(json!({"features": features})).await.invalid();
        assert_eq!(refused, ["features: means nothing where `output` is `windows`"]);
    }
}

#[tokio::test]
async fn all_complaints_come_in_one_answer() {
    let client = Client::new().await;
    let changes = json!({
        "device_code": null, "features": ["mean"], "normalize_method": "min_max", "overlap": 1, "ouput": "features",
    });
    let problems = client.ask(changes).await.invalid();
    let fields: Vec<&str> = problems.iter().filter_map(|problem| problem.split(": ").next()).collect();
    assert_eq!(fields, ["device_code", "ouput", "overlap", "features", "normalize_method"]);
    let other = client.ask(json!({"output": "rows"})).await.invalid();
    assert_eq!(other, ["output: must be `features` or `windows`, not `rows`"]);
}

#[tokio::test]
async fn windows_of_different_lengths_are_refused() {
    let client = Client::new().await;
    // Every second row is missing after the first minute.
    let seconds = (0..60).step_by(5).chain((60..120).step_by(10));
    let times: Vec<i64> = seconds.map(|second| START + second * SECOND).collect();
    let values = vec![1.0; times.len()];
    with_welder(&client.server, "W3", times, [values.clone(), values]).await;
    let by_time = json!({"window_method": "sliding_time", "window_params": {"size_s": 30}});
    let refused = client.ask(with(by_time.clone(), json!({"device_code": "W3"}))).await.invalid();
    let wanted = "output: `windows` all have the same number of rows, and those of `sliding_time` have from 3 to 6 \
                  here; a window method that counts rows, such as `sliding`, would be right";
    assert_eq!(refused, [wanted]);
    let regular = client.windows(by_time).await;
    assert_eq!(regular.lists("voltage").value_length(), 3);
    assert_eq!(regular.metadata["window_size"], Value::Null);
}

#[tokio::test]
async fn more_cells_than_a_request_may_have_are_too_large() {
    let client = Client::new().await;
    let times = (0..2_000).map(|row| START + row * SECOND).collect();
    with_welder(&client.server, "W3", times, [vec![1.0; 2_000], vec![2.0; 2_000]]).await;
    let changes = json!({"device_code": "W3", "window_size": 1_000, "overlap": 0.999});
    let problem = client.ask(changes).await.problem(413, "payload_too_large");
    let wanted =
        "1001 windows × 1000 rows × 2 signals are 2002000 cells, and at most 1000000 may be answered at once";
    assert_eq!(problem["detail"], wanted);
}

#[tokio::test]
async fn a_signal_cannot_have_the_name_of_a_time_column() {
    let client = Client::new().await;
    let renamed = |code: &str, name: &str| NewModelField {
        rename: Some(name.to_owned()),
        ..NewModelField::plain(code)
    };
    let model = NewModel {
        code: "clash".to_owned(),
        name: "Clash".to_owned(),
        model_type: ModelType::AiAnalysis,
        fields: vec![renamed("current", "row_timestamp"), renamed("voltage", "timestamp")],
        defaults: Map::new(),
    };
    let registration = Registration {
        device_type: NewDeviceType { code: "welder".to_owned(), name: "welder".to_owned() },
        fields: Vec::new(),
        devices: Vec::new(),
        models: vec![model],
    };
    client.server.metadata.register(&registration, Timestamp::now()).await.unwrap();
    let refused = client.ask(json!({"model_code": "clash"})).await.invalid();
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(refused[0].starts_with("output: `windows` have a time column `row_timestamp`"), "{refused:?}");
    assert!(refused[1].starts_with("output: `windows` have a time column `timestamp`"), "{refused:?}");
    assert_eq!(client.ask(json!({"model_code": "clash", "output": "features"})).await.status, 200);
}

#[tokio::test]
async fn windows_come_in_no_other_form() {
    let client = Client::new().await;
    for accept in [
        "application/json",
        "text/csv",
        "application/vnd.apache.parquet",
        "*/*, application/vnd.apache.arrow.stream;q=0",
    ] {
        // Told before anything else that is wrong.
        let body = request(json!({"overlap": 1}));
        let answer = client.server.post_accepting(accept, EXTRACT, &client.token, &body).await;
        let detail = answer.problem(406, "not_acceptable")["detail"].clone();
        let told = "`output` `windows` is answered as application/vnd.apache.arrow.stream, not as ";
        assert!(detail.as_str().unwrap().starts_with(told), "{detail}");
    }
}
