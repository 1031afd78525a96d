//! The plugin as the host sees it: its examples, names, schema and errors.

use fettle_sdk::bindings::feature::exports::fettle::step::features::Guest;
use fettle_sdk::testing::{column, compute, replay_features};
use fettle_sdk::{Scope, StepError, Window};
use fettle_statistics::{Plugin, Statistic};
use serde_json::Value;

fn resolve(params: &str) -> Result<String, StepError> {
    Plugin::resolve("statistics".into(), params.into()).map(|traits| traits.params)
}

#[track_caller]
fn refused(params: &str) -> Vec<(String, String)> {
    match resolve(params) {
        Err(StepError::InvalidParams(errors)) => {
            errors.into_iter().map(|error| (error.path, error.message)).collect()
        }
        other => panic!("{params} gives {other:?}"),
    }
}

#[test]
fn examples_replay() {
    replay_features::<Plugin>();
}

#[test]
fn examples_show_every_statistic() {
    let shown: Vec<String> = Plugin::examples()
        .iter()
        .flat_map(|example| example.output.iter().map(|column| column.name.clone()))
        .collect();
    for statistic in Statistic::ALL {
        assert!(shown.iter().any(|name| name.ends_with(&format!("_{}", statistic.name()))), "{statistic:?}");
    }
}

#[test]
fn the_default_is_five_statistics_column_by_column() {
    let traits = Plugin::resolve("statistics".into(), String::new()).unwrap();
    assert_eq!(traits.params, r#"{"statistics":["mean","std","min","max","median"]}"#);
    assert!(traits.scope == Scope::Column && !traits.fitted);
    assert_eq!(resolve(&traits.params).unwrap(), traits.params);
}

#[test]
fn names_are_signal_by_signal_in_the_order_of_the_request() {
    let names = Plugin::names(
        "statistics".into(),
        r#"{"statistics": ["p95", "first"]}"#.into(),
        vec!["current".into(), "gas_flow".into()],
    );
    assert_eq!(names.unwrap(), ["current_p95", "current_first", "gas_flow_p95", "gas_flow_first"]);
}

#[test]
fn the_schema_lists_every_statistic_with_its_meaning() {
    let schema: Value = serde_json::from_str(&Plugin::describe().methods[0].params_schema).unwrap();
    let list = &schema["properties"]["statistics"];
    assert_eq!(list["default"], serde_json::json!(["mean", "std", "min", "max", "median"]));
    assert_eq!((&list["minItems"], &list["uniqueItems"]), (&Value::from(1), &Value::from(true)));
    let items = list["items"]["oneOf"].as_array().unwrap();
    let names: Vec<&str> = items.iter().filter_map(|item| item["const"].as_str()).collect();
    let all: Vec<&str> = Statistic::ALL.iter().map(|statistic| statistic.name()).collect();
    assert_eq!(names, all);
    assert!(items.iter().all(|item| item["description"].as_str().is_some_and(|text| !text.is_empty())));
}

#[test]
fn what_cannot_be_asked_for_is_named() {
    assert_eq!(
        refused(r#"{"statistics": ["mean", "std", "mean", "std"]}"#),
        [
            ("/statistics/2".into(), "`mean` is named twice".into()),
            ("/statistics/3".into(), "`std` is named twice".into())
        ]
    );
    assert_eq!(refused(r#"{"statistics": []}"#)[0].0, "/statistics");
    assert!(refused(r#"{"statistics": ["mode"]}"#)[0].1.contains("mode"));
    assert!(refused(r#"{"statistic": ["mean"]}"#)[0].1.contains("statistic"));
}

#[test]
fn nothing_goes_in_and_nothing_comes_out() {
    let found = compute::<Plugin>("statistics", "", &column(&[]), &[]).unwrap();
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(|column| column.values.is_empty()));
}

#[test]
fn a_missing_column_has_every_column_of_features_and_no_value() {
    let all: Vec<&str> = Statistic::ALL.iter().map(|statistic| statistic.name()).collect();
    let params = serde_json::json!({ "statistics": all }).to_string();
    let windows = [Window { start: 0, end: 3 }];
    for found in compute::<Plugin>("statistics", &params, &column(&[f64::NAN; 3]), &windows).unwrap() {
        match found.name.as_str() {
            "x_count" => assert_eq!(found.values, [0.0]),
            "x_missing_ratio" => assert_eq!(found.values, [1.0]),
            _ => assert!(found.values[0].is_nan(), "{}", found.name),
        }
    }
}
