//! A feature plugin beside the built-in one: what it computes, and how a request names it.

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::extract::Client;
use crate::features::{self, START, Steps, with_welder};
use crate::server::Server;

/// The plugin is compiled and let in once for all tests.
static STEPS: OnceCell<Steps> = OnceCell::const_new();

/// Rows of the device that references are computed from, a second apart.
const ROWS: usize = 230;

/// Rows in a window, without overlap.
const WINDOW: usize = 50;

async fn client() -> Client {
    let steps =
        STEPS.get_or_init(|| features::steps(features::settings(), &["fettle-second-features"])).await;
    Client::of(Server::start_on(steps.clone(), |_| ()).await).await
}

/// Two signals that vary, with cells missing in both; window 3 has nothing of the second.
fn signals() -> [Vec<f64>; 2] {
    let mut current: Vec<f64> = (0..ROWS).map(|row| 150.0 + ((row * 37) % 101) as f64 * 0.31).collect();
    let mut voltage: Vec<f64> = (0..ROWS).map(|row| 24.0 - ((row * 53) % 89) as f64 * 0.07).collect();
    current[10..14].fill(f64::NAN);
    voltage[12..20].fill(f64::NAN);
    voltage[150..200].fill(f64::NAN);
    [current, voltage]
}

async fn with_signals(client: &Client, device: &str, signals: [Vec<f64>; 2]) {
    let timestamps = (0..signals[0].len() as i64).map(|row| START + row * 1_000_000_000).collect();
    with_welder(&client.server, device, timestamps, signals).await;
}

/// Features of raw rows, neither cleaned nor normalized.
#[expect(clippy::needless_pass_by_value, reason = "json! literals read best without a borrow")]
fn raw(device: &str, features: Value) -> Value {
    json!({
        "device_code": device, "features": features, "window_size": WINDOW, "overlap": 0,
        "missing_value_method": "none", "outlier_method": "none", "normalize_method": "none",
    })
}

fn names(data: &Value) -> Vec<&str> {
    data["feature_names"].as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

fn column(data: &Value, name: &str) -> Vec<Option<f64>> {
    let place = names(data).iter().position(|other| *other == name).unwrap();
    data["features"].as_array().unwrap().iter().map(|row| row[place].as_f64()).collect()
}

#[tokio::test]
async fn each_item_is_a_block_at_its_place_and_all_statistics_one_at_the_first_of_them() {
    let client = client().await;
    let above = json!({"method": "fraction_above", "params": {"level": 150}});
    let features = json!(["mean", {"method": "correlation"}, "max", above]);
    let data = client.data(json!({"features": features})).await;
    assert_eq!(
        names(&data),
        [
            "current_mean",
            "current_max",
            "voltage_mean",
            "voltage_max",
            "current_voltage_correlation",
            "current_above",
            "voltage_above",
        ]
    );
    let both = json!({"method": "fraction_above", "params": {"level": 150, "below": true}});
    let features = json!([{"method": "correlation", "params": {}}, both, "max", "mean"]);
    let data = client.data(json!({"features": features})).await;
    assert_eq!(
        names(&data),
        [
            "current_voltage_correlation",
            "current_above",
            "current_below",
            "voltage_above",
            "voltage_below",
            "current_max",
            "current_mean",
            "voltage_max",
            "voltage_mean",
        ]
    );
}

#[tokio::test]
async fn every_plugin_is_named_with_the_parameters_that_ran() {
    let client = client().await;
    let above = json!({"method": "fraction_above", "params": {"level": 150.5}});
    let data = client.data(json!({"features": [above, "mean", {"method": "correlation"}]})).await;
    let steps = data["metadata"]["steps"].as_array().unwrap();
    let features: Vec<&Value> = steps.iter().filter(|step| step["kind"] == "feature").collect();
    let shown: Vec<_> =
        features.iter().map(|step| (&step["plugin"], &step["method"], &step["params"])).collect();
    let (second, built_in) = (json!("second-features"), json!("statistics"));
    assert_eq!(
        shown,
        [
            (&second, &json!("fraction_above"), &json!({"level": 150.5, "below": false})),
            (&built_in, &json!("statistics"), &json!({"statistics": ["mean"]})),
            (&second, &json!("correlation"), &json!({})),
        ]
    );
    assert_eq!(features[0]["digest"], features[2]["digest"]);
    assert_ne!(features[0]["digest"], features[1]["digest"]);
    assert!(features.iter().all(|step| step["causal"] == true && step["state"].is_null()));

    let methods = client.server.get("/ai/features/methods", &client.token).await.json();
    let listed = methods["data"]["methods"].as_array().unwrap().clone();
    let listed = listed.iter().find(|method| method["name"] == "fraction_above").unwrap();
    assert_eq!((&listed["plugin"], &listed["digest"]), (&second, &features[0]["digest"]));
    assert_eq!(listed["params_schema"]["required"], json!(["level"]));
    assert_eq!(listed["params_schema"]["properties"]["below"]["default"], false);
}

#[tokio::test]
async fn values_are_those_of_a_plain_computation() {
    let client = client().await;
    with_signals(&client, "D1", signals()).await;
    let above = json!({"method": "fraction_above", "params": {"level": 160.0, "below": true}});
    let data = client.data(raw("D1", json!([above, {"method": "correlation"}]))).await;
    let [current, voltage] = signals();
    let windows = || (0..ROWS / WINDOW).map(|window| window * WINDOW..(window + 1) * WINDOW);

    let share = |cells: &[f64], counts: fn(f64) -> bool| {
        let present: Vec<f64> = cells.iter().copied().filter(|cell| !cell.is_nan()).collect();
        let counted = present.iter().filter(|cell| counts(**cell)).count();
        (!present.is_empty()).then(|| counted as f64 / present.len() as f64)
    };
    for (name, cells, counts) in [
        ("current_above", &current, (|cell| cell > 160.0) as fn(f64) -> bool),
        ("current_below", &current, |cell| cell < 160.0),
        ("voltage_above", &voltage, |cell| cell > 160.0),
        ("voltage_below", &voltage, |cell| cell < 160.0),
    ] {
        let expected: Vec<_> = windows().map(|rows| share(&cells[rows], counts)).collect();
        assert_eq!(column(&data, name), expected, "{name}");
    }
    let found = column(&data, "current_voltage_correlation");
    for (found, rows) in found.iter().zip(windows()) {
        match (found, pearson(&current[rows.clone()], &voltage[rows])) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-12, "{found} {expected}"),
            (found, expected) => assert_eq!(*found, expected),
        }
    }
    assert_eq!(found.iter().filter(|value| value.is_none()).count(), 1, "window 3 has one signal alone");
}

