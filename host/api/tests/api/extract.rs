//! Features over HTTP.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use arrow::ipc::reader::StreamReader;
use bytes::Bytes;
use fettle_api::openapi_json;
use jiff::tz::TimeZone;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use crate::features::{ROWS, START, with_telemetry};
use crate::server::{Answer, Server};

pub const EXTRACT: &str = "/ai/features/extract";
const PARQUET: &str = "application/vnd.apache.parquet";
const ARROW: &str = "application/vnd.apache.arrow.stream";

/// An analyst on a server with telemetry.
pub struct Client {
    pub server: Server,
    pub token: String,
}

impl Client {
    async fn new() -> Self {
        Self::of(Server::start().await).await
    }

    pub async fn of(server: Server) -> Self {
        with_telemetry(&server).await;
        let token = server.token("analyst").await;
        Self { server, token }
    }

    /// Extracts with `changes` to a request that works; `null` takes a field out.
    pub async fn extract(&self, changes: Value) -> Answer {
        self.server.post(EXTRACT, &self.token, &request(changes)).await
    }

    pub async fn data(&self, changes: Value) -> Value {
        let answer = self.extract(changes).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        assert_eq!(body["success"], true);
        assert!(body["execution_time"].is_u64());
        body["data"].clone()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "json! literals read best without a borrow")]
pub fn request(changes: Value) -> Value {
    let mut request = json!({
        "model_code": "welding", "device_code": "W1",
        "start_time": "2025-11-01T00:00:00", "end_time": "2025-11-02T00:00:00",
    });
    let fields = request.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        fields.insert(name.clone(), value.clone());
    }
    request
}

#[tokio::test]
async fn the_defaults_answer_five_statistics_of_every_signal_for_every_window() {
    let client = Client::new().await;
    let data = client.data(json!({})).await;
    let names = data["feature_names"].as_array().unwrap();
    assert_eq!(names.len(), 10);
    assert_eq!((&names[0], &names[9]), (&json!("current_mean"), &json!("voltage_median")));
    let rows = data["features"].as_array().unwrap();
    let windows = (ROWS - 100) / 50 + 1;
    assert_eq!(rows.len(), windows);
    assert!(rows.iter().all(|row| row.as_array().unwrap().iter().all(Value::is_f64)));
    let times = data["timestamps"].as_array().unwrap();
    assert_eq!((&times[0], &times[1]), (&json!("2025-11-01T00:00:00"), &json!("2025-11-01T00:08:20")));
    let metadata = &data["metadata"];
    assert_eq!(metadata["window_count"], windows);
    assert_eq!(metadata["stride"], 50);
    assert_eq!(metadata["row_count"], ROWS);
    assert_eq!(metadata["imputed_cells"], 5);
    assert_eq!(metadata["fitted_on"], "request");
}

#[tokio::test]
async fn the_answer_has_the_documented_members_and_no_others() {
    let client = Client::new().await;
    let data = client.data(json!({"window_size": 500})).await;
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let documented = |schema: &str| keys(&document["components"]["schemas"][schema]["properties"]);
    assert_eq!(keys(&data["metadata"]), documented("ExtractionMetadata"));
    for step in data["metadata"]["steps"].as_array().unwrap() {
        assert_eq!(keys(step), documented("Step"));
    }
    let warnings = data["warnings"].as_array().unwrap();
    assert!(!warnings.is_empty(), "so few windows are worth a warning");
    assert_eq!(keys(&warnings[0]), documented("Warning"));
}

