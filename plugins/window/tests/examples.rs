//! The plugin as the host sees it: its examples, schemas, resolved parameters and errors.

use fettle_sdk::bindings::window::exports::fettle::step::windowing::Guest;
use fettle_sdk::testing::{column, plan, replay_windowing};
use fettle_sdk::{Frame, StepError};
use fettle_window::Plugin;
use serde_json::{Value, json};

fn resolve(method: &str, params: &Value) -> Result<Value, StepError> {
    let traits = Plugin::resolve(method.into(), params.to_string())?;
    Ok(serde_json::from_str(&traits.params).expect("resolved parameters are JSON"))
}

#[track_caller]
fn refused(method: &str, params: &Value) -> (String, String) {
    match resolve(method, params) {
        Err(StepError::InvalidParams(mut errors)) if errors.len() == 1 => {
            let error = errors.remove(0);
            (error.path, error.message)
        }
        other => panic!("{params} gives {other:?}"),
    }
}

#[track_caller]
fn too_few(method: &str, params: &Value, input: &Frame) -> String {
    match plan::<Plugin>(method, &params.to_string(), input) {
        Err(StepError::InsufficientData(message)) => message,
        other => panic!("{params} gives {other:?}"),
    }
}

fn seconds(seconds: &[i64]) -> Frame {
    Frame { timestamps: seconds.iter().map(|second| second * 1_000_000_000).collect(), columns: Vec::new() }
}

#[test]
fn examples_replay() {
    replay_windowing::<Plugin>();
}

#[test]
fn resolved_parameters_say_the_stride() {
    for (given, resolved) in [
        (json!({}), json!({"window_size": 100, "overlap": 0.5, "stride": 50, "max_gap_s": null})),
        (
            json!({"overlap": 0.9}),
            json!({"window_size": 100, "overlap": 0.9, "stride": 10, "max_gap_s": null}),
        ),
        (
            json!({"stride": 25}),
            json!({"window_size": 100, "overlap": 0.75, "stride": 25, "max_gap_s": null}),
        ),
        (
            json!({"stride": 100}),
            json!({"window_size": 100, "overlap": 0.0, "stride": 100, "max_gap_s": null}),
        ),
        (
            json!({"window_size": 3, "overlap": 0.5, "stride": 2, "max_gap_s": 1.5}),
            json!({"window_size": 3, "overlap": 0.5, "stride": 2, "max_gap_s": 1.5}),
        ),
    ] {
        assert_eq!(resolve("sliding", &given).unwrap(), resolved);
        assert_eq!(resolve("sliding", &resolved).unwrap(), resolved, "resolved again");
    }
    let resolved = json!({"size_s": 60.0, "step_s": 60.0, "min_rows": 2});
    assert_eq!(resolve("sliding_time", &json!({"size_s": 60})).unwrap(), resolved);
    assert_eq!(resolve("sliding_time", &resolved).unwrap(), resolved, "resolved again");
}

#[test]
fn a_stride_that_contradicts_the_overlap_is_refused_naming_both() {
    let (path, message) = refused("sliding", &json!({"overlap": 0.5, "stride": 10}));
    assert_eq!(path, "/stride");
    assert!(message.contains("stride of 10") && message.contains("overlap of 0.5"), "{message}");
    let (path, message) = refused("sliding", &json!({"window_size": 10, "stride": 11}));
    assert_eq!(path, "/stride");
    assert!(message.contains("11") && message.contains("10"), "{message}");
}

#[test]
fn parameters_out_of_bounds_are_refused_at_their_place() {
    for (method, params, path) in [
        ("sliding", json!({"window_size": 0}), "/window_size"),
        ("sliding", json!({"overlap": 1}), "/overlap"),
        ("sliding", json!({"overlap": -0.1}), "/overlap"),
        ("sliding", json!({"stride": 0}), "/stride"),
        ("sliding", json!({"max_gap_s": 0}), "/max_gap_s"),
        ("sliding_time", json!({"size_s": 0}), "/size_s"),
        ("sliding_time", json!({"size_s": 1, "step_s": -1}), "/step_s"),
        ("sliding_time", json!({"size_s": 1, "min_rows": 0}), "/min_rows"),
    ] {
        assert_eq!(refused(method, &params).0, path);
    }
    assert!(refused("sliding", &json!({"windowsize": 5})).1.contains("windowsize"));
    assert!(refused("sliding_time", &json!({})).1.contains("size_s"));
}

#[test]
fn schemas_show_bounds_and_defaults() {
    let methods = Plugin::describe().methods;
    let schema = |at: usize| serde_json::from_str::<Value>(&methods[at].params_schema).unwrap();
    let sliding = &schema(0)["properties"];
    assert_eq!(
        (&sliding["window_size"]["default"], &sliding["window_size"]["minimum"]),
        (&json!(100), &json!(1))
    );
    let overlap = &sliding["overlap"];
    assert_eq!((&overlap["type"], &overlap["default"]), (&json!("number"), &json!(0.5)));
    assert_eq!((overlap["minimum"].as_f64(), overlap["exclusiveMaximum"].as_f64()), (Some(0.0), Some(1.0)));
    assert_eq!(sliding["stride"]["minimum"], json!(1));
    assert_eq!(sliding["max_gap_s"]["exclusiveMinimum"].as_f64(), Some(0.0));
    let time = schema(1);
    assert_eq!(time["required"], json!(["size_s"]));
    assert_eq!(time["properties"]["min_rows"]["default"], json!(2));
    for schema in [schema(0), time] {
        assert_eq!(schema["additionalProperties"], json!(false));
        for (name, field) in schema["properties"].as_object().unwrap() {
            assert!(field["description"].is_string(), "{name} says nothing");
        }
    }
}

#[test]
fn neither_method_reads_values() {
    for (method, params) in [("sliding", "{}"), ("sliding_time", r#"{"size_s": 1}"#)] {
        assert!(!Plugin::reads_values(method.into(), params.into()).unwrap());
    }
}

#[test]
fn too_few_rows_say_how_many_there_are_and_how_many_it_takes() {
    let message = too_few("sliding", &json!({}), &column(&[0.0; 99]));
    assert_eq!(message, "99 rows are fewer than one window of 100 rows");
    assert!(plan::<Plugin>("sliding", "", &column(&[0.0; 100])).is_ok());
    let message = too_few("sliding_time", &json!({"size_s": 60}), &seconds(&[0, 10, 50]));
    assert_eq!(message, "3 rows that span 50 s are fewer than one window of 60 s");
    let message = too_few("sliding_time", &json!({"size_s": 60}), &seconds(&[]));
    assert_eq!(message, "0 rows that span 0 s are fewer than one window of 60 s");
}

#[test]
fn windows_all_left_out_say_why() {
    let message =
        too_few("sliding", &json!({"window_size": 3, "max_gap_s": 5}), &seconds(&[0, 5, 15, 20, 30]));
    assert!(message.starts_with("each of the 2 windows of 3 rows"), "{message}");
    assert!(message.ends_with("at most 2 rows in a row"), "{message}");
    let message = too_few("sliding_time", &json!({"size_s": 10}), &seconds(&[0, 15, 30, 45]));
    assert_eq!(message, "none of the 4 windows of 10 s over 4 rows holds min_rows = 2");
}