fn pearson(first: &[f64], second: &[f64]) -> Option<f64> {
    let both: Vec<(f64, f64)> =
        first.iter().zip(second).filter(|(a, b)| !a.is_nan() && !b.is_nan()).map(|(a, b)| (*a, *b)).collect();
    let mean = |side: fn(&(f64, f64)) -> f64| both.iter().map(side).sum::<f64>() / both.len() as f64;
    let (mean_a, mean_b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let product = both.iter().map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>();
    let square_a = both.iter().map(|(a, _)| (a - mean_a).powi(2)).sum::<f64>();
    let square_b = both.iter().map(|(_, b)| (b - mean_b).powi(2)).sum::<f64>();
    let correlation = product / (square_a.sqrt() * square_b.sqrt());
    (!correlation.is_nan()).then_some(correlation)
}

#[tokio::test]
async fn wrong_parameters_are_told_by_item_and_name() {
    let client = client().await;
    let above = |params: Value| json!({"method": "fraction_above", "params": params});
    let features = json!([
        "mean",
        above(json!({"level": "high"})),
        {"method": "fraction_above"},
        above(json!({"levl": 1, "level": 2})),
        {"method": "correlatoin"},
        {"method": "correlation", "params": {"level": 1}},
        7,
        "men",
    ]);
    let problems = client.extract(json!({"features": features})).await.invalid();
    for expected in [
        r#"features[1].params.level: "high" is not of type "number""#,
        "features[2].params.level: is required",
        "features[3].params.levl: the method has no such parameter",
        "features[4].method: there is no feature method `correlatoin`; there are: correlation, fraction_above, statistics",
        "features[5].params.level: the method has no such parameter",
        "features[6]: must be the name of a statistic or {\"method\": …, \"params\": …}",
    ] {
        assert!(problems.iter().any(|problem| problem == expected), "{expected} is not in {problems:#?}");
    }
    assert!(
        problems.iter().any(|problem| problem.starts_with("features[7]: \"men\" is not one of")),
        "{problems:#?}"
    );
    assert_eq!(problems.len(), 7, "each is told once: {problems:#?}");
}

#[tokio::test]
async fn a_column_can_stand_there_once() {
    let client = client().await;
    let above = |level: f64| json!({"method": "fraction_above", "params": {"level": level}});
    for (features, twice) in [
        (json!([above(1.0), above(2.0)]), "current_above"),
        (json!([above(1.0), "mean", above(1.0)]), "current_above"),
        (json!([{"method": "correlation"}, {"method": "correlation"}]), "current_voltage_correlation"),
        (json!(["mean", {"method": "statistics", "params": {"statistics": ["mean"]}}]), "current_mean"),
    ] {
        let problems = client.extract(json!({"features": features})).await.invalid();
        let expected =
            format!("features: two of them give a column `{twice}`; each column can stand there once");
        assert_eq!(problems, [expected]);
    }
}

#[tokio::test]
async fn the_columns_are_the_same_whatever_the_data() {
    let client = client().await;
    let [current, voltage] = signals();
    let missing = || vec![f64::NAN; ROWS];
    // 0.1 has no exact form, so its mean is not exactly itself.
    for (device, signals) in [
        ("varied", [current.clone(), voltage.clone()]),
        ("one_missing", [missing(), voltage.clone()]),
        ("all_missing", [missing(), missing()]),
        ("constant", [vec![0.1; ROWS], voltage.clone()]),
        ("one_window", [current[..WINDOW].to_vec(), voltage[..WINDOW].to_vec()]),
    ] {
        with_signals(&client, device, signals).await;
    }
    let above = json!({"method": "fraction_above", "params": {"level": 160.0, "below": true}});
    let features = json!([above, "std", {"method": "correlation"}, "missing_ratio"]);
    let mut expected = Vec::new();
    for device in ["varied", "one_missing", "all_missing", "constant", "one_window"] {
        for request in [
            raw(device, features.clone()),
            json!({"device_code": device, "features": features, "window_size": WINDOW}),
        ] {
            let data = client.data(request).await;
            let found: Vec<String> = names(&data).into_iter().map(str::to_owned).collect();
            if expected.is_empty() {
                expected.clone_from(&found);
            }
            assert_eq!(found, expected, "{device}");
            let rows = data["features"].as_array().unwrap();
            assert!(!rows.is_empty() && rows.iter().all(|row| row.as_array().unwrap().len() == found.len()));
        }
    }
    let undefined = client.data(raw("constant", features.clone())).await;
    assert!(column(&undefined, "current_voltage_correlation").iter().all(Option::is_none));
    let undefined = client.data(raw("one_missing", features)).await;
    assert!(column(&undefined, "current_above").iter().all(Option::is_none));
    assert!(column(&undefined, "current_missing_ratio").iter().all(|ratio| *ratio == Some(1.0)));
}
