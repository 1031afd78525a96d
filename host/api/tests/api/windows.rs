//! `output: "windows"`: the rows of each window over HTTP.

mod refusals;

use std::collections::BTreeSet;

use arrow::array::{Array, AsArray, FixedSizeListArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Float64Type, TimeUnit, TimestampNanosecondType};
use arrow::ipc::reader::StreamReader;
use fettle_frame::{Frame, TimeRange};
use fettle_series::{Columns, DeviceKey};
use serde_json::{Value, json};

use crate::features::{ROWS, START, with_telemetry};
use crate::server::{Answer, Server};

const EXTRACT: &str = "/ai/features/extract";
const ARROW: &str = "application/vnd.apache.arrow.stream";
const SECOND: i64 = 1_000_000_000;

/// Steps that change nothing.
fn untouched() -> Value {
    json!({"missing_value_method": "none", "outlier_method": "none"})
}

struct Client {
    server: Server,
    token: String,
}

/// An answer, read.
struct Windows {
    batch: RecordBatch,
    metadata: Value,
    warnings: Value,
}

impl Client {
    async fn new() -> Self {
        let server = Server::start().await;
        with_telemetry(&server).await;
        let token = server.token("analyst").await;
        Self { server, token }
    }

    /// Asks for windows with `changes`, and takes a stream alone.
    async fn ask(&self, changes: Value) -> Answer {
        self.server.post_accepting(ARROW, EXTRACT, &self.token, &request(changes)).await
    }

    async fn windows(&self, changes: Value) -> Windows {
        let answer = self.ask(changes).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Windows::read(&answer)
    }

    /// The rows of `W1` as they are stored.
    async fn stored(&self) -> Frame {
        let device = DeviceKey { device_type: "welder".to_owned(), device: "W1".to_owned() };
        let columns = Columns::signals(["current".to_owned(), "voltage".to_owned()]);
        self.server.series.read(&device, &columns, TimeRange::ALL, ROWS as u64).await.unwrap().frame
    }
}

#[expect(clippy::needless_pass_by_value, reason = "json! literals read best without a borrow")]
fn request(changes: Value) -> Value {
    let mut request = json!({
        "model_code": "welding", "device_code": "W1", "output": "windows",
        "start_time": "2025-11-01T00:00:00", "end_time": "2025-11-02T00:00:00",
    });
    let fields = request.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        fields.insert(name.clone(), value.clone());
    }
    request
}

/// Both objects' members in one.
fn with(fields: Value, more: Value) -> Value {
    let (Value::Object(mut fields), Value::Object(more)) = (fields, more) else { panic!("objects") };
    fields.extend(more);
    Value::Object(fields)
}

impl Windows {
    fn read(answer: &Answer) -> Self {
        assert_eq!(answer.header("content-type"), ARROW);
        let mut reader = StreamReader::try_new(answer.body.as_slice(), None).unwrap();
        let about = |key: &str| serde_json::from_str(&reader.schema().metadata()[key]).unwrap();
        let (metadata, warnings) = (about("metadata"), about("warnings"));
        let batch = reader.next().unwrap().unwrap();
        assert!(reader.next().is_none());
        Self { batch, metadata, warnings }
    }

    fn lists(&self, column: &str) -> &FixedSizeListArray {
        self.batch.column_by_name(column).unwrap().as_fixed_size_list()
    }

    /// The values of a signal in one window; NaN where they are null.
    fn values(&self, signal: &str, window: usize) -> Vec<f64> {
        let values = self.lists(signal).value(window);
        values.as_primitive::<Float64Type>().iter().map(|value| value.unwrap_or(f64::NAN)).collect()
    }

    fn row_times(&self, window: usize) -> Vec<i64> {
        let times = self.lists("row_timestamp").value(window);
        times.as_primitive::<TimestampNanosecondType>().values().to_vec()
    }

