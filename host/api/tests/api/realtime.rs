//! The newest rows over HTTP.

mod pages;

use std::collections::BTreeSet;

use fettle_frame::{Frame, Label, LabelValues, Signal};
use fettle_metadata::{
    FieldRole, LabelKind, ModelType, NewDevice, NewDeviceType, NewField, NewModel, NewModelField,
    Registration,
};
use fettle_series::DeviceKey;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::features::{START, with_telemetry};
use crate::server::{Answer, Server};

pub const REALTIME: &str = "/data/query/realtime";

const SECOND: i64 = 1_000_000_000;

/// A viewer on a server with the model `press_live`: `force` and `pressure` (called `bar` and scaled), and a label of
/// every type.
pub struct Viewer {
    pub server: Server,
    pub token: String,
}

/// Rows of a press as a test has them.
#[derive(Clone, Copy)]
struct Press {
    second: i64,
    force: f64,
    grade: Option<i64>,
    ok: Option<bool>,
    operator: Option<&'static str>,
    wear: Option<f64>,
}

fn press(second: i64, force: f64) -> Press {
    Press { second, force, grade: Some(second), ok: Some(second % 2 == 0), operator: None, wear: Some(0.5) }
}

fn key(device: &str) -> DeviceKey {
    DeviceKey { device_type: "press".to_owned(), device: device.to_owned() }
}

impl Viewer {
    pub async fn new() -> Self {
        Self::of(Server::start().await).await
    }

    pub async fn of(server: Server) -> Self {
        let field = |(code, role): (&str, FieldRole)| NewField {
            code: code.to_owned(),
            name: code.to_owned(),
            role,
            unit: None,
        };
        let fields = [
            ("force", FieldRole::Signal),
            ("pressure", FieldRole::Signal),
            ("grade", FieldRole::Label(LabelKind::Int)),
            ("ok", FieldRole::Label(LabelKind::Bool)),
            ("operator", FieldRole::Label(LabelKind::Text)),
            ("wear", FieldRole::Label(LabelKind::Float)),
        ];
        let mut mapped: Vec<NewModelField> =
            fields.iter().map(|(code, _)| NewModelField::plain(*code)).collect();
        mapped[1] = NewModelField {
            rename: Some("bar".to_owned()),
            scale: 0.5,
            offset: 1.0,
            ..NewModelField::plain("pressure")
        };
        let model = |code: &str, fields: Vec<NewModelField>| NewModel {
            code: code.to_owned(),
            name: code.to_owned(),
            model_type: ModelType::Realtime,
            fields,
            defaults: serde_json::Map::new(),
        };
        let renamed = NewModelField { rename: Some("timestamp".to_owned()), ..NewModelField::plain("force") };
        let device = |code: &str| NewDevice { code: code.to_owned(), name: code.to_owned() };
        let registration = Registration {
            device_type: NewDeviceType { code: "press".to_owned(), name: "Presses".to_owned() },
            fields: fields.into_iter().map(field).collect(),
            devices: ["P1", "P2", "P3"].map(device).to_vec(),
            models: vec![model("press_live", mapped), model("clashing", vec![renamed])],
        };
        server.metadata.register(&registration, Timestamp::now()).await.unwrap();
        let token = server.token("viewer").await;
        Self { server, token }
    }

    async fn write(&self, device: &str, rows: &[Press]) {
        let label = |name: &str, values| Label { name: name.to_owned(), values };
        let frame = Frame::new(
            rows.iter().map(|row| START + row.second * SECOND).collect(),
            vec![
                Signal { name: "force".to_owned(), values: rows.iter().map(|row| row.force).collect() },
                Signal {
                    name: "pressure".to_owned(),
                    values: rows.iter().map(|row| row.force * 2.0).collect(),
                },
            ],
            vec![
                label("grade", LabelValues::Int(rows.iter().map(|row| row.grade).collect())),
                label("ok", LabelValues::Bool(rows.iter().map(|row| row.ok).collect())),
                label(
                    "operator",
                    LabelValues::Text(rows.iter().map(|row| row.operator.map(str::to_owned)).collect()),
                ),
                label("wear", LabelValues::Float(rows.iter().map(|row| row.wear).collect())),
            ],
        );
        self.server.series.write(&key(device), frame.unwrap()).await.unwrap();
    }

