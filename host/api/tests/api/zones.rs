//! Times in the zones of this world: half hours, quarters, and clocks that are put forward and back.

use arrow::array::AsArray;
use arrow::datatypes::{DataType, TimeUnit, TimestampNanosecondType};
use arrow::ipc::reader::StreamReader;
use bytes::Bytes;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use crate::extract::{Client, EXTRACT, request};
use crate::features::{START, with_welder};
use crate::server::Server;

const ARROW: &str = "application/vnd.apache.arrow.stream";
const PARQUET: &str = "application/vnd.apache.parquet";
const SECOND: i64 = 1_000_000_000;

/// Rows of a window, without overlap.
const WINDOW: usize = 10;

async fn client_in(zone: &str) -> Client {
    let zone = TimeZone::get(zone).unwrap();
    Client::of(Server::start_with(|settings| settings.time_zone = zone).await).await
}

/// A request for windows of ten rows.
fn windows(device: &str, start: &str, end: &str) -> Value {
    json!({"device_code": device, "start_time": start, "end_time": end, "window_size": WINDOW, "overlap": 0})
}

async fn table(client: &Client, accept: &str, changes: Value) -> Vec<u8> {
    let answer = client.server.post_accepting(accept, EXTRACT, &client.token, &request(changes)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.body
}

fn times(data: &Value) -> Vec<String> {
    serde_json::from_value(data["timestamps"].clone()).unwrap()
}

/// The times of a CSV answer.
async fn csv_times(client: &Client, changes: Value) -> Vec<String> {
    let text = String::from_utf8(table(client, "text/csv", changes).await).unwrap();
    text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
}

/// Whether both forms that hold instants say UTC, and hold these.
async fn check_instants(client: &Client, changes: Value, instants: &[i64]) {
    let utc = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let arrow = table(client, ARROW, changes.clone()).await;
    let parquet = Bytes::from(table(client, PARQUET, changes).await);
    let parquet = ParquetRecordBatchReaderBuilder::try_new(parquet).unwrap().build().unwrap().next();
    let arrow = StreamReader::try_new(arrow.as_slice(), None).unwrap().next();
    for batch in [arrow.unwrap().unwrap(), parquet.unwrap().unwrap()] {
        assert_eq!(batch.schema().field(0).data_type(), &utc);
        let found = batch.column(0).as_primitive::<TimestampNanosecondType>();
        assert_eq!(found.values().as_ref(), instants);
    }
}

#[tokio::test]
async fn local_times_select_and_name_the_same_rows_in_every_zone() {
    // Rows 100 to 400, from 00:16:40 to 01:06:40 UTC.
    let utc = windows("W1", "2025-11-01T00:16:40Z", "2025-11-01T01:06:40Z");
    for (zone, start, end, last) in [
        ("UTC", "2025-11-01T00:16:40", "2025-11-01T01:06:40", "2025-11-01T01:05:00"),
        ("Asia/Kolkata", "2025-11-01T05:46:40", "2025-11-01T06:36:40", "2025-11-01T06:35:00"),
        ("Asia/Kathmandu", "2025-11-01T06:01:40", "2025-11-01T06:51:40", "2025-11-01T06:50:00"),
        ("America/St_Johns", "2025-10-31T21:46:40", "2025-10-31T22:36:40", "2025-10-31T22:35:00"),
        ("Australia/Lord_Howe", "2025-11-01T11:16:40", "2025-11-01T12:06:40", "2025-11-01T12:05:00"),
        ("Europe/Berlin", "2025-11-01T01:16:40", "2025-11-01T02:06:40", "2025-11-01T02:05:00"),
    ] {
        let client = client_in(zone).await;
        let local = windows("W1", start, end);
        let data = client.data(local.clone()).await;
        let found = times(&data);
        assert_eq!((found.len(), found[0].as_str(), found[29].as_str()), (30, start, last), "{zone}");
        assert_eq!(data["metadata"]["row_count"], 300, "{zone}");
        assert_eq!(data["warnings"], json!([]), "{zone}");
        let asked_in_utc = client.data(utc.clone()).await;
        assert_eq!(data["features"], asked_in_utc["features"], "{zone}");
        assert_eq!(times(&asked_in_utc)[0], "2025-11-01T00:16:40Z", "{zone}");
        assert_eq!(csv_times(&client, local.clone()).await, found, "{zone}");
        let instants: Vec<i64> = (10..40).map(|window| START + window * 100 * SECOND).collect();
        check_instants(&client, local, &instants).await;
    }
}

#[tokio::test]
async fn offsets_are_read_and_written_back_whatever_the_zone() {
    let client = client_in("Australia/Lord_Howe").await;
    for (start, first) in [
        ("2025-11-01T00:16:40Z", "2025-11-01T00:16:40Z"),
        ("2025-11-01T00:16:40z", "2025-11-01T00:16:40Z"),
        ("2025-11-01T00:16:40+00:00", "2025-11-01T00:16:40+00:00"),
        ("2025-11-01T05:46:40+05:30", "2025-11-01T05:46:40+05:30"),
        ("2025-11-01T06:01:40+05:45", "2025-11-01T06:01:40+05:45"),
        ("2025-10-31T20:46:40-03:30", "2025-10-31T20:46:40-03:30"),
        ("2025-11-01T08:16:40+08:00", "2025-11-01T08:16:40+08:00"),
        ("2025-11-01T08:16:40+0800", "2025-11-01T08:16:40+08:00"),
        ("2025-11-01T08:16:40+08", "2025-11-01T08:16:40+08:00"),
        ("2025-10-31T23:46:40-00:30", "2025-10-31T23:46:40-00:30"),
        // A fraction: from the first row on, and from behind it.
        ("2025-11-01T00:16:39.5Z", "2025-11-01T00:16:40Z"),
        ("2025-11-01T00:16:39,999999999Z", "2025-11-01T00:16:40Z"),
        ("2025-11-01T00:16:40.000000001Z", "2025-11-01T00:16:50Z"),
        ("2025-11-01T00:16:40.0000Z", "2025-11-01T00:16:40Z"),
    ] {
        let changes = windows("W1", start, "2025-11-01T12:00:00Z");
        let data = client.data(changes.clone()).await;
        assert_eq!(times(&data)[0], first, "{start}");
        assert_eq!(csv_times(&client, changes).await, times(&data), "{start}");
    }
}

/// When the clocks of a zone change, and its offsets before and after, in seconds.
const CHANGES: [(&str, &str, i64, i64); 6] = [
    ("Europe/Berlin", "2025-03-30T01:00:00Z", 3600, 7200),
    ("Europe/Berlin", "2025-10-26T01:00:00Z", 7200, 3600),
    ("America/St_Johns", "2025-03-09T05:30:00Z", -12_600, -9_000),
    ("America/St_Johns", "2025-11-02T04:30:00Z", -9_000, -12_600),
    ("Australia/Lord_Howe", "2025-10-04T15:30:00Z", 37_800, 39_600),
    ("Australia/Lord_Howe", "2025-04-05T15:00:00Z", 39_600, 37_800),
];

/// The local time at `instant`, seconds since the epoch, by an offset.
fn local(instant: i64, offset: i64) -> String {
    let shifted = Timestamp::from_second(instant + offset).unwrap();
    shifted.to_string().trim_end_matches('Z').to_owned()
}

#[tokio::test]
async fn no_row_is_lost_or_doubled_where_clocks_change() {
    for (zone, change, before, after) in CHANGES {
        let client = client_in(zone).await;
        let change = change.parse::<Timestamp>().unwrap().as_second();
        // A row a minute, from three hours before the change to three hours after it.
        let minutes = -180..180;
        let timestamps = minutes.clone().map(|minute| (change + minute * 60) * SECOND).collect();
        let wave = |step: f64| minutes.clone().map(|minute| (minute as f64 * step).sin()).collect();
        with_welder(&client.server, "C1", timestamps, [wave(0.1), wave(0.3)]).await;

        let (first, last) = (change - 7200, change + 7200);
        let asked = windows("C1", &local(first, before), &local(last, after));
        let data = client.data(asked.clone()).await;
        assert_eq!(data["metadata"]["row_count"], 240, "{zone}");
        let span = |second: i64| Timestamp::from_second(second).unwrap().to_string();
        let in_utc = client.data(windows("C1", &span(first), &span(last))).await;
        assert_eq!(in_utc["metadata"]["row_count"], 240, "{zone}");
        assert_eq!(data["features"], in_utc["features"], "{zone}");
        assert_eq!(in_utc["warnings"], json!(with_few_windows(None)), "{zone}");

        let starts: Vec<i64> = (0..24).map(|window| first + window * 600).collect();
        let expected: Vec<String> =
            starts.iter().map(|&start| local(start, if start < change { before } else { after })).collect();
        assert_eq!(times(&data), expected, "{zone}");
        assert_eq!(csv_times(&client, asked.clone()).await, expected, "{zone}");
        let instants: Vec<i64> = starts.iter().map(|start| start * SECOND).collect();
        check_instants(&client, asked, &instants).await;

        let goes_back = after < before;
        assert_eq!(data["warnings"], json!(with_few_windows(goes_back.then_some(zone))), "{zone}");
        let doubled = expected.iter().enumerate().any(|(index, time)| expected[..index].contains(time));
        assert_eq!(doubled, goes_back, "{zone}");
    }
}

/// The warnings of 24 windows, whose local times occur twice in `zone`.
fn with_few_windows(zone: Option<&str>) -> Vec<Value> {
    let few = json!({"code": "few_windows", "field": "normalize_method", "message":
        "normalization was fitted on 24 windows of this request alone; fewer than 30 make its figures unsteady"});
    let ambiguous = |zone: &str| {
        let message = format!(
            "some of `timestamps` occur twice in {zone}, whose clocks go back in this range; ask with an offset, as in \
             2025-11-01T00:00:00Z, to get answers that can be told apart"
        );
        json!({"code": "ambiguous_times", "field": "start_time", "message": message})
    };
    [few].into_iter().chain(zone.map(ambiguous)).collect()
}

#[tokio::test]
async fn only_times_that_are_written_without_an_offset_can_be_ambiguous() {
    let client = client_in("Europe/Berlin").await;
    let change = "2025-10-26T01:00:00Z".parse::<Timestamp>().unwrap();
    // An hour from the moment that the clocks went back: its local times occurred before, with no row in them.
    let rows: Vec<i64> = (0..60).map(|minute| change.as_second() + minute * 60).collect();
    let timestamps = rows.iter().map(|second| second * SECOND).collect();
    let wave = || rows.iter().map(|second| (*second as f64).sin()).collect();
    with_welder(&client.server, "C1", timestamps, [wave(), wave()]).await;
    let warned = async |start: &str, end: &str| {
        let data = client.data(windows("C1", start, end)).await;
        let warnings = data["warnings"].as_array().unwrap().clone();
        warnings.iter().any(|warning| warning["code"] == "ambiguous_times")
    };
    assert!(warned("2025-10-26T01:00:00", "2025-10-26T04:00:00").await);
    assert!(!warned("2025-10-26T01:00:00+01:00", "2025-10-26T04:00:00+01:00").await);
    assert!(!warned("2025-10-25T23:00:00Z", "2025-10-26T04:00:00").await, "as start_time is written");
    assert!(warned("2025-10-26T01:00:00", "2025-10-26T03:00:00Z").await);

    // Times right before and right after those that occur twice.
    let hour = SignedDuration::from_hours(1);
    for (device, first) in [("C2", change - hour * 2), ("C3", change + hour)] {
        let rows: Vec<i64> = (0..60).map(|minute| first.as_second() + minute * 60).collect();
        let wave = || rows.iter().map(|second| (*second as f64).sin()).collect();
        let timestamps = rows.iter().map(|second| second * SECOND).collect();
        with_welder(&client.server, device, timestamps, [wave(), wave()]).await;
        let data = client.data(windows(device, "2025-10-26T01:00:00", "2025-10-26T05:00:00")).await;
        assert_eq!(data["metadata"]["row_count"], 60);
        assert!(!data["warnings"].to_string().contains("ambiguous_times"), "{device}");
    }
}

#[tokio::test]
async fn local_times_that_do_not_exist_or_occur_twice_are_told_by_field() {
    let skipped = |zone: &str| format!("does not exist in {zone}: its clocks skip it; give an offset");
    let twice = |zone: &str| format!("occurs twice in {zone}: its clocks go back; give an offset");
    for (zone, start, end) in [
        ("Europe/Berlin", "2025-03-30T02:00:00", "2025-10-26T02:59:59.999999999"),
        ("America/St_Johns", "2025-03-09T02:59:59", "2025-11-02T01:00:00"),
        ("Australia/Lord_Howe", "2024-10-06T02:29:59", "2025-04-06T01:30:00"),
    ] {
        let client = client_in(zone).await;
        let problems = client.extract(windows("W1", start, end)).await.invalid();
        assert_eq!(
            problems,
            [format!("start_time: {}", skipped(zone)), format!("end_time: {}", twice(zone))]
        );
        let answer = client
            .server
            .post_accepting("text/csv", EXTRACT, &client.token, &request(windows("W1", end, end)))
            .await;
        let told = answer.invalid();
        assert_eq!(told, [format!("start_time: {}", twice(zone)), format!("end_time: {}", twice(zone))]);
    }
    // The moments next to them are as good as any.
    for (zone, start, end) in [
        ("Europe/Berlin", "2025-03-30T03:00:00", "2025-10-26T03:00:00"),
        ("Europe/Berlin", "2025-03-30T01:59:59.9", "2025-10-26T01:59:59.9"),
        ("Australia/Lord_Howe", "2024-10-06T02:30:00", "2025-04-06T02:00:00"),
        ("Australia/Lord_Howe", "2024-10-06T01:59:59", "2025-04-06T01:29:59"),
    ] {
        let client = client_in(zone).await;
        client.extract(windows("W2", start, end)).await.problem(422, "insufficient_data");
    }
}