    fn times(&self) -> &[i64] {
        self.batch.column(0).as_primitive::<TimestampNanosecondType>().values()
    }
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[tokio::test]
async fn each_window_holds_its_rows_as_they_are_stored() {
    let client = Client::new().await;
    let stored = client.stored().await;
    let found = client.windows(with(untouched(), json!({"window_size": 6, "overlap": 0.5}))).await;

    let windows = (ROWS - 6) / 3 + 1;
    assert_eq!(found.batch.num_rows(), windows);
    for window in 0..windows {
        let rows = window * 3..window * 3 + 6;
        assert_eq!(found.times()[window], stored.timestamps[rows.start]);
        assert_eq!(found.row_times(window), stored.timestamps[rows.clone()]);
        for signal in &stored.signals {
            let values = found.values(&signal.name, window);
            assert_eq!(
                bits(&values),
                bits(&signal.values[rows.clone()]),
                "{} of window {window}",
                signal.name
            );
        }
    }
    let missing = found.lists("current").values().null_count();
    assert_eq!(missing, 5 * 2, "five rows are missing, each of which two windows share");

    assert_eq!(found.metadata["window_count"], windows);
    assert_eq!((&found.metadata["normalize_method"], &found.metadata["stride"]), (&json!("none"), &json!(3)));
    let steps = found.metadata["steps"].as_array().unwrap();
    assert_eq!((steps.len(), &steps[0]["method"]), (1, &json!("sliding")));
    assert_eq!(found.warnings, json!([]));
}

#[tokio::test]
async fn the_schema_has_lists_of_the_windows_length_and_signals_in_the_models_order() {
    let client = Client::new().await;
    let found = client.windows(json!({"window_size": 7})).await;
    let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let list = |of: DataType, nullable| DataType::new_fixed_size_list(of, 7, nullable);
    let fields = [
        Field::new("timestamp", time.clone(), false),
        Field::new("row_timestamp", list(time, false), false),
        Field::new("current", list(DataType::Float64, true), false),
        Field::new("voltage", list(DataType::Float64, true), false),
    ];
    let schema = found.batch.schema();
    assert_eq!(schema.fields().iter().map(|field| (**field).clone()).collect::<Vec<_>>(), fields);
}

#[tokio::test]
async fn windows_can_be_named_after_their_last_row() {
    let client = Client::new().await;
    let found = client.windows(json!({"window_size": 5, "overlap": 0, "window_label": "end"})).await;
    assert_eq!(found.times()[..2], [START + 40 * SECOND, START + 90 * SECOND]);
    assert_eq!(found.row_times(0)[0], START);
}

#[tokio::test]
async fn rows_are_cleaned_and_the_metadata_has_the_members_of_features() {
    let client = Client::new().await;
    // More cells than are written on the spot.
    let steps = json!({"window_size": 100, "overlap": 0.95});
    let found = client.windows(steps.clone()).await;
    assert_eq!(found.lists("current").values().null_count(), 0);
    assert_eq!(found.metadata["imputed_cells"], 5);
    assert_eq!(found.metadata["outlier_method"], "iqr");

    let features = client.ask(with(steps, json!({"output": "features"}))).await;
    let reader = StreamReader::try_new(features.body.as_slice(), None).unwrap();
    let features: Value = serde_json::from_str(&reader.schema().metadata()["metadata"]).unwrap();
    let members =
        |metadata: &Value| -> BTreeSet<String> { metadata.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(members(&found.metadata), members(&features));
}

#[tokio::test]
async fn signals_are_normalized_before_windows_where_that_is_asked_for() {
    let client = Client::new().await;
    let stored = client.stored().await;
    let steps = json!({"normalize_scope": "signal", "window_size": 10, "overlap": 0});
    let found = client.windows(with(untouched(), steps)).await;
    assert_eq!(found.metadata["normalize_method"], "z_score");

    let voltage = &stored.signals[1].values;
    let mean = voltage.iter().sum::<f64>() / ROWS as f64;
    let std = (voltage.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / ROWS as f64).sqrt();
    for (row, value) in found.values("voltage", 3).into_iter().enumerate() {
        let wanted = (voltage[30 + row] - mean) / std;
        assert!((value - wanted).abs() < 1e-9, "{value} is not {wanted}");
    }
    let none = with(untouched(), json!({"normalize_scope": "signal", "normalize_method": "none"}));
    assert_eq!(client.windows(none).await.metadata["normalize_method"], "none");
}

#[tokio::test]
async fn who_accepts_the_arrow_stream_in_any_way_gets_it() {
    let client = Client::new().await;
    let body = request(json!({"window_size": 500}));
    let unsaid = client.server.post(EXTRACT, &client.token, &body).await;
    assert_eq!(Windows::read(&unsaid).batch.num_rows(), 3);
    for accept in [
        "*/*",
        "application/*",
        ARROW,
        "application/json, application/vnd.apache.arrow.stream;q=0.1",
        "text/csv, */*;q=0.5",
    ] {
        let answer = client.server.post_accepting(accept, EXTRACT, &client.token, &body).await;
        assert_eq!(answer.body, unsaid.body, "{accept}");
    }
}
