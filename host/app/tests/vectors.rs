//! The program's answers beside those of pandas, numpy and scikit-learn, which `parity/vectors.py` wrote down.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;
mod vectors {
    pub mod vector;
}

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use arrow::ipc::reader::StreamReader;
use reqwest::header::ACCEPT;
use serde_json::{Value, json};

use self::program::{Server, run, stdout_of};
use self::vectors::vector::{Expected, Vector, read};

/// So many differences of one run are told.
const TOLD: usize = 20;

fn folder_of_vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

#[tokio::test]
async fn days_of_the_demo_agree() {
    let asked = Asked::of_a_new_demo().await;
    asked.all_agree("demo.parquet", |recording| ("welding_ai_model", recording.to_owned())).await;
}

#[tokio::test]
async fn edges_agree() {
    let asked = Asked::of_a_new_demo().await;
    for file in fs::read_dir(folder_of_vectors().join("edges")).unwrap() {
        asked.import(&file.unwrap().path());
    }
    // Each edge has a model of its own: one of them has a thousand signals.
    asked.all_agree("edges.parquet", |recording| (recording, recording.to_owned())).await;
}

/// A server and who asks it.
struct Asked {
    server: Server,
    folder: tempfile::TempDir,
    client: reqwest::Client,
    token: String,
}

impl Asked {
    async fn of_a_new_demo() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), &["demo", "--listen=127.0.0.1:0", "--data-dir=data"]);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let login = json!({"username": "test_user", "password": "test_pass"});
        let answer = client.post(server.url("/api/v2/auth/login")).json(&login).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let token = answer["data"]["access_token"].as_str().unwrap().to_owned();
        Self { server, folder, client, token }
    }

    /// Imports a file as the recording of a device that is called as the file is, for a model of that name.
    fn import(&self, file: &Path) {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let arguments =
            ["import", "--data-dir=data", "--time-column=time", "--model", name, "--device", name];
        let arguments: Vec<&str> = arguments.into_iter().chain([file.to_str().unwrap()]).collect();
        stdout_of(&run(self.folder.path(), &arguments));
    }

    /// Asks every vector of a file; fails with the first that come out otherwise.
    async fn all_agree<'a>(&self, file: &str, names: impl Fn(&'a str) -> (&'a str, String)) {
        let vectors: &'static [Vector] = read(&folder_of_vectors().join(file)).leak();
        let mut differences = Vec::new();
        for vector in vectors {
            let (model, device) = names(&vector.recording);
            let problems = self.ask(vector, model, &device).await;
            let told = |problem| format!("{}: {}: {problem}", vector.recording, vector.case);
            differences.extend(problems.into_iter().map(told));
        }
        let some: Vec<&str> = differences.iter().map(String::as_str).take(TOLD).collect();
        assert!(differences.is_empty(), "{} differences\n{}", differences.len(), some.join("\n"));
        assert!(vectors.len() > 500, "{}", vectors.len());
    }

    /// What is wrong with the answer to a vector.
    async fn ask(&self, vector: &Vector, model: &str, device: &str) -> Vec<String> {
        let mut request = vector.request.clone();
        request.insert("model_code".to_owned(), model.into());
        request.insert("device_code".to_owned(), device.into());
        let answer = self
            .client
            .post(self.server.url("/api/v2/ai/features/extract"))
            .bearer_auth(&self.token)
            .header(ACCEPT, "application/vnd.apache.arrow.stream")
            .json(&request)
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let body = answer.bytes().await.unwrap();
        if status.is_success() {
            let mut stream = StreamReader::try_new(body.as_ref(), None).unwrap();
            let table = stream.next().unwrap().unwrap();
            match &vector.expected {
                Ok(expected) => differences(&table, expected),
                Err(code) => vec![format!("{} windows, and {code} was expected", table.num_rows())],
            }
        } else {
            let problem: Value = serde_json::from_slice(&body).unwrap();
            match &vector.expected {
                Err(code) if problem["code"] == **code => Vec::new(),
                _ => vec![problem.to_string()],
            }
        }
    }
}

/// Where a table is not what was expected.
fn differences(table: &RecordBatch, expected: &Expected) -> Vec<String> {
    let schema = table.schema();
    let names: Vec<&str> = schema.fields().iter().skip(1).map(|field| field.name().as_str()).collect();
    if names != expected.names {
        return vec![format!("the columns are {names:?}, not {:?}", expected.names)];
    }
    let timestamps = table.column(0).as_primitive::<TimestampNanosecondType>().values();
    if **timestamps != *expected.timestamps {
        return vec![format!("the windows are of {timestamps:?}, not {:?}", expected.timestamps)];
    }

    let metadata: Value = serde_json::from_str(&schema.metadata()["metadata"]).unwrap();
    let mut problems: Vec<String> = expected
        .metadata
        .iter()
        .filter(|(name, value)| metadata[name.as_str()] != **value)
        .map(|(name, value)| format!("metadata.{name} is {}, not {value}", metadata[name.as_str()]))
        .collect();
    let degenerate = degenerate(&metadata);
    if !degenerate.iter().eq(&expected.degenerate) {
        problems.push(format!("degenerate are {degenerate:?}, not {:?}", expected.degenerate));
    }

    for (place, name) in names.iter().enumerate() {
        let column = table.column(place + 1).as_primitive::<Float64Type>();
        for row in 0..table.num_rows() {
            let found = (!column.is_null(row)).then(|| column.value(row));
            let cell = row * names.len() + place;
            let (wanted, tolerated) = (expected.values[cell], expected.tolerated[cell]);
            let close = match (found, wanted) {
                (Some(found), Some(wanted)) => (found - wanted).abs() <= tolerated,
                (None, None) => true,
                _ => false,
            };
            if !close {
                problems.push(format!("{name} of window {row} is {found:?}, not {wanted:?} ± {tolerated:e}"));
            }
        }
    }
    problems
}

/// The signals whose outlier bounds are said to coincide.
fn degenerate(metadata: &Value) -> BTreeSet<String> {
    let steps = metadata["steps"].as_array().unwrap();
    let states = steps.iter().filter(|step| step["kind"] == "outlier").map(|step| &step["state"]);
    let signals = states.filter_map(Value::as_object).flatten();
    signals.filter(|(_, state)| state["degenerate"] == true).map(|(name, _)| name.clone()).collect()
}