    async fn ask(&self, changes: Value) -> Answer {
        let mut body = json!({"model_code": "press_live"});
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        self.server.post(REALTIME, &self.token, &body).await
    }

    async fn data(&self, changes: Value) -> Value {
        let answer = self.ask(changes).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"].clone()
    }

    /// `device second` of each row, in its order.
    async fn rows(&self, changes: Value) -> Vec<String> {
        places(&self.data(changes).await)
    }

    /// All rows of a query, cursor after cursor; `page_size` at a time.
    async fn all(&self, filters: Value, page_size: usize) -> Vec<String> {
        let mut rows = Vec::new();
        let mut asked = json!({"filters": filters, "page_size": page_size});
        for page in 1.. {
            let data = self.data(asked.clone()).await;
            assert_eq!((&data["page"], &data["page_size"]), (&json!(page), &json!(page_size)));
            rows.extend(places(&data));
            match &data["next_cursor"] {
                Value::Null => break,
                cursor => asked["cursor"] = cursor.clone(),
            }
        }
        rows
    }
}

fn places(data: &Value) -> Vec<String> {
    let items = data["items"].as_array().unwrap().iter();
    let place = |item: &Value| {
        let time: Timestamp = item["timestamp"].as_str().unwrap().parse().unwrap();
        let second = time.as_second() - START / SECOND;
        format!("{} {second}", item["device_code"].as_str().unwrap())
    };
    items.map(place).collect()
}

#[tokio::test]
async fn rows_have_the_models_names_and_scales_and_null_where_there_is_nothing() {
    let viewer = Viewer::new().await;
    let bare = Press { second: 1, force: f64::NAN, grade: None, ok: None, operator: None, wear: None };
    let full = Press { operator: Some("焊工"), wear: Some(0.1), ..press(2, 4.0) };
    let infinite = Press { wear: Some(f64::INFINITY), ..press(3, f64::INFINITY) };
    // Its pressure, twice the force, is scaled by half; the largest number times two is none.
    let too_large = press(4, f64::MAX);
    viewer.write("P1", &[bare, full, infinite, too_large]).await;
    let data = viewer.data(json!({})).await;
    let row = |second: i64, cells: Value| {
        let mut row = json!({"timestamp": format!("2025-11-01T00:00:0{second}Z"), "device_code": "P1"});
        row.as_object_mut().unwrap().extend(cells.as_object().unwrap().clone());
        row
    };
    assert_eq!(
        data["items"],
        json!([
            row(
                4,
                json!({"force": f64::MAX, "bar": null, "grade": 4, "ok": true, "operator": null, "wear": 0.5})
            ),
            row(
                3,
                json!({"force": null, "bar": null, "grade": 3, "ok": false, "operator": null, "wear": null})
            ),
            row(
                2,
                json!({"force": 4.0, "bar": 5.0, "grade": 2, "ok": true, "operator": "焊工", "wear": 0.1})
            ),
            row(
                1,
                json!({"force": null, "bar": null, "grade": null, "ok": null, "operator": null, "wear": null})
            ),
        ])
    );
    assert_eq!((&data["total"], &data["total_is_estimate"]), (&json!(4), &json!(false)));
    assert_eq!(
        (&data["page"], &data["page_size"], &data["next_cursor"]),
        (&json!(1), &json!(50), &Value::Null)
    );
    assert_eq!(data["warnings"], json!([]));
}

#[tokio::test]
async fn the_original_load_scripts_request_is_answered() {
    let viewer = Viewer::new().await;
    viewer.write("P1", &[press(1, 1.0)]).await;
    let body = json!({"model_code": "press_live", "filters": {}, "page": 1, "page_size": 50});
    let answer = viewer.server.post(REALTIME, &viewer.token, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["success"], true);
    assert_eq!(answer.json()["data"]["items"][0]["force"], 1.0);
}

