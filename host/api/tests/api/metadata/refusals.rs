//! Models that cannot be: all that is wrong comes in one answer, by field.

use serde_json::json;

use super::{Admin, arc};

#[tokio::test]
async fn every_field_that_cannot_be_taken_is_named_at_once() {
    let admin = Admin::new().await;
    let changes = json!({
        "model_code": "../up", "model_type": "daily", "modelname": 1,
        "fields": ["current", "curent", {"field_code": "quality"}, {"field_code": "voltage", "name": "a b"}, "welder", 7],
        "label_fields": [{"field_code": "qualty"}, "current", {"field_code": "quality", "data_type": "bool"}],
        "defaults": {
            "overlap": 1, "outlier_method": "ikr", "missing_value_params": {"limt": 3}, "window_sise": 5,
            "normalize_scope": "all", "features": ["mean", "meen"],
        },
    });
    let told = admin.create(changes).await.invalid();
    for expected in [
        "model_code: must be 1 to 128 ASCII letters",
        "model_type: must be `realtime` or `statistics` or `ai_analysis`, not `daily`",
        "modelname: is not a field of this request; did you mean `model_name`?",
        "fields[1]: device type `welder` has no field `curent`; did you mean `current`?",
        "fields[2].field_code: `quality` is a label of the device type; it can stand in `label_fields`",
        "fields[3].name: must be 1 to 128 ASCII letters, digits or `_`",
        "fields[4]: device type `welder` has no field `welder`; it has: current, voltage",
        "fields[5]: must be the code of a field or",
        "label_fields[0].field_code: device type `welder` has no field `qualty`; did you mean `quality`?",
        "label_fields[1]: `current` stands there already",
        "label_fields[2].data_type: `quality` is int, not bool",
        "defaults.overlap: ",
        "defaults.outlier_method: there is no method `ikr`; there are: clip, iqr, z_score, none",
        "defaults.missing_value_params.limt: the method has no such parameter",
        "defaults.window_sise: is not a field of this request; did you mean `window_size`?",
        "defaults.normalize_scope: must be `feature` or `signal`, not `all`",
        "defaults.features[1]: \"meen\" is not one of",
    ] {
        assert!(told.iter().any(|told| told.starts_with(expected)), "{expected} is not in {told:#?}");
    }
    assert_eq!(told.len(), 17, "each is told once: {told:#?}");
}

#[tokio::test]
async fn each_rule_of_a_model_is_told_by_the_field_that_breaks_it() {
    let admin = Admin::new().await;
    let scaled = |scale: f64| json!([{"field_code": "current", "scale": scale}]);
    for (changes, told) in [
        (json!({"device_type": "wielder"}), "device_type: there is no device type `wielder`"),
        (json!({"device_type": null}), "device_type: is required"),
        (json!({"model_name": null}), "model_name: is required"),
        (json!({"model_type": null}), "model_type: is required"),
        (json!({"model_code": "a b"}), "model_code: must be "),
        (json!({"fields": []}), "fields: must name at least one signal"),
        (json!({"fields": null}), "fields: is required"),
        (json!({"fields": scaled(0.0)}), "fields[0].scale: a scale of 0 would make every value the same"),
        (json!({"fields": ["current", "current"]}), "fields[1]: `current` stands there already"),
        (
            json!({"fields": ["current", {"field_code": "voltage", "name": "current"}]}),
            "fields[1].name: `current` is what `current` is called already",
        ),
        (
            json!({"label_fields": [{"field_code": "quality", "scale": 2}]}),
            "label_fields[0].scale: a label is taken as it is recorded",
        ),
        (
            json!({"label_fields": [{"field_code": "quality", "name": "current"}]}),
            "label_fields[0].name: `current` is what `current` is called already",
        ),
        (json!({"revision": 1}), "revision: is not a field of this request"),
        (json!({"defaults": ["mean"]}), "defaults: must be an object, not a list"),
        (json!({"defaults": {"output": "windows"}}), "defaults.output: is not a field of this request"),
        (
            json!({"defaults": {"normalize_method": "none", "feature_range": [0, 1]}}),
            "defaults.feature_range: means nothing where `normalize_method` is `none`",
        ),
        (
            json!({"defaults": {"window_size": 5, "window_params": {"window_size": 6}}}),
            "defaults.window_size: is 5 here and 6 in `window_params.window_size`",
        ),
        (
            json!({"defaults": {"features": ["mean", {"method": "statistics", "params": {"statistics": ["mean"]}}]}}),
            "defaults.features: two of them give a column `current_mean`",
        ),
        (
            json!({"defaults": {"features": [{"method": "spectre"}]}}),
            "defaults.features[0].method: there is no feature method `spectre`",
        ),
    ] {
        let found = admin.create(changes.clone()).await.invalid();
        assert!(found.len() == 1 && found[0].starts_with(told), "{changes}: {found:?}");
    }
    admin.client.server.get("/metadata/models/arc", &admin.token).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_change_is_held_to_the_same_rules_and_to_its_path() {
    let admin = Admin::new().await;
    let body = arc(json!({"fields": ["curent"], "defaults": {"overlap": 2}, "revision": 0}));
    let told = admin.put("welding", &body).await.invalid();
    for expected in [
        "model_code: must be `welding`, as in the path, or be left out",
        "fields[0]: device type `welder` has no field `curent`",
        "defaults.overlap: ",
        "revision: must be a whole number of at least 1",
    ] {
        assert!(told.iter().any(|told| told.starts_with(expected)), "{expected} is not in {told:#?}");
    }
    assert_eq!(told.len(), 4, "{told:#?}");
    assert_eq!(admin.model("welding").await["revision"], 1);
}

#[tokio::test]
async fn a_thousand_unknown_fields_are_told_shortly() {
    let admin = Admin::new().await;
    let names: Vec<String> = (0..4_000).map(|n| format!("curren{n}")).collect();
    let answer = admin.create(json!({"fields": names})).await;
    assert!(answer.body.len() < 20_000, "{} bytes", answer.body.len());
    let told = answer.invalid();
    assert_eq!((told.len(), told[100].as_str()), (101, "…: 3900 more fields cannot be taken"));
    let told = admin.create(json!({"fields": vec!["current"; 4_097]})).await.invalid();
    assert_eq!(told, ["fields: has 4097 items; at most 4096 are allowed"]);
}
