//! Files over HTTP.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, TimestampMillisecondArray};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use fettle_frame::{Frame, LabelValues, TimeRange};
use fettle_import::{ImportOptions, Source, TimeFormat};
use fettle_metadata::{MetadataStore, SqliteStore};
use fettle_series::{Columns, DeviceKey, ParquetStore, SeriesStore};
use futures::StreamExt;
use jiff::Timestamp;
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

use crate::features::{START, with_telemetry};
use crate::server::{Answer, Server};

const CSV: &str = "text/csv";
const PARQUET: &str = "application/vnd.apache.parquet";
const ARROW_FILE: &str = "application/vnd.apache.arrow.file";
const ARROW_STREAM: &str = "application/vnd.apache.arrow.stream";

/// What names a small file of the tests.
const PRESS: &str = "model=press&device=P1&time_column=time&label=ok";

struct Analyst {
    server: Server,
    token: String,
}

impl Analyst {
    async fn new() -> Self {
        Self::of(Server::start().await).await
    }

    async fn of(server: Server) -> Self {
        let token = server.token("analyst").await;
        Self { server, token }
    }

    async fn send(&self, kind: &str, query: &str, body: impl Into<Body>) -> Answer {
        let request = Server::request("POST", &format!("/data/import?{query}"), &self.token);
        self.server.send(request.header(CONTENT_TYPE, kind).body(body.into()).unwrap()).await
    }