#[tokio::test]
async fn devices_are_merged_by_time_and_at_the_same_time_by_code() {
    let viewer = Viewer::new().await;
    viewer.write("P2", &[press(1, 0.0), press(3, 0.0), press(4, 0.0)]).await;
    viewer.write("P1", &[press(2, 0.0), press(3, 0.0)]).await;
    viewer.write("P3", &[press(3, 0.0), press(9, 0.0)]).await;
    let merged = ["P3 9", "P2 4", "P1 3", "P2 3", "P3 3", "P1 2", "P2 1"];
    assert_eq!(viewer.rows(json!({})).await, merged);
    let of = |devices: Value| json!({"filters": {"device_code": devices}});
    assert_eq!(viewer.rows(of(json!("P2"))).await, ["P2 4", "P2 3", "P2 1"]);
    assert_eq!(viewer.rows(of(json!(["P3", "P1", "P3"]))).await, ["P3 9", "P1 3", "P3 3", "P1 2"]);
    for page_size in 1..=7 {
        assert_eq!(viewer.all(json!({}), page_size).await, merged, "{page_size} rows at a time");
        let mut numbered = Vec::new();
        for page in 1..=8 {
            numbered.extend(viewer.rows(json!({"page": page, "page_size": page_size})).await);
        }
        assert_eq!(numbered, merged, "{page_size} rows at a time, by number");
    }
}

#[tokio::test]
async fn a_range_includes_its_start_and_not_its_end_and_says_how_times_are_written() {
    let viewer = Viewer::new().await;
    viewer.write("P1", &[press(1, 0.0), press(2, 0.0), press(3, 0.0)]).await;
    for (filters, times) in [
        (
            json!({"start_time": "2025-11-01T00:00:02Z"}),
            json!(["2025-11-01T00:00:03Z", "2025-11-01T00:00:02Z"]),
        ),
        (json!({"end_time": "2025-11-01T00:00:02"}), json!(["2025-11-01T00:00:01"])),
        (
            json!({"start_time": "2025-11-01T05:30:02+05:30", "end_time": "2025-11-01T00:00:03Z"}),
            json!(["2025-11-01T05:30:02+05:30"]),
        ),
        (json!({"start_time": "2025-12-01"}), json!([])),
    ] {
        let data = viewer.data(json!({"filters": filters})).await;
        let items = data["items"].as_array().unwrap();
        let found: Vec<&Value> = items.iter().map(|item| &item["timestamp"]).collect();
        assert_eq!(json!(found), times, "{filters}");
        assert_eq!(data["total"], times.as_array().unwrap().len(), "{filters}");
    }
}

#[tokio::test]
async fn local_times_that_occur_twice_come_with_a_warning() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let viewer = Viewer::of(Server::start_with(|settings| settings.time_zone = zone).await).await;
    // 2025-10-26T01:30:00Z is 02:30, for the second time.
    viewer.write("P1", &[press(-6 * 86_400 + 5_400, 0.0)]).await;
    let data = viewer.data(json!({"filters": {"start_time": "2025-10-01T00:00:00"}})).await;
    assert_eq!(data["items"][0]["timestamp"], "2025-10-26T02:30:00");
    assert_eq!(data["warnings"][0]["code"], "ambiguous_times");
    let data = viewer.data(json!({})).await;
    assert_eq!(data["items"][0]["timestamp"], "2025-10-26T01:30:00Z", "without a time, it is UTC");
    assert_eq!(data["warnings"], json!([]));
}

