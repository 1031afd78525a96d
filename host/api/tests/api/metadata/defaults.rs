//! What a model's defaults do to an extraction, and how what is wrong with them is told.

use arrow::array::AsArray;
use arrow::datatypes::Float64Type;
use arrow::ipc::reader::StreamReader;
use fettle_metadata::{ModelType, NewDeviceType, NewModel, NewModelField, Registration};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Admin;
use crate::extract::{EXTRACT, request};
use crate::features::ROWS;

/// Method and parameters of a kind of step in an answer.
fn step(data: &Value, kind: &str) -> (Value, Value) {
    let steps = data["metadata"]["steps"].as_array().unwrap();
    let step =
        steps.iter().find(|step| step["kind"] == kind).unwrap_or_else(|| panic!("no {kind} in {steps:?}"));
    (step["method"].clone(), step["params"].clone())
}

#[tokio::test]
async fn what_a_request_does_not_say_is_what_the_model_says() {
    let admin = Admin::new().await;
    let revision = admin
        .set_defaults(json!({
            "window_size": 50, "overlap": 0, "missing_value_method": "forward_fill",
            "missing_value_params": {"limit": 3}, "outlier_method": "none", "features": ["max", "first"],
            "normalize_method": "min_max", "feature_range": [0, 2], "window_label": "end",
        }))
        .await;
    let data = admin.client.data(json!({})).await;
    assert_eq!(data["metadata"]["window_count"], ROWS / 50);
    assert_eq!((&data["metadata"]["overlap"], &data["metadata"]["model_revision"]), (&json!(0.0), &revision));
    assert_eq!(data["metadata"]["imputed_cells"], 3, "of a gap of five");
    assert_eq!(data["metadata"]["outlier_method"], "none");
    assert_eq!(
        data["feature_names"],
        json!(["current_max", "current_first", "voltage_max", "voltage_first"])
    );
    assert_eq!(data["timestamps"][0], "2025-11-01T00:08:10");
    let (method, params) = step(&data, "normalize");
    assert_eq!((method, &params["feature_range"]), (json!("min_max"), &json!([0.0, 2.0])));
    let cells = data["features"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
    let largest = cells.filter_map(Value::as_f64).fold(0.0, f64::max);
    assert_eq!(largest, 2.0);

    let said = json!({
        "window_size": 50, "overlap": 0, "missing_value_method": "forward_fill",
        "missing_value_params": {"limit": 3}, "outlier_method": "none", "features": ["max", "first"],
        "normalize_method": "min_max", "feature_range": [0, 2], "window_label": "end",
    });
    admin.set_defaults(json!({})).await;
    let of_request = admin.client.data(said).await;
    assert_eq!(
        (&of_request["features"], &of_request["timestamps"]),
        (&data["features"], &data["timestamps"])
    );
    assert_eq!(of_request["metadata"]["steps"], data["metadata"]["steps"]);
}

#[tokio::test]
async fn what_a_request_says_wins_whichever_form_it_takes() {
    let admin = Admin::new().await;
    for (defaults, changes) in [
        (json!({"window_size": 50}), json!({"window_size": 200})),
        (json!({"window_size": 50}), json!({"window_params": {"window_size": 200}})),
        (json!({"window_params": {"window_size": 50}}), json!({"window_size": 200})),
        (json!({"window_params": {"window_size": 50}}), json!({"window_params": {"window_size": 200}})),
    ] {
        admin.set_defaults(defaults.clone()).await;
        let data = admin.client.data(changes.clone()).await;
        assert_eq!(data["metadata"]["window_size"], 200, "{changes} over {defaults}");
        assert_eq!(data["metadata"]["overlap"], 0.5);
    }
    let clip = json!({"outlier_method": "clip", "outlier_params": {"lower": 0.2, "action": "missing"}});
    admin.set_defaults(clip).await;
    for changes in [
        json!({"outlier_params": {"lower": 0.1}}),
        json!({"outlier_method": "clip", "outlier_params": {"lower": 0.1}}),
    ] {
        let (method, params) = step(&admin.client.data(changes).await, "outlier");
        assert_eq!(
            (method, &params["lower"], &params["action"]),
            (json!("clip"), &json!(0.1), &json!("missing"))
        );
    }
    let (_, params) =
        step(&admin.client.data(json!({"outlier_params": {"lower": null, "min": 0}})).await, "outlier");
    assert_eq!((&params["lower"], &params["min"]), (&Value::Null, &json!(0.0)));
}

#[tokio::test]
async fn nothing_that_is_meant_for_one_method_reaches_another() {
    let admin = Admin::new().await;
    admin
        .set_defaults(json!({
            "window_size": 50, "overlap": 0.9, "outlier_method": "clip", "outlier_params": {"lower": 0.2},
            "normalize_method": "min_max", "feature_range": [0, 2], "missing_value_params": {"limit": 2},
        }))
        .await;
    let data = admin
        .client
        .data(json!({
            "window_method": "sliding_time", "window_params": {"size_s": 1000}, "outlier_method": "iqr",
            "normalize_method": "z_score", "missing_value_method": "mean",
        }))
        .await;
    assert_eq!(step(&data, "outlier").1["threshold"], 1.5);
    assert_eq!(step(&data, "window").0, "sliding_time");
    assert!(step(&data, "normalize").1.get("feature_range").is_none());
    assert!(step(&data, "missing_value").1.get("limit").is_none_or(Value::is_null));
    let none = json!({"outlier_method": "none", "normalize_method": "none", "missing_value_method": "none"});
    let data = admin.client.data(none).await;
    assert_eq!(data["metadata"]["outlier_method"], "none");
    assert_eq!(data["metadata"]["window_size"], 50, "of the kinds that the request says nothing of");
}

#[tokio::test]
async fn what_is_wrong_with_a_default_names_it_and_its_model() {
    let admin = Admin::new().await;
    for (defaults, changes, told) in [
        (
            json!({"outlier_method": "clip", "outlier_params": {"lower": 0.2}}),
            json!({"outlier_params": {"min": 0}}),
            "outlier_params.lower (default of model welding): the quantile `lower` and the bound `min` cannot both be given",
        ),
        (
            json!({"window_method": "sliding_time", "window_params": {"size_s": 100}}),
            json!({"window_size": 5}),
            "window_size: the window method `sliding_time` (default of model welding) has no parameter `window_size`",
        ),
        (
            json!({"outlier_params": {"action": "missing", "refill": true}}),
            json!({"missing_value_method": "none"}),
            "outlier_params.refill (default of model welding): there is nothing to fill with where `missing_value_method` is `none`",
        ),
        (
            json!({"missing_value_method": "none"}),
            json!({"outlier_params": {"action": "missing", "refill": true}}),
            "outlier_params.refill: there is nothing to fill with where `missing_value_method (default of model welding)` is `none`",
        ),
        (
            json!({"outlier_method": "none"}),
            json!({"outlier_threshold": 2}),
            "outlier_threshold: means nothing where `outlier_method (default of model welding)` is `none`",
        ),
    ] {
        admin.set_defaults(defaults).await;
        assert_eq!(admin.client.extract(changes).await.invalid(), [told]);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_and_with_its_defaults_comes_in_one_answer() {
    let admin = Admin::new().await;
    admin.set_defaults(json!({"outlier_method": "clip", "outlier_params": {"lower": 0.2}})).await;
    let changes = json!({"outlier_params": {"min": 0}, "overlap": 1, "normalize_method": "ranks"});
    let steps = ["outlier_params.lower (default of model welding)", "overlap", "normalize_method"];
    let fields = |told: &[String]| -> Vec<String> {
        told.iter().map(|told| told.split(": ").next().unwrap().to_owned()).collect()
    };
    let with = |more: Value| {
        let mut changes = changes.clone();
        changes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        changes
    };
    assert_eq!(fields(&admin.client.extract(changes.clone()).await.invalid()), steps);
    let told = fields(&admin.client.extract(with(json!({"device_code": "P1"}))).await.invalid());
    assert_eq!(told, [&["device_code"], steps.as_slice()].concat(), "a device of another type");
    let told = fields(&admin.client.extract(with(json!({"device_code": "W9"}))).await.invalid());
    assert_eq!(told, [&["device_code"], steps.as_slice()].concat(), "no device");
    let told = fields(&admin.client.extract(with(json!({"start_time": "noon"}))).await.invalid());
    assert_eq!(told, [&["start_time"], steps.as_slice()].concat(), "what the body says already");
    let told = fields(&admin.client.extract(with(json!({"model_code": "arc"}))).await.invalid());
    let steps = ["model_code", "outlier_params.min", "overlap", "normalize_method"];
    assert_eq!(told, steps, "no model, and so none of its defaults: `iqr` has no `min`");
    let told = admin.client.extract(json!({"model_code": "arc", "start_time": "noon"})).await.invalid();
    assert_eq!(fields(&told), ["start_time", "model_code"]);
}

#[tokio::test]
async fn windows_take_the_defaults_that_are_about_rows() {
    let admin = Admin::new().await;
    let windows = async |changes: Value| {
        let mut body = request(changes);
        body["output"] = json!("windows");
        let accept = "application/vnd.apache.arrow.stream";
        let answer = admin.client.server.post_accepting(accept, EXTRACT, &admin.client.token, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let mut reader = StreamReader::try_new(answer.body.as_slice(), None).unwrap();
        let metadata: Value = serde_json::from_str(&reader.schema().metadata()["metadata"]).unwrap();
        let table = reader.next().unwrap().unwrap();
        let rows = table.column_by_name("current").unwrap().as_fixed_size_list().value(0);
        let largest = rows.as_primitive::<Float64Type>().iter().flatten().fold(f64::MIN, f64::max);
        (metadata, largest)
    };
    let defaults = json!({"window_size": 20, "features": ["max"], "normalize_method": "min_max"});
    admin.set_defaults(defaults.clone()).await;
    let (metadata, largest) = windows(json!({})).await;
    assert_eq!((&metadata["window_size"], &metadata["normalize_method"]), (&json!(20), &json!("none")));
    assert!(largest > 100.0, "nothing is normalized: {largest}");
    let (metadata, largest) = windows(json!({"normalize_scope": "signal"})).await;
    assert_eq!(metadata["normalize_method"], "min_max");
    assert!(largest <= 1.0, "{largest}");

    let mut of_signals = defaults;
    of_signals["normalize_scope"] = json!("signal");
    admin.set_defaults(of_signals).await;
    assert!(windows(json!({})).await.1 <= 1.0);
    assert!(windows(json!({"normalize_scope": "feature"})).await.1 > 100.0);
    let told = admin.client.extract(json!({"output": "windows", "features": ["max"]})).await;
    assert_eq!(told.invalid(), ["features: means nothing where `output` is `windows`"]);
}

#[tokio::test]
async fn defaults_that_another_program_left_are_told_where_they_are_none() {
    let admin = Admin::new().await;
    for (code, defaults, told) in [
        ("odd", json!({"windw_size": 5}), "windw_size (default of model odd): is no field of an extraction"),
        ("odder", json!({"outlier_params": 5}), "defaults (default of model odder): cannot be read: "),
        (
            "oldest",
            json!({"outlier_method": "gone"}),
            "outlier_method (default of model oldest): there is no method `gone`",
        ),
    ] {
        let Value::Object(defaults) = defaults else { panic!("an object") };
        let model = NewModel {
            code: code.to_owned(),
            name: code.to_owned(),
            model_type: ModelType::AiAnalysis,
            fields: vec![NewModelField::plain("current")],
            defaults,
        };
        let registration = Registration {
            device_type: NewDeviceType { code: "welder".to_owned(), name: "welder".to_owned() },
            fields: Vec::new(),
            devices: Vec::new(),
            models: vec![model],
        };
        admin.client.server.metadata.register(&registration, Timestamp::now()).await.unwrap();
        let found = admin.client.extract(json!({"model_code": code})).await.invalid();
        assert!(found.len() == 1 && found[0].starts_with(told), "{found:?}");
    }
}