    async fn import(&self, kind: &str, query: &str, body: impl Into<Body>) -> Value {
        let answer = self.send(kind, query, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"].clone()
    }

    /// All rows of a device, with the columns of a model.
    async fn rows(&self, model: &str, device: &str) -> Frame {
        rows(self.server.metadata.as_ref(), self.server.series.as_ref(), model, device).await
    }

    /// Neither rows, nor metadata, nor a file on its way are there.
    async fn is_untouched(&self) {
        assert_eq!(self.server.series.devices().await.unwrap(), []);
        assert!(self.server.metadata.model("press").await.unwrap().is_none());
        assert_eq!(self.scratch(), [""; 0]);
    }

    /// What lies in the folder of files on their way.
    fn scratch(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.server.folder.path().join("scratch")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

async fn rows(metadata: &dyn MetadataStore, series: &dyn SeriesStore, model: &str, device: &str) -> Frame {
    let model = metadata.model(model).await.unwrap().unwrap();
    let columns = Columns {
        signals: model.signals.into_iter().map(|signal| signal.field_code).collect(),
        labels: model.labels.into_iter().map(|label| label.field_code).collect(),
    };
    let key = DeviceKey { device_type: model.device_type_code, device: device.to_owned() };
    series.read(&key, &columns, TimeRange::ALL, u64::MAX).await.unwrap().frame
}

/// Times, signals and labels as texts: NaN is equal to nothing.
fn shown(frame: &Frame) -> String {
    format!("{frame:?}")
}

/// Three rows, of which the second lacks its force.
fn press_csv() -> &'static str {
    "time,force,ok\n2025-11-01T00:00:00Z,1.5,true\n2025-11-01T00:00:01Z,,false\n2025-11-01T00:00:02Z,2,\n"
}

fn press_batch() -> RecordBatch {
    let times = (0..3).map(|second| START / 1_000_000 + second * 1_000);
    let times = TimestampMillisecondArray::from_iter_values(times).with_timezone("UTC");
    let columns: [(&str, ArrayRef); 3] = [
        ("time", Arc::new(times)),
        ("force", Arc::new(Float64Array::from(vec![Some(1.5), None, Some(2.0)]))),
        ("ok", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn parquet_of(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn arrow_file_of(batch: &RecordBatch, compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn arrow_stream_of(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

#[tokio::test]
async fn a_csv_file_becomes_rows_a_device_and_a_model() {
    let analyst = Analyst::new().await;
    let report = analyst.import(CSV, PRESS, press_csv()).await;
    assert_eq!(
        report,
        json!({
            "model": "press", "device_type": "press", "device": "P1",
            "rows": 3, "rows_new": 3, "rows_replaced": 0, "rows_identical": 0,
            "first_time": "2025-11-01T00:00:00Z", "last_time": "2025-11-01T00:00:02Z",
            "created": {
                "device_type": true, "devices": ["P1"], "models": ["press"], "models_extended": [],
                "fields": ["force", "ok"],
            },
            "fields": [
                {"field_code": "force", "name": "force", "role": "signal", "label_type": null, "missing": 1},
                {"field_code": "ok", "name": "ok", "role": "label", "label_type": "bool", "missing": 1},
            ],
            "rejected": 0, "rejected_lines": [], "identical_duplicates": 0, "overruled_duplicates": 0,
            "infinite_cells": 0, "warnings": [],
        })
    );
    let frame = analyst.rows("press", "P1").await;
    assert_eq!(frame.timestamps, [START, START + 1_000_000_000, START + 2_000_000_000]);
    assert_eq!(frame.labels[0].values, LabelValues::Bool(vec![Some(true), Some(false), None]));
    assert_eq!(analyst.scratch(), [""; 0]);

    let again = analyst.import(CSV, PRESS, press_csv()).await;
    assert_eq!((&again["rows_identical"], &again["created"]["fields"]), (&json!(3), &json!([])));
    let changed = press_csv().replace("1.5", "9");
    let again = analyst.import(CSV, PRESS, changed).await;
    assert_eq!((&again["rows_replaced"], &again["rows_identical"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn every_form_of_a_file_gives_the_same_rows() {
    let analyst = Analyst::new().await;
    analyst.import(CSV, &PRESS.replace("P1", "CSV"), press_csv()).await;
    let expected = shown(&analyst.rows("press", "CSV").await);
    let batch = press_batch();
    for (device, kind, file) in [
        ("PQ", PARQUET, parquet_of(&batch)),
        ("AF", ARROW_FILE, arrow_file_of(&batch, None)),
        ("LZ4", ARROW_FILE, arrow_file_of(&batch, Some(CompressionType::LZ4_FRAME))),
        ("ZSTD", ARROW_FILE, arrow_file_of(&batch, Some(CompressionType::ZSTD))),
        ("AS", ARROW_STREAM, arrow_stream_of(&batch)),
    ] {
        let report = analyst.import(kind, &PRESS.replace("P1", device), file).await;
        assert_eq!(report["rows_new"], 3, "{device}");
        assert_eq!(shown(&analyst.rows("press", device).await), expected, "{device}");
    }
}

/// The real recordings. Where they are missing, the test says so and ends; on CI it fails.
fn recordings(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    assert!(std::env::var_os("FETTLE_CI").is_none_or(|ci| ci != "1"), "{} is missing", path.display());
    println!("SKIPPED: {} is missing", path.display());
    None
}

/// Imports the file at `path` as `fettle import` does, and over HTTP; compares rows and figures.
async fn as_the_command_does(options: ImportOptions, query: &str, path: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let metadata = SqliteStore::in_memory().await.unwrap();
    let series = ParquetStore::new(folder.path().join("series"));
    let (source, now) = ([Source::file(path)], Timestamp::now());
    let report =
        fettle_import::import(&options, &source, &metadata, &series, now, Arc::new(|_| ())).await.unwrap();
    let expected = rows(&metadata, &series, &options.model, &options.device).await;

    let analyst = Analyst::new().await;
    let told = analyst.import(CSV, query, std::fs::read(path).unwrap()).await;
    assert_eq!(told["rows"], report.rows);
    assert_eq!(told["rows_new"], report.written.rows_new);
    let missing: Vec<u64> =
        told["fields"].as_array().unwrap().iter().map(|field| field["missing"].as_u64().unwrap()).collect();
    assert_eq!(missing, report.columns.iter().map(|column| column.missing).collect::<Vec<_>>());
    let found = analyst.rows(&options.model, &options.device).await;
    assert!(shown(&found) == shown(&expected), "{query}: other rows than those of the command");
    assert_eq!(found.rows() as u64, report.rows);
}

#[tokio::test]
async fn a_run_of_a_welder_is_imported_as_by_the_command() {
    let Some(folder) = recordings("welder") else { return };
    let names = ["time", "voltage command", "wire feed command", "current", "voltage", "wire speed"];
    let options = ImportOptions {
        columns: Some(names.map(String::from).to_vec()),
        time_format: Some(TimeFormat::Unix),
        ..ImportOptions::new("welder_model", "WLD001", "time")
    };
    let columns: String = names.iter().map(|name| format!("&columns={}", name.replace(' ', "%20"))).collect();
    let query = format!("model=welder_model&device=WLD001&time_column=time&time_format=unix{columns}");
    as_the_command_does(options, &query, &folder.join("20180309_14_44_27_welder_data.csv")).await;
}

#[tokio::test]
async fn a_run_of_the_skab_bench_is_imported_as_by_the_command() {
    let Some(folder) = recordings("skab") else { return };
    let file = csv_below(&folder).expect("a CSV file");
    let options = ImportOptions {
        delimiter: Some(b';'),
        labels: vec!["anomaly".into(), "changepoint".into()],
        ..ImportOptions::new("skab", "valve1", "datetime")
    };
    let query = "model=skab&device=valve1&time_column=datetime&delimiter=%3B&label=anomaly&label=changepoint";
    as_the_command_does(options, query, &file).await;
}

/// The first CSV file with labels below a folder.
fn csv_below(folder: &Path) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let has_labels =
        |path: &PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.contains(";changepoint"));
    entries.iter().find_map(|path| match path.is_dir() {
        true => csv_below(path),
        false => path.extension().is_some_and(|name| name == "csv").then(|| path.clone()).filter(has_labels),
    })
}

#[tokio::test]
async fn all_that_is_wrong_with_the_query_is_told_at_once() {
    let analyst = Analyst::new().await;
    let query = "model=press&delimiter=%3B%3B&time_format=swatch&time_zone=Mars&label=a&label=a&on_duplicate=both\
                 &max_rejected=few&timecolumn=t";
    let told = analyst.send(CSV, query, press_csv()).await.invalid();
    let fields: Vec<&str> = told.iter().map(|told| told.split(':').next().unwrap()).collect();
    let expected = [
        "device",
        "time_column",
        "delimiter",
        "time_format",
        "time_zone",
        "on_duplicate",
        "max_rejected",
        "timecolumn",
    ];
    assert_eq!(fields, expected, "{told:#?}");
    let told = analyst.send(CSV, &format!("{PRESS}&label=ok&columns=a,b"), press_csv()).await.invalid();
    assert_eq!(told, ["label: `ok` is named twice", "time_column: `time` is not among `columns`"]);
    let told = analyst.send(CSV, &PRESS.replace("P1", "..%2Fetc"), press_csv()).await.invalid();
    assert!(told[0].starts_with("device: must be 1 to 128"), "{told:?}");
    analyst.is_untouched().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_its_lines_and_nothing_is_written() {
    let analyst = Analyst::new().await;
    let wrong = press_csv().replace("1.5", "heavy").replace(",2,", ",2,,");
    let answer = analyst.send(CSV, PRESS, wrong.clone()).await;
    assert_eq!(
        answer.invalid(),
        ["body: line 2: column `force`: `heavy` is not a number", "body: line 4: has 4 cells for 3 columns"]
    );
    assert!(answer.text().contains("nothing was written"), "{}", answer.text());
    for (kind, body, expected) in [
        (CSV, "".to_owned(), "body: is empty"),
        (CSV, "time,force,ok\n".to_owned(), "body: has columns, and no row that can be read"),
        (CSV, press_csv().replace("time", "at"), "body: has no time column `time`"),
        (CSV, press_csv().replace("1.5", "\"1.5"), "body: line 2: a quote opens a cell here"),
        (
            CSV,
            press_csv().replace("00:00:01Z", "00:00:00Z"),
            "body: lines 2 and 3 have the time 2025-11-01T00:00:00Z",
        ),
        (PARQUET, press_csv().to_owned(), "body: cannot be read as Parquet"),
        (ARROW_FILE, press_csv().to_owned(), "body: cannot be read as Arrow"),
        (ARROW_STREAM, press_csv().to_owned(), "body: cannot be read as Arrow"),
    ] {
        let told = analyst.send(kind, PRESS, body.clone()).await.invalid();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with(expected), "{told:?} of {body}");
    }
    let latin = b"time,force,ok\n2025-11-01T00:00:00Z,1,\xe9\n".to_vec();
    let problem = analyst.send(CSV, PRESS, latin).await.problem(400, "bad_request");
    assert!(problem["detail"].as_str().unwrap().contains("line 2"), "{problem}");
    analyst.is_untouched().await;

    // Lines may be left out, if that is allowed.
    let report = analyst.import(CSV, &format!("{PRESS}&max_rejected=2"), wrong).await;
    assert_eq!((&report["rows"], &report["rejected"]), (&json!(1), &json!(2)));
    assert_eq!(report["rejected_lines"][0]["line"], 2);
}

#[tokio::test]
async fn broken_arrow_files_promise_what_nobody_reserves() {
    let analyst = Analyst::new().await;
    let numbers = Float64Array::from_iter_values((0..4_096).map(f64::from));
    let times = TimestampMillisecondArray::from_iter_values(0..4_096).with_timezone("UTC");
    let columns: [(&str, ArrayRef); 2] = [("time", Arc::new(times)), ("force", Arc::new(numbers))];
    let sound = arrow_file_of(&RecordBatch::try_from_iter(columns).unwrap(), Some(CompressionType::ZSTD));
    let size = (4_096_u64 * 8).to_le_bytes();
    let place = sound.windows(8).position(|bytes| bytes == size).expect("the length of a buffer");
    let mut broken = sound.clone();
    broken[place..place + 8].copy_from_slice(&(1_u64 << 46).to_le_bytes());
    let query = "model=press&device=P1&time_column=time";
    let told = analyst.send(ARROW_FILE, query, broken.clone()).await.invalid();
    assert!(told[0].contains("a record batch would take"), "{told:?}");
    // The same messages as a stream: a file holds one, behind its magic word.
    let stream = broken.windows(4).position(|bytes| bytes == [0xFF; 4]).expect("a message");
    let told = analyst.send(ARROW_STREAM, query, broken[stream..].to_vec()).await.invalid();
    assert!(told[0].contains("a record batch would take"), "{told:?}");
    for cut in (0..sound.len()).step_by(sound.len() / 40) {
        analyst.send(ARROW_FILE, query, sound[..cut].to_vec()).await.invalid();
    }
    analyst.is_untouched().await;
    analyst.import(ARROW_FILE, query, sound).await;
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused() {
    let analyst = Analyst::new().await;
    for kind in ["application/json", "application/octet-stream", "text/csv; charset=utf-16"] {
        analyst.send(kind, PRESS, press_csv()).await.problem(415, "unsupported_media_type");
    }
    let request = Server::request("POST", &format!("/data/import?{PRESS}"), &analyst.token);
    let request = request.header(CONTENT_TYPE, CSV).header("content-encoding", "gzip");
    let answer = analyst.server.send(request.body(press_csv().into()).unwrap()).await;
    answer.problem(415, "unsupported_media_type");
    analyst.is_untouched().await;
}

#[tokio::test]
async fn what_contradicts_the_store_is_a_conflict() {
    let analyst = Analyst::new().await;
    with_telemetry(&analyst.server).await;
    let of_another_type = "model=press_model&device=W1&device_type=press&time_column=time";
    let problem = analyst.send(CSV, of_another_type, press_csv()).await.problem(409, "conflict");
    assert!(problem["detail"].as_str().unwrap().contains("W1"), "{problem}");
    // `quality` is a label there.
    let as_signal = "model=welding&device=W1&time_column=time";
    let file = "time,quality\n2025-11-01T00:00:00Z,1\n";
    let problem = analyst.send(CSV, as_signal, file).await.problem(409, "conflict");
    assert!(problem["detail"].as_str().unwrap().contains("quality"), "{problem}");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_before_anything_is_written() {
    let analyst = Analyst::of(Server::start_with(|settings| settings.max_import_bytes = 1 << 20).await).await;
    let mut long = "time,force\n".to_owned();
    for second in 0..60_000 {
        writeln!(long, "{second},{}", f64::from(second) / 7.0).unwrap();
    }
    assert!(long.len() > 1 << 20);
    let query = "model=press&device=P1&time_column=time&time_format=unix";
    let request = || {
        let request = Server::request("POST", &format!("/data/import?{query}"), &analyst.token);
        request.header(CONTENT_TYPE, CSV)
    };
    let declared = request().header(CONTENT_LENGTH, long.len()).body(Body::from(long.clone())).unwrap();
    analyst.server.send(declared).await.problem(413, "payload_too_large");
    let pieces =
        long.as_bytes().chunks(10_000).map(|piece| Ok::<_, io::Error>(Bytes::copy_from_slice(piece)));
    let streamed = Body::from_stream(futures::stream::iter(pieces.collect::<Vec<_>>()));
    let answer = analyst.server.send(request().body(streamed).unwrap()).await;
    assert!(answer.problem(413, "payload_too_large")["detail"].as_str().unwrap().contains("1048576 bytes"));
    analyst.is_untouched().await;
}

#[tokio::test]
async fn a_small_file_of_many_rows_is_refused_by_its_cells() {
    let analyst = Analyst::new().await;
    // Half a million rows of one value compress to nothing; three columns of them are more than a million cells.
    let times = TimestampMillisecondArray::from_iter_values(0..500_000).with_timezone("UTC");
    let same: ArrayRef = Arc::new(Float64Array::from(vec![1.0; 500_000]));
    let columns: [(&str, ArrayRef); 3] = [("time", Arc::new(times)), ("a", Arc::clone(&same)), ("b", same)];
    let file = parquet_of(&RecordBatch::try_from_iter(columns).unwrap());
    let answer = analyst.send(PARQUET, "model=press&device=P1&time_column=time", file).await;
    let problem = answer.problem(413, "payload_too_large");
    assert!(problem["detail"].as_str().unwrap().contains("333333 rows of 3 columns"), "{problem}");
    analyst.is_untouched().await;
}

#[tokio::test]
async fn a_client_that_leaves_leaves_nothing_behind() {
    let analyst = Analyst::new().await;
    let request = || {
        let request = Server::request("POST", &format!("/data/import?{PRESS}"), &analyst.token);
        request.header(CONTENT_TYPE, CSV)
    };
    // More than is written at once, so that there is a file.
    let piece = || Ok(Bytes::from(press_csv().repeat(30_000)));
    let broken = futures::stream::iter([piece(), Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
    let answer = analyst.server.send(request().body(Body::from_stream(broken)).unwrap()).await;
    answer.problem(400, "bad_request");
    analyst.is_untouched().await;

    let stalled = futures::stream::iter([piece()]).chain(futures::stream::pending());
    let sending = analyst.server.send(request().body(Body::from_stream(stalled)).unwrap());
    tokio::select! {
        answer = sending => panic!("answered {}", answer.text()),
        () = wait_for(|| !analyst.scratch().is_empty()) => {}
    }
    analyst.is_untouched().await;
}

async fn wait_for(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn analysts_may_import_and_viewers_may_not() {
    let mut client = Analyst::new().await;
    let analyst = std::mem::replace(&mut client.token, client.server.token("viewer").await);
    client.send(CSV, PRESS, press_csv()).await.problem(403, "forbidden");
    client.token.clear();
    client.send(CSV, PRESS, press_csv()).await.problem(401, "unauthorized");
    client.is_untouched().await;
    client.token = analyst;
    client.import(CSV, PRESS, press_csv()).await;
}