#[tokio::test]
async fn every_comparison_chooses_the_rows_that_it_says() {
    let viewer = Viewer::new().await;
    let row = |second: i64, operator| Press { operator, ..press(second, second as f64 / 2.0) };
    let missing = Press { second: 5, force: f64::NAN, grade: None, ok: None, operator: None, wear: None };
    viewer
        .write("P1", &[row(1, Some("ada")), row(2, Some("bob")), row(3, Some("eve")), row(4, None), missing])
        .await;
    for (filters, seconds) in [
        // Signals, scaled: force is half the second, and bar the force and 1.
        (json!({"force": 1}), "2"),
        (json!({"bar": 2.5}), "3"),
        (json!({"force": {"gt": 1}}), "4 3"),
        (json!({"force": {"gte": 1}}), "4 3 2"),
        (json!({"force": {"lt": 1}}), "1"),
        (json!({"force": {"lte": 1}}), "2 1"),
        (json!({"force": {"ne": 1}}), "4 3 1"),
        (json!({"force": {"in": [0.5, 2, 7]}}), "4 1"),
        (json!({"force": {"in": [0.5, null]}}), "5 1"),
        (json!({"force": {"gt": 0.5, "lt": 2, "ne": 1}}), "3"),
        (json!({"force": {"gt": 1}, "bar": {"lt": 3}}), "3"),
        // What is missing is found where somebody says so, and only there.
        (json!({"force": null}), "5"),
        (json!({"force": {"ne": null}}), "4 3 2 1"),
        (json!({"operator": null}), "5 4"),
        (json!({"operator": {"ne": "bob"}}), "3 1"),
        (json!({"grade": {"ne": 99}}), "4 3 2 1"),
        (json!({"ok": {"ne": true}}), "3 1"),
        // Labels, each in its own type.
        (json!({"grade": 3}), "3"),
        (json!({"grade": {"gte": 2, "lt": 4}}), "3 2"),
        (json!({"grade": {"in": [1, 4]}}), "4 1"),
        (json!({"ok": true}), "4 2"),
        (json!({"ok": {"in": [false, null]}}), "5 3 1"),
        (json!({"operator": "eve"}), "3"),
        (json!({"operator": {"gt": "ada", "lte": "bob"}}), "2"),
        (json!({"operator": {"in": ["ada", "eve"]}}), "3 1"),
        (json!({"wear": {"lt": 0.6}}), "4 3 2 1"),
        (json!({"wear": 1, "force": 1}), ""),
    ] {
        let expected: Vec<String> = seconds.split_whitespace().map(|second| format!("P1 {second}")).collect();
        let data = viewer.data(json!({"filters": filters})).await;
        assert_eq!(places(&data), expected, "{filters}");
        assert_eq!(data["total"], expected.len(), "{filters}");
        assert_eq!(data["total_is_estimate"], false, "all rows were looked at: {filters}");
        assert_eq!(viewer.all(filters.clone(), 1).await, expected, "{filters}, row by row");
    }
}

#[tokio::test]
async fn every_wrong_field_is_told_in_one_answer() {
    let viewer = Viewer::new().await;
    let told = viewer
        .ask(json!({
            "filters": {
                "device_code": ["P1", 7, ""],
                "start_time": "2025-11-02", "end_time": "2025-11-01",
                "force": {"gte": "high", "above": 3, "lt": null, "in": []},
                "forse": 1,
                "bar": [1, 2],
                "grade": {"in": [1, 2.5, "three"]},
                "ok": {"gt": false},
                "operator": {},
                "wear": true,
            },
            "page": 0, "page_size": 501, "cursor": 3, "sort": "asc",
        }))
        .await
        .invalid();
    let told: BTreeSet<&str> = told.iter().map(String::as_str).collect();
    let expected = BTreeSet::from([
        "page: must be a whole number of at least 1",
        "page_size: must be a whole number from 1 to 500",
        "cursor: must be a text, not a number",
        "sort: is not a field of this request",
        "filters.device_code[1]: must be a device's code, not a number",
        "filters.device_code[2]: must not be empty",
        "filters.end_time: must be after start_time",
        "filters.force.gte: must be a number, not a text",
        "filters.force.above: is no comparison; there are gt, gte, lt, lte, ne, in",
        "filters.force.lt: must be a number, not null",
        "filters.force.in: has 0 items; 1 to 500 are allowed",
        "filters.forse: is not a field of model `press_live`; did you mean `force`?",
        "filters.bar: must be a value or an object; a list is written {\"in\": […]}",
        "filters.grade.in[1]: must be a whole number, not 2.5",
        "filters.grade.in[2]: must be a whole number, not a text",
        "filters.ok.gt: means nothing of true and false; there are a value, `ne` and `in`",
        "filters.operator: has no comparison; there are gt, gte, lt, lte, ne, in",
        "filters.wear: must be a number, not true or false",
    ]);
    let page = told.iter().filter(|told| told.starts_with("page: must be")).count();
    assert_eq!(page, 1, "{told:#?}");
    let others = |told: &BTreeSet<&str>| -> Vec<String> {
        told.iter().filter(|told| !told.starts_with("page: ")).map(|told| (*told).to_owned()).collect()
    };
    assert_eq!(others(&told), others(&expected));
}