fn keys(object: &Value) -> Vec<String> {
    let mut keys: Vec<String> = object.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn an_arrow_stream_holds_the_same_matrix_to_the_bit() {
    let client = Client::new().await;
    let changes =
        json!({"missing_value_method": "none", "window_size": 5, "overlap": 0, "window_label": "end"});
    let json = client.data(changes.clone()).await;
    let answer = client.server.post_accepting(ARROW, EXTRACT, &client.token, &request(changes)).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, ARROW));
    let mut reader = StreamReader::try_new(answer.body.as_slice(), None).unwrap();
    let schema = reader.schema();
    let batch = reader.next().unwrap().unwrap();
    assert!(reader.next().is_none());

    assert_eq!(schema.field(0).name(), "timestamp");
    let times = batch.column(0).as_primitive::<TimestampNanosecondType>();
    assert_eq!(times.value(0), START + 40_000_000_000, "a window is named after its last row");
    let rows = json["features"].as_array().unwrap();
    assert_eq!(batch.num_rows(), rows.len());
    let mut missing = 0;
    for (column, name) in json["feature_names"].as_array().unwrap().iter().enumerate() {
        assert_eq!(schema.field(column + 1).name(), name.as_str().unwrap());
        let values = batch.column(column + 1).as_primitive::<Float64Type>();
        for (row, expected) in rows.iter().enumerate() {
            let value = values.is_valid(row).then(|| values.value(row).to_bits());
            assert_eq!(value, expected[column].as_f64().map(f64::to_bits));
            missing += usize::from(value.is_none());
        }
    }
    assert!(missing > 0, "the gap is as long as a window");
    let about = |key: &str| serde_json::from_str::<Value>(&schema.metadata()[key]).unwrap();
    assert_eq!(about("metadata"), json["metadata"]);
    assert_eq!(about("warnings"), json["warnings"]);
}

#[tokio::test]
async fn a_parquet_file_holds_the_table_of_the_arrow_stream() {
    let client = Client::new().await;
    let body = request(json!({"missing_value_method": "none", "window_size": 5, "overlap": 0}));
    let arrow = client.server.post_accepting(ARROW, EXTRACT, &client.token, &body).await;
    let table = StreamReader::try_new(arrow.body.as_slice(), None).unwrap().next().unwrap().unwrap();
    let answer = client.server.post_accepting(PARQUET, EXTRACT, &client.token, &body).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, PARQUET));
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(answer.body)).unwrap();
    assert_eq!(builder.schema(), &table.schema(), "metadata and warnings included");
    let mut reader = builder.build().unwrap();
    assert_eq!(reader.next().unwrap().unwrap().columns(), table.columns());
    assert!(reader.next().is_none());
}

