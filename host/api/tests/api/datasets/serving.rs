//! `extract` with `dataset_id`: what was trained on is what is served.

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use arrow::ipc::reader::StreamReader;
use serde_json::{Value, json};

use super::client;
use crate::extract::{Client, EXTRACT};
use crate::features::{START, telemetry};
use crate::server::Answer;

const SECOND: i64 = 1_000_000_000;

/// Serves `W1` with what `more` says.
async fn serve(client: &Client, id: &str, more: Value) -> Answer {
    let mut request = json!({"dataset_id": id, "model_code": "welding", "device_code": "W1"});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.server.post(EXTRACT, &client.token, &request).await
}

async fn served(client: &Client, id: &str, more: Value) -> Value {
    let answer = serve(client, id, more).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].clone()
}

/// The bits of the features of each window.
fn features(data: &Value) -> Vec<Vec<u64>> {
    let bits =
        |row: &Value| row.as_array().unwrap().iter().map(|cell| cell.as_f64().unwrap().to_bits()).collect();
    data["features"].as_array().unwrap().iter().map(bits).collect()
}

fn range() -> Value {
    json!({"start_time": "2025-11-01T00:00:00Z", "end_time": "2025-11-02T00:00:00Z"})
}

/// The rows of `W1` from `from` on, as a service would send them.
fn rows(from: usize) -> Value {
    let frame = telemetry();
    let time = |at: &i64| jiff::Timestamp::from_nanosecond(i128::from(*at)).unwrap().to_string();
    let times: Vec<String> = frame.timestamps[from..].iter().map(time).collect();
    let cell = |value: &f64| if value.is_nan() { Value::Null } else { json!(value) };
    let column = |index: usize| frame.signals[index].values[from..].iter().map(cell).collect::<Vec<_>>();
    json!({"rows": {"timestamps": times, "columns": {"current": column(0), "voltage": column(1)}}})
}

#[tokio::test]
async fn range_newest_windows_and_sent_rows_give_the_rows_of_the_dataset_to_the_bit() {
    let client = client().await;
    let id = client.dataset(json!({"device_codes": ["W1"]})).await;
    let by_range = served(&client, &id, range()).await;
    let windows = features(&by_range).len();
    assert_eq!(by_range["metadata"]["fitted_on"], "dataset");
    assert_eq!(by_range["timestamps"][0], "2025-11-01T00:00:00Z");

    let newest = served(&client, &id, json!({"last_windows": windows})).await;
    let sent = served(&client, &id, rows(0)).await;
    for other in [&newest, &sent] {
        assert_eq!(features(other), features(&by_range));
        assert_eq!(other["timestamps"], by_range["timestamps"]);
        assert_eq!(other["feature_names"], by_range["feature_names"]);
    }
    // Fewer windows are the last of them: nothing was missing there.
    let three = served(&client, &id, json!({"last_windows": 3})).await;
    assert_eq!(features(&three), features(&by_range)[windows - 3..]);
    let one = served(&client, &id, rows(900)).await;
    assert_eq!(features(&one), features(&by_range)[windows - 1..]);

    let path = format!("/ai/datasets/{id}/download?format=arrow");
    let file = client.server.get(&path, &client.token).await.body;
    let served_rows = features(&by_range);
    let mut found = 0;
    for batch in StreamReader::try_new(file.as_slice(), None).unwrap() {
        let batch = batch.unwrap();
        let starts = batch.column_by_name("window_start").unwrap().as_primitive::<TimestampNanosecondType>();
        for (row, start) in starts.values().iter().enumerate() {
            let window = usize::try_from((start - START) / (500 * SECOND)).unwrap();
            let names = by_range["feature_names"].as_array().unwrap();
            let cell = |name: &Value| {
                let column = batch.column_by_name(name.as_str().unwrap()).unwrap();
                column.as_primitive::<Float64Type>().value(row).to_bits()
            };
            assert_eq!(names.iter().map(cell).collect::<Vec<_>>(), served_rows[window]);
            found += 1;
        }
    }
    assert_eq!(found, windows);
}