#[tokio::test]
async fn a_body_full_of_filters_or_values_is_refused() {
    let viewer = Viewer::new().await;
    let many: serde_json::Map<String, Value> = (0..65).map(|n| (format!("field_{n}"), json!(1))).collect();
    let told = viewer.ask(json!({"filters": many})).await.invalid();
    assert_eq!(told, ["filters: has 65 fields; at most 64 are allowed"]);
    let numbers = vec![1; 501];
    let told = viewer.ask(json!({"filters": {"force": {"in": numbers}}})).await.invalid();
    assert_eq!(told, ["filters.force.in: has 501 items; 1 to 500 are allowed"]);
    let devices = vec!["P1"; 501];
    let told = viewer.ask(json!({"filters": {"device_code": devices}})).await.invalid();
    assert_eq!(told, ["filters.device_code: has 501 items; 1 to 500 are allowed"]);
}

#[tokio::test]
async fn what_does_not_exist_and_what_is_of_another_type_are_told_by_field() {
    let viewer = Viewer::new().await;
    with_telemetry(&viewer.server).await;
    let problem = viewer.ask(json!({"model_code": "press_life"})).await.problem(404, "not_found");
    assert_eq!(problem["errors"][0]["field"], "model_code");
    let of = |devices: Value| json!({"filters": {"device_code": devices}});
    let problem = viewer.ask(of(json!("P9"))).await.problem(404, "not_found");
    assert_eq!(
        problem["errors"][0],
        json!({"field": "filters.device_code", "message": "there is no device `P9`"})
    );
    let problem = viewer.ask(of(json!(["P1", "P9"]))).await.problem(404, "not_found");
    assert_eq!(problem["errors"][0]["field"], "filters.device_code[1]");
    let told = viewer.ask(of(json!(["P1", "W1"]))).await.invalid();
    assert_eq!(
        told,
        ["filters.device_code[1]: `W1` is a device of another type; model `press_live` reads type `press`"]
    );
}

#[tokio::test]
async fn a_model_whose_field_is_called_as_the_rows_own_is_refused() {
    let viewer = Viewer::new().await;
    let told = viewer.ask(json!({"model_code": "clashing"})).await.invalid();
    assert_eq!(
        told,
        [
            "model_code: its field `timestamp` is called as every row's own `timestamp` is; it can be renamed in the model"
        ]
    );
}

#[tokio::test]
async fn viewers_may_ask_and_strangers_may_not() {
    let viewer = Viewer::new().await;
    let body = json!({"model_code": "press_live"});
    viewer.server.post(REALTIME, "", &body).await.problem(401, "unauthorized");
    assert_eq!(viewer.server.post(REALTIME, &viewer.token, &body).await.status, 200);
}

#[tokio::test]
async fn a_query_counts_as_a_read_of_its_model() {
    let viewer = Viewer::new().await;
    viewer.write("P1", &[press(1, 0.0)]).await;
    viewer.data(json!({})).await;
    let metrics = viewer.server.get("/metrics", "").await.text();
    let line = r#"model_query_total{model_code="press_live",model_type="realtime"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
    assert!(metrics.contains("active_queries 0"), "{metrics}");
}
