//! Statistics of features over HTTP.

mod asking;
mod drifting;
mod leaving;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::datasets::assert_documented;
use crate::extract::Client;
use crate::features::{ROWS, START, with_welder};
use crate::server::{Answer, Server};

pub const STATS: &str = "/ai/features/stats";

const SECOND: i64 = 1_000_000_000;

impl Client {
    /// Asks with `changes` to a query that works, over all devices; `null` takes a parameter out, a list repeats it.
    pub async fn stats(&self, changes: Value) -> Answer {
        self.server.get(&asked(changes), &self.token).await
    }

    /// What a query that works answers.
    pub async fn described(&self, changes: Value) -> Value {
        let answer = self.stats(changes).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"].clone()
    }
}

/// The path and the query.
#[expect(clippy::needless_pass_by_value, reason = "json! literals read best without a borrow")]
pub fn asked(changes: Value) -> String {
    let mut parameters = json!({
        "model_code": "welding", "start_time": "2025-11-01T00:00:00", "end_time": "2025-11-02T00:00:00",
    });
    let object = parameters.as_object_mut().unwrap();
    object.extend(changes.as_object().unwrap().clone());
    let mut path = format!("{STATS}?");
    for (name, value) in object {
        let items = match &value {
            Value::Array(items) => items.clone(),
            Value::Null => Vec::new(),
            single => vec![(*single).clone()],
        };
        for item in items {
            let text = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            write!(path, "{name}={}&", encoded(&text)).unwrap();
        }
    }
    path
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// A device with other values than the others have, half as many rows, and a voltage that stands still.
pub async fn with_steady(client: &Client, device: &str, current: f64) {
    let rows = ROWS / 2;
    let timestamps = (0..rows as i64).map(|row| START + row * 10 * SECOND).collect();
    let values = (0..rows).map(|row| current + ((row * 37) % 101) as f64 * 0.31).collect();
    with_welder(&client.server, device, timestamps, [values, vec![24.5; rows]]).await;
}

/// The statistics of a feature.
pub fn feature<'d>(data: &'d Value, name: &str) -> &'d Value {
    let found = data["feature_statistics"].as_array().unwrap().iter().find(|one| one["feature_name"] == name);
    found.unwrap_or_else(|| panic!("{name} is not there"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn near(found: &Value, wanted: f64) {
    let found = number(found);
    assert!((found - wanted).abs() <= 1e-12 * wanted.abs().max(1.0), "{found}, expected {wanted}");
}

async fn client() -> Client {
    Client::of(Server::start().await).await
}

/// The values of each feature in all windows of an extraction without normalization.
async fn extracted(client: &Client, changes: Value) -> Vec<Vec<f64>> {
    let mut asked = json!({"normalize_method": "none"});
    asked.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let data = client.data(asked).await;
    let rows = data["features"].as_array().unwrap();
    let width = data["feature_names"].as_array().unwrap().len();
    let column = |place: usize| rows.iter().filter_map(|row| row[place].as_f64()).collect();
    (0..width).map(column).collect()
}

#[tokio::test]
async fn statistics_of_a_device_are_those_of_its_extraction() {
    let client = client().await;
    let statistics =
        json!({"window_size": 20, "features": ["mean", "std", "last"], "missing_value_method": "none"});
    let mut asked = statistics.clone();
    asked["device_code"] = json!("W1");
    let data = client.described(asked).await;
    let columns = extracted(&client, statistics).await;
    let windows = (ROWS - 20) / 10 + 1;
    assert_eq!(data["sample_count"], windows);
    let names =
        ["current_mean", "current_std", "current_last", "voltage_mean", "voltage_std", "voltage_last"];
    assert_eq!(data["feature_names"], json!(names));
    for (name, mut values) in names.into_iter().zip(columns.clone()) {
        let found = feature(&data, name);
        values.sort_by(f64::total_cmp);
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        assert_eq!(number(&found["missing_ratio"]), (windows - values.len()) as f64 / windows as f64);
        near(&found["mean"], mean);
        near(&found["std"], (squares / (count - 1.0)).sqrt());
        assert_eq!(number(&found["min"]), values[0]);
        assert_eq!(number(&found["max"]), values[values.len() - 1]);
        for (quantile, part) in [("p05", 0.05), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p95", 0.95)] {
            let position = part * (count - 1.0);
            let (low, high) = (values[position.floor() as usize], values[position.ceil() as usize]);
            near(&found[quantile], low + (high - low) * position.fract());
        }
        let counts = found["histogram"]["counts"].as_array().unwrap();
        assert_eq!(counts.len(), 20);
        assert_eq!(counts.iter().map(|count| count.as_u64().unwrap()).sum::<u64>(), values.len() as u64);
        let edges = found["histogram"]["edges"].as_array().unwrap();
        assert_eq!(
            (edges.len(), number(&edges[0]), number(&edges[20])),
            (21, values[0], values[values.len() - 1])
        );
        assert!(found["psi"].is_null() && found["ks"].is_null());
    }
    assert_eq!(number(&data["correlation_matrix"][2][2]), 1.0);
    assert_eq!(data["correlation_matrix"][0][3], data["correlation_matrix"][3][0]);
    assert_eq!(
        data["signals"],
        json!([
            {"name": "current", "missing_ratio": 0.005}, {"name": "voltage", "missing_ratio": 0.0},
        ])
    );
}

#[tokio::test]
async fn an_answer_has_what_the_document_says() {
    let client = client().await;
    let data = client.described(json!({})).await;
    assert_documented(&data, "Statistics");
    assert_documented(&data["feature_statistics"][0], "FeatureStatistics");
    assert_documented(&data["feature_statistics"][0]["histogram"], "Histogram");
    assert_documented(&data["signals"][0], "SignalStatistics");
    assert_documented(&data["metadata"], "StatisticsMetadata");
    assert_documented(&data["metadata"]["devices"][0], "DeviceShare");
    assert_documented(&data["metadata"]["steps"][0], "Step");
    assert_eq!(data["metadata"]["model_revision"], 1);
    assert_eq!(data["warnings"], json!([]));
}

#[tokio::test]
async fn all_devices_with_rows_are_described_together_and_learnt_from_once() {
    let client = client().await;
    with_steady(&client, "W3", 400.0).await;
    let alone = client.described(json!({"device_code": "W3", "missing_value_method": "mean"})).await;
    let all = client.described(json!({"missing_value_method": "mean", "outlier_method": "none"})).await;
    assert_eq!(
        all["metadata"]["devices"],
        json!([
            {"device_code": "W1", "row_count": 1_000, "window_count": 19},
            {"device_code": "W3", "row_count": 500, "window_count": 9},
        ])
    );
    assert_eq!((&all["sample_count"], &all["metadata"]["row_count"]), (&json!(28), &json!(1_500)));
    assert_eq!(all["warnings"], json!([]), "W2 has no rows, and nobody asked for it");
    // The mean of both, weighted by their rows.
    let state = |data: &Value| number(&data["metadata"]["steps"][0]["state"]["current"]["value"]);
    let of_w1 = client.described(json!({"device_code": "W1", "missing_value_method": "mean"})).await;
    near(&json!(state(&all)), (state(&of_w1) * 995.0 + state(&alone) * 500.0) / 1_495.0);
    assert!(number(&feature(&all, "current_max")["max"]) > 400.0);
    assert!(number(&feature(&all, "current_min")["min"]) < 150.0);
}

#[tokio::test]
async fn a_device_without_a_window_is_left_out_with_a_warning_or_refused_where_it_was_named() {
    let client = client().await;
    let timestamps = (0..50).map(|row| START + row * SECOND).collect();
    with_welder(&client.server, "W5", timestamps, [vec![1.0; 50], vec![2.0; 50]]).await;
    let data = client.described(json!({})).await;
    assert_eq!(data["metadata"]["devices"].as_array().unwrap().len(), 1);
    assert_eq!(data["metadata"]["row_count"], 1_050, "its rows are rows of the model");
    let warnings = data["warnings"].as_array().unwrap();
    assert_eq!((warnings.len(), &warnings[0]["code"]), (1, &json!("device_skipped")), "{warnings:?}");
    assert!(warnings[0]["message"].as_str().unwrap().starts_with("`W5` is left out: 50 rows"));

    let refused = client.stats(json!({"device_code": "W5"})).await.problem(422, "insufficient_data");
    assert!(refused["detail"].as_str().unwrap().contains("50 rows"), "{refused}");
    let refused = client.stats(json!({"device_code": "W2"})).await.problem(422, "insufficient_data");
    assert!(refused["detail"].as_str().unwrap().contains("device `W2` has no row"), "{refused}");
    let early = json!({"start_time": "2024-11-01", "end_time": "2024-11-02"});
    let refused = client.stats(early).await.problem(422, "insufficient_data");
    assert!(refused["detail"].as_str().unwrap().contains("no device of type `welder`"), "{refused}");
    let refused = client.stats(json!({"window_size": 5_000})).await.problem(422, "insufficient_data");
    assert!(refused["detail"].as_str().unwrap().contains("`W1` is left out"), "{refused}");
}

#[tokio::test]
async fn constant_features_have_no_correlation_and_no_histogram_but_their_figures() {
    let client = client().await;
    with_steady(&client, "W3", 100.0).await;
    let asked = json!({"device_code": "W3", "window_size": 20, "features": ["mean", "max", "skewness"]});
    let data = client.described(asked).await;
    let steady = feature(&data, "voltage_mean");
    for (figure, value) in [("min", 24.5), ("max", 24.5), ("mean", 24.5), ("p05", 24.5), ("std", 0.0)] {
        assert_eq!(number(&steady[figure]), value, "{figure}");
    }
    assert!(steady["histogram"].is_null());
    let matrix = &data["correlation_matrix"];
    assert!((0..6).all(|other| matrix[3][other].is_null() && matrix[other][4].is_null()), "{matrix}");
    assert!(matrix[0][1].is_f64() && matrix[1][1] == 1.0);

    let never = feature(&data, "voltage_skewness");
    assert_eq!(number(&never["missing_ratio"]), 1.0);
    for figure in ["min", "max", "mean", "std", "p05", "p50", "histogram", "psi", "ks"] {
        assert!(never[figure].is_null(), "{figure}");
    }
}

#[tokio::test]
async fn features_are_not_normalized_and_a_request_that_wants_it_is_told() {
    let client = client().await;
    let plain = client.described(json!({"normalize_method": "none"})).await;
    let asked = client.described(json!({"normalize_method": "min_max", "feature_range": [0, 2]})).await;
    assert_eq!(plain["feature_statistics"], asked["feature_statistics"]);
    assert_eq!(plain["warnings"], json!([]));
    assert_eq!(asked["warnings"][0]["code"], "not_normalized");
    let signals = client.described(json!({"normalize_scope": "signal", "outlier_method": "none"})).await;
    assert_eq!(signals["warnings"], json!([]));
    assert!(number(&feature(&signals, "current_mean")["max"]) < 2.0);
    let steps = signals["metadata"]["steps"].as_array().unwrap();
    assert_eq!(steps[1]["method"], "z_score");
}