#[tokio::test]
async fn csv_holds_the_same_matrix_to_the_bit_and_times_as_json_writes_them() {
    let client = Client::new().await;
    let changes = json!({"missing_value_method": "none", "window_size": 5, "overlap": 0,
        "start_time": "2025-11-01T08:00:00+08:00"});
    let json = client.data(changes.clone()).await;
    let answer = client.server.post_accepting("text/csv", EXTRACT, &client.token, &request(changes)).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
    let text = answer.text();
    let mut lines = text.lines();
    let names: Vec<&str> =
        json["feature_names"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(lines.next().unwrap(), format!("timestamp,{}", names.join(",")));
    let rows = json["features"].as_array().unwrap();
    assert_eq!(lines.clone().count(), rows.len());
    for ((line, time), row) in lines.zip(json["timestamps"].as_array().unwrap()).zip(rows) {
        let mut cells = line.split(',');
        assert_eq!(cells.next(), time.as_str());
        let read: Vec<Option<u64>> = cells.map(|cell| cell.parse::<f64>().map(f64::to_bits).ok()).collect();
        let wanted: Vec<Option<u64>> =
            row.as_array().unwrap().iter().map(|value| value.as_f64().map(f64::to_bits)).collect();
        assert_eq!(read, wanted);
    }
}

#[tokio::test]
async fn the_same_request_gives_the_same_bytes() {
    let client = Client::new().await;
    let data = |answer: Answer| answer.json()["data"].to_string();
    assert_eq!(data(client.extract(json!({})).await), data(client.extract(json!({})).await));
}

#[tokio::test]
async fn times_are_read_and_written_in_the_form_of_the_question() {
    let server =
        Server::start_with(|settings| settings.time_zone = TimeZone::get("Asia/Shanghai").unwrap()).await;
    let client = Client::of(server).await;
    for (start, end, first) in [
        ("2025-11-01T08:00:00", "2025-11-01T12:00:00", "2025-11-01T08:00:00"),
        ("2025-11-01T00:00:00Z", "2025-11-01T12:00:00+08:00", "2025-11-01T00:00:00Z"),
        ("2025-11-01T05:30:00+05:30", "2025-11-01T04:00:00Z", "2025-11-01T05:30:00+05:30"),
    ] {
        let data = client.data(json!({"start_time": start, "end_time": end})).await;
        assert_eq!(data["timestamps"][0], first);
        assert_eq!(data["timestamps"].as_array().unwrap().len(), 19);
    }
}

#[tokio::test]
async fn everything_wrong_with_a_request_comes_in_one_answer() {
    let client = Client::new().await;
    let problems = client
        .extract(json!({
            "device_code": null, "start_time": "noon", "windw_size": 5, "overlap": 1, "outlier_method": "magic",
            "missing_value_params": {"limit": 0}, "normalize_scope": "all", "last_windows": 1,
        }))
        .await
        .invalid();
    for field in [
        "device_code: is required",
        "start_time: must be an ISO 8601 time",
        "windw_size: is not a field of this request; did you mean `window_size`?",
        "last_windows: means something only beside `dataset_id`",
        "normalize_scope: must be `feature` or `signal`, not `all`",
        "overlap: ",
        "outlier_method: ",
        "missing_value_params.limit: ",
    ] {
        assert!(problems.iter().any(|problem| problem.starts_with(field)), "{field} is not in {problems:#?}");
    }
    assert_eq!(problems.len(), 8, "{problems:#?}");
}

#[tokio::test]
async fn an_end_before_the_start_is_named() {
    let client = Client::new().await;
    let problems = client.extract(json!({"end_time": "2025-10-31T00:00:00"})).await.invalid();
    assert_eq!(problems, ["end_time: must be after start_time"]);
}

#[tokio::test]
async fn unknown_models_and_devices_are_not_found() {
    let client = Client::new().await;
    let problem = client
        .extract(json!({"model_code": "wielding", "device_code": "W9"}))
        .await
        .problem(404, "not_found");
    let fields: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["model_code", "device_code"]);
    let other_type = client.extract(json!({"device_code": "P1"})).await.invalid();
    assert!(other_type[0].starts_with("device_code: "), "{other_type:?}");
}

#[tokio::test]
async fn too_little_data_says_how_much_there_is() {
    let client = Client::new().await;
    let problem = client.extract(json!({"window_size": 2000})).await.problem(422, "insufficient_data");
    assert!(problem["detail"].as_str().unwrap().contains("1000"), "{problem}");
    client.extract(json!({"device_code": "W2"})).await.problem(422, "insufficient_data");
}

#[tokio::test]
async fn extractions_are_counted_by_model_and_failures_name_no_unknown_one() {
    let client = Client::new().await;
    client.data(json!({})).await;
    client.extract(json!({"model_code": "made_up"})).await.problem(404, "not_found");
    let metrics = client.server.get("/metrics", "").await.text();
    for line in [
        r#"feature_extraction_total{model_code="welding"} 1"#,
        r#"model_query_total{model_code="welding",model_type="ai_analysis"} 1"#,
        r#"step_duration_seconds_count{kind="outlier",method="iqr"} 1"#,
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert!(!metrics.contains("made_up"));
}

#[tokio::test]
async fn methods_are_listed_with_their_parameters() {
    let client = Client::new().await;
    let methods =
        client.server.get("/ai/features/methods", &client.token).await.json()["data"]["methods"].clone();
    let methods = methods.as_array().unwrap();
    let iqr = methods.iter().find(|method| method["name"] == "iqr").unwrap();
    assert_eq!(iqr["kind"], "outlier");
    assert_eq!(iqr["params_schema"]["properties"]["threshold"]["default"], 1.5);
    assert_eq!(iqr["digest"].as_str().unwrap().len(), 64);
    for kind in ["missing_value", "window", "feature", "normalize"] {
        assert!(methods.iter().any(|method| method["kind"] == kind), "{kind}");
    }
}
