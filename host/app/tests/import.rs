//! One's own file: imported, served, extracted.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use self::program::{Server, refusal_of, run, run_with_input, stdout_of};

const IMPORT: [&str; 8] = [
    "import",
    "--config=fettle.toml",
    "--model=pump",
    "--device=P1",
    "--time-column=datetime",
    "--delimiter=;",
    "--label=anomaly",
    "pump.csv",
];

fn configure(folder: &Path) {
    let config = r#"
        [data]
        dir = "data"
        [server]
        listen = "127.0.0.1:0"
        [auth]
        secret = "a secret of the tests, long enough for anyone"
    "#;
    fs::write(folder.join("fettle.toml"), config).unwrap();
}

/// Three minutes of a pump, a row a second.
fn pump() -> String {
    let mut csv = "datetime;Current;Volume Flow RateRMS;anomaly\n".to_owned();
    for second in 0..180_u32 {
        let (current, flow) = (1.0 + 0.01 * f64::from(second % 17), 32.0 - 0.1 * f64::from(second % 5));
        let anomaly = u32::from(second >= 90);
        writeln!(csv, "2020-03-01 10:{:02}:{:02};{current};{flow};{anomaly}.0", second / 60, second % 60)
            .unwrap();
    }
    csv
}

async fn post(server: &Server, path: &str, token: Option<&str>, body: &Value) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.post(server.url(path)).json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_file_becomes_features_of_its_signals() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    fs::write(folder.path().join("pump.csv"), pump()).unwrap();

    let report = stdout_of(&run(folder.path(), &IMPORT));
    assert!(report.contains("180"), "{report}");
    let add = ["user", "add", "ada", "--role=analyst", "--password-stdin", "--config=fettle.toml"];
    stdout_of(&run_with_input(folder.path(), &add, "a long password\n"));

    let server = Server::start(folder.path(), &["serve", "--config", "fettle.toml"]);
    let login = json!({"username": "ada", "password": "a long password"});
    let login = post(&server, "/api/v2/auth/login", None, &login).await;
    let token = login["data"]["access_token"].as_str().unwrap();
    let extract = json!({
        "model_code": "pump", "device_code": "P1",
        "start_time": "2020-03-01T10:00:00", "end_time": "2020-03-01T10:03:00", "window_size": 60,
    });
    let answer = post(&server, "/api/v2/ai/features/extract", Some(token), &extract).await;

    assert_eq!(answer["success"], true, "{answer}");
    let names = answer["data"]["feature_names"].as_array().unwrap();
    assert_eq!(names.len(), 10, "{names:?}");
    assert_eq!(names[0], "Current_mean");
    assert_eq!(names[5], "Volume_Flow_RateRMS_mean");
    assert_eq!(answer["data"]["features"].as_array().unwrap().len(), 5);
}

#[test]
fn a_file_with_text_among_its_numbers_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    fs::write(folder.path().join("pump.csv"), pump().replacen(";1.01;", ";one;", 1)).unwrap();

    let refusal = refusal_of(&run(folder.path(), &IMPORT));
    // The second row stands in the file's third line.
    assert!(refusal.contains("pump.csv:3: column `Current`: `one`"), "{refusal}");
    assert!(!folder.path().join("data/series").exists());
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["user", "list", "--config=fettle.toml", "--data-dir=data"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn users_are_added_listed_and_disabled() {
    let folder = tempfile::tempdir().unwrap();
    let users = |arguments: &[&str], input: &str| {
        let arguments = [&["user"], arguments, &["--data-dir=data"]].concat();
        run_with_input(folder.path(), &arguments, input)
    };
    stdout_of(&users(&["add", "ada", "--role=admin", "--password-stdin"], "secret of ada\n"));
    stdout_of(&users(&["add", "bob", "--password-stdin"], "secret of bob\n"));
    assert!(refusal_of(&users(&["add", "ada", "--password-stdin"], "again\n")).contains("ada"));
    assert!(refusal_of(&users(&["passwd", "eve", "--password-stdin"], "x\n")).contains("eve"));
    stdout_of(&users(&["passwd", "bob", "--password-stdin"], "another\n"));
    stdout_of(&users(&["disable", "bob"], ""));

    let list = stdout_of(&users(&["list"], ""));
    let words: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[1][..3], ["ada", "admin", "active"], "{list}");
    assert_eq!(words[2][..3], ["bob", "analyst", "disabled"], "{list}");

    stdout_of(&users(&["enable", "bob"], ""));
    assert!(stdout_of(&users(&["list"], "")).lines().all(|line| !line.contains("disabled")));
}
