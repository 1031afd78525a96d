//! Looking models, device types, fields and devices up.

use serde_json::{Value, json};

use super::{Admin, MODELS, column, data};
use crate::datasets::{assert_documented, text};

async fn get(admin: &Admin, path: &str) -> Value {
    let viewer = admin.client.server.token("viewer").await;
    data(&admin.client.server.get(path, &viewer).await)
}

#[tokio::test]
async fn models_are_listed_by_code_filtered_and_paged() {
    let admin = Admin::new().await;
    for (code, model_type, is_active) in
        [("arc_live", "realtime", true), ("arc_old", "ai_analysis", false), ("arc_stats", "statistics", true)]
    {
        let changes = json!({"model_code": code, "model_type": model_type, "is_active": is_active});
        data(&admin.create(changes).await);
    }
    let all = get(&admin, MODELS).await;
    assert_eq!(column(&all, "model_code"), ["arc_live", "arc_old", "arc_stats", "welding"]);
    assert_eq!((&all["total"], &all["total_is_estimate"]), (&json!(4), &json!(false)));
    assert_eq!((&all["page"], &all["page_size"], &all["next_cursor"]), (&json!(1), &json!(50), &Value::Null));
    assert_documented(&all["items"][0], "ModelSummary");

    for (query, codes) in [
        ("model_type=ai_analysis", vec!["arc_old", "welding"]),
        ("is_active=false", vec!["arc_old"]),
        ("is_active=true", vec!["arc_live", "arc_stats", "welding"]),
        ("model_type=ai_analysis&is_active=true", vec!["welding"]),
        ("model_type=statistics&is_active=false", vec![]),
    ] {
        let found = get(&admin, &format!("{MODELS}?{query}")).await;
        assert_eq!(
            (column(&found, "model_code"), &found["total"]),
            (codes.iter().map(|code| json!(code)).collect(), &json!(codes.len()))
        );
    }
    let first = get(&admin, &format!("{MODELS}?page_size=3")).await;
    let second = get(&admin, &format!("{MODELS}?cursor={}", text(&first["next_cursor"]))).await;
    assert_eq!(
        (first["items"].as_array().unwrap().len(), column(&second, "model_code")),
        (3, vec![json!("welding")])
    );
    assert_eq!(
        (&second["page"], &second["page_size"], &second["next_cursor"]),
        (&json!(2), &json!(3), &Value::Null)
    );
}

#[tokio::test]
async fn a_model_is_shown_whole() {
    let admin = Admin::new().await;
    data(&admin.create(json!({"is_active": false, "defaults": {"window_size": 50, "overlap": null}})).await);
    let model = get(&admin, &format!("{MODELS}/arc")).await;
    assert_documented(&model, "Model");
    let expected = json!({
        "model_code": "arc", "model_name": "Arc", "model_type": "ai_analysis", "device_type": "welder",
        "is_active": false, "revision": 1,
        "fields": [
            {"field_code": "current", "name": "current", "unit": null, "scale": 1.0, "offset": 0.0},
            {"field_code": "voltage", "name": "voltage_mv", "unit": "mV", "scale": 1000.0, "offset": 0.0},
        ],
        "label_fields": [{"field_code": "quality", "name": "quality", "data_type": "int"}],
        "defaults": {"window_size": 50},
    });
    assert_eq!(model, expected);
    let unknown = admin.client.server.get(&format!("{MODELS}/ark"), &admin.token).await;
    let problem = unknown.problem(404, "not_found");
    assert_eq!(problem["errors"][0], json!({"field": "model_code", "message": "there is no model `ark`"}));
}

#[tokio::test]
async fn device_types_their_fields_and_devices_are_listed_page_by_page() {
    let admin = Admin::new().await;
    let types = get(&admin, "/metadata/device-types").await;
    let welder = json!({"device_type": "welder", "type_name": "welder", "field_count": 3, "device_count": 2});
    assert_eq!(
        (column(&types, "device_type"), &types["items"][1]),
        (vec![json!("press"), json!("welder")], &welder)
    );
    assert_documented(&welder, "DeviceType");
    let second = get(&admin, "/metadata/device-types?page_size=1&page=2").await;
    assert_eq!((&second["items"], &second["total"]), (&json!([welder]), &json!(2)));

    let fields = get(&admin, "/metadata/device-types/welder/fields").await;
    let signal = json!({"field_code": "current", "field_name": "current", "role": "signal", "data_type": "float", "unit": null});
    let label = json!({"field_code": "quality", "field_name": "quality", "role": "label", "data_type": "int", "unit": null});
    assert_eq!((&fields["items"][0], &fields["items"][2], &fields["total"]), (&signal, &label, &json!(3)));
    assert_documented(&signal, "DeviceField");
    let first = get(&admin, "/metadata/device-types/welder/fields?page_size=2").await;
    let last =
        get(&admin, &format!("/metadata/device-types/welder/fields?cursor={}", text(&first["next_cursor"])))
            .await;
    assert_eq!(
        (column(&first, "field_code"), &last["items"]),
        (vec![json!("current"), json!("voltage")], &json!([label]))
    );
    assert_eq!(get(&admin, "/metadata/device-types/welder/fields?page=9").await["items"], json!([]));
    let unknown = admin.client.server.get("/metadata/device-types/wielder/fields", &admin.token).await;
    assert_eq!(unknown.problem(404, "not_found")["errors"][0]["field"], "device_type");

    let devices = get(&admin, "/metadata/devices").await;
    assert_eq!(column(&devices, "device_code"), ["P1", "W1", "W2"]);
    let press = json!({"device_code": "P1", "device_name": "P1", "device_type": "press", "is_active": true});
    assert_eq!(devices["items"][0], press);
    assert_documented(&press, "Device");
    for (query, codes) in [
        ("device_type=welder", vec!["W1", "W2"]),
        ("device_type=welder&is_active=false", vec![]),
        ("is_active=true&page_size=2&page=2", vec!["W2"]),
        ("device_type=lathe", vec![]),
    ] {
        let found = get(&admin, &format!("/metadata/devices?{query}")).await;
        assert_eq!(column(&found, "device_code"), codes, "{query}");
    }
}

#[tokio::test]
async fn what_a_query_cannot_ask_is_told_by_field() {
    let admin = Admin::new().await;
    for (path, told) in [
        ("/metadata/models?is_active=yes", "is_active: must be true or false"),
        (
            "/metadata/models?model_type=daily",
            "model_type: must be `realtime` or `statistics` or `ai_analysis`",
        ),
        ("/metadata/models?active=true", "active: is not a field of this request"),
        ("/metadata/devices?device_type=", "device_type: must not be empty"),
        ("/metadata/devices?cursor=x", "cursor: must be the `next_cursor`"),
        ("/metadata/device-types?page=0", "page: must be a whole number"),
        ("/metadata/device-types/welder/fields?page_size=501", "page_size: must be a whole number"),
    ] {
        let found = admin.client.server.get(path, &admin.token).await.invalid();
        assert!(found[0].starts_with(told), "{path}: {found:?}");
    }
}