#[tokio::test]
async fn more_windows_than_there_are_is_a_warning() {
    let client = client().await;
    let id = client.dataset(json!({})).await;
    let data = served(&client, &id, json!({"last_windows": 1_000_000})).await;
    assert_eq!(data["metadata"]["window_count"], 19);
    assert!(!data["warnings"].as_array().unwrap().is_empty(), "{data}");
}

#[tokio::test]
async fn nothing_that_the_dataset_says_is_said_again() {
    let client = client().await;
    let id = client.dataset(json!({})).await;
    let told =
        serve(&client, &id, json!({"last_windows": 1, "window_size": 5, "normalize_method": "none"})).await;
    let told = told.invalid();
    assert!(told[0].starts_with("window_size: cannot stand beside `dataset_id`"), "{told:?}");
    assert!(told[1].starts_with("normalize_method: cannot stand beside"), "{told:?}");
    for (more, field) in [
        (json!({}), "start_time"),
        (json!({"last_windows": 0}), "last_windows"),
        (json!({"last_windows": 1.5}), "last_windows"),
        (json!({"rows": {"timestamps": [], "columns": {"current": [], "voltage": []}}}), "rows.timestamps"),
        (
            json!({"rows": {"timestamps": ["2025-11-01"], "columns": {"current": [1]}}}),
            "rows.columns.voltage",
        ),
        (
            json!({"rows": {"timestamps": ["2025-11-01"], "columns": {"current": [1], "voltage": [1, 2]}}}),
            "rows.columns.voltage",
        ),
        (
            json!({"rows": {"timestamps": ["2025-11-02", "2025-11-01"],
                "columns": {"current": [1, 2], "voltage": [1, 2]}}}),
            "rows.timestamps",
        ),
        (json!({"rows": {"timestamps": ["noon"], "columns": {}}}), "rows.timestamps[0]"),
        (json!({"last_windows": 1, "model_code": "other"}), "model_code"),
        (json!({"last_windows": 1, "device_code": "P1"}), "device_code"),
    ] {
        let told = serve(&client, &id, more.clone()).await.invalid();
        assert!(told[0].starts_with(&format!("{field}: ")), "{more}: {told:?}");
    }
    let told = client.extract(json!({"last_windows": 1, "rows": {}})).await.invalid();
    assert_eq!(
        told,
        ["last_windows", "rows"].map(|field| format!("{field}: means something only beside `dataset_id`"))
    );
}

#[tokio::test]
async fn what_does_not_exist_or_does_not_suffice_is_told() {
    let client = client().await;
    let id = client.dataset(json!({})).await;
    let problem = serve(&client, "ds_20251103_999", range()).await.problem(404, "not_found");
    assert_eq!(problem["errors"][0]["field"], "dataset_id");
    let problem = serve(&client, &id, json!({"device_code": "W9", "last_windows": 1})).await;
    assert_eq!(problem.problem(404, "not_found")["errors"][0]["field"], "device_code");
    serve(&client, &id, rows(950)).await.problem(422, "insufficient_data");
}

#[tokio::test]
async fn bodies_with_rows_hold_more_than_others() {
    let server = crate::server::Server::start_with(|settings| settings.max_body_bytes = 8 << 20).await;
    let client = super::client_of(server).await;
    let id = client.dataset(json!({"device_codes": ["W1"]})).await;
    let count = 100_000;
    let times: Vec<String> = (0..count)
        .map(|row| {
            format!(
                "2025-11-{:02}T{:02}:{:02}:{:02}",
                1 + row / 86_400,
                row / 3600 % 24,
                row / 60 % 60,
                row % 60
            )
        })
        .collect();
    let values: Vec<f64> = (0..count).map(|row| f64::from(row % 1000) / 10.0).collect();
    let rows = json!({"rows": {"timestamps": times, "columns": {"current": values, "voltage": values}}});
    let data = served(&client, &id, rows).await;
    assert_eq!(data["metadata"]["row_count"], count);
}
