//! Rows that are listed and removed, beside a server that reads them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use self::program::{Server, refusal_of, run, run_with_input, stdout_of};

/// A row a minute of three days on both sides of a month's end, under `data`.
fn import(folder: &Path, device: &str) {
    let mut csv = "time,current,ok\n".to_owned();
    for minute in 0..3 * 24 * 60_u32 {
        let (day, minute) = (minute / 1440, minute % 1440);
        let date = ["2025-10-31", "2025-11-01", "2025-11-02"][day as usize];
        writeln!(csv, "{date}T{:02}:{:02}:00,{},{}", minute / 60, minute % 60, minute, minute % 2).unwrap();
    }
    let name = format!("{device}.csv");
    fs::write(folder.join(&name), csv).unwrap();
    let device = format!("--device={device}");
    let arguments = ["import", "--data-dir=data", "--model=weld", "--device-type=welder", &device];
    let arguments = [&arguments[..], &["--time-column=time", "--label=ok", &name]].concat();
    stdout_of(&run(folder, &arguments));
}

fn list(folder: &Path) -> Vec<Value> {
    let text = stdout_of(&run(folder, &["series", "list", "--json", "--data-dir=data"]));
    serde_json::from_str(&text).unwrap()
}

fn delete(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let arguments = [&["series", "delete", "--data-dir=data"], arguments].concat();
    stdout_of(&run(folder, &arguments)).lines().map(str::to_owned).collect()
}

#[test]
fn devices_with_rows_are_listed_with_what_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    import(folder.path(), "W1");
    import(folder.path(), "W2");
    let found = list(folder.path());
    assert_eq!(found.len(), 2);
    let mut first = found[0].clone();
    assert!(first["bytes"].as_u64().unwrap() > 1000, "{first}");
    first["bytes"] = json!(0);
    assert_eq!(
        first,
        json!({
            "device_type": "welder", "device": "W1", "rows": 4320,
            "first": "2025-10-31T00:00:00Z", "last": "2025-11-02T23:59:00Z",
            "columns": [
                {"name": "current", "role": "signal"},
                {"name": "ok", "role": "label", "label_type": "int"},
            ],
            "months": ["2025-10", "2025-11"], "bytes": 0,
        })
    );
    let text = stdout_of(&run(folder.path(), &["series", "list", "--data-dir=data", "--device-type=welder"]));
    let words: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[2][..3], ["welder", "W2", "4320"], "{text}");
    let other = stdout_of(&run(folder.path(), &["series", "list", "--data-dir=data", "--device-type=press"]));
    assert_eq!(other.lines().count(), 1, "{other}");
}

#[test]
fn a_range_is_removed_and_the_rest_stays() {
    let folder = tempfile::tempdir().unwrap();
    import(folder.path(), "W1");
    import(folder.path(), "W2");
    let range = ["W1", "--from=2025-10-31T12:00:00", "--to=2025-11-02", "--yes"];
    assert_eq!(
        delete(folder.path(), &range),
        [
            "removed 2160 rows of W1 (type welder); 2160 are left, from 2025-10-31T00:00:00Z to 2025-11-02T23:59:00Z"
        ]
    );
    assert_eq!(delete(folder.path(), &range), ["W1 has no row there; nothing was removed"]);
    let rows: Vec<Value> = list(folder.path()).iter().map(|device| device["rows"].clone()).collect();
    assert_eq!(rows, [json!(2160), json!(4320)]);
    assert_eq!(
        delete(folder.path(), &["W1", "--yes"]),
        ["removed 2160 rows of W1 (type welder); none is left"]
    );
    assert_eq!(list(folder.path()).len(), 1);
    // The device is still known.
    assert_eq!(delete(folder.path(), &["W1", "--yes"]), ["W1 has no row there; nothing was removed"]);
    import(folder.path(), "W1");
    assert_eq!(list(folder.path())[0]["rows"], 4320);
}

#[test]
fn nothing_is_removed_unasked_or_of_a_device_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    import(folder.path(), "W1");
    let delete = ["series", "delete", "--data-dir=data", "W1"];
    let said = refusal_of(&run_with_input(folder.path(), &delete, "n\n"));
    assert!(said.contains("Remove 4320 of 4320 rows of W1 (type welder), all of them?"), "{said}");
    assert!(refusal_of(&run(folder.path(), &delete)).contains("--yes"), "nobody to ask");
    assert_eq!(list(folder.path())[0]["rows"], 4320);
    let backwards = [&delete[..], &["--from=2025-11-02", "--to=2025-11-01", "--yes"]].concat();
    assert!(refusal_of(&run(folder.path(), &backwards)).contains("--to must be after --from"));
    let no_time = [&delete[..], &["--from=October", "--yes"]].concat();
    assert!(refusal_of(&run(folder.path(), &no_time)).contains("ISO 8601"));
    let unknown = ["series", "delete", "--data-dir=data", "W9", "--yes"];
    assert!(refusal_of(&run(folder.path(), &unknown)).contains("there is no device `W9`"));
    let nowhere = ["series", "list", "--data-dir=dta"];
    assert!(refusal_of(&run(folder.path(), &nowhere)).contains("there is no data"));

    stdout_of(&run_with_input(folder.path(), &delete, "y\n"));
    assert_eq!(list(folder.path()), [Value::Null; 0]);
}

#[tokio::test]
async fn a_server_that_runs_sees_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    import(folder.path(), "W1");
    let config = "[data]\ndir = \"data\"\n[server]\nlisten = \"127.0.0.1:0\"\n[auth]\n\
                  secret = \"a secret of the tests, long enough for anyone\"\n";
    fs::write(folder.path().join("fettle.toml"), config).unwrap();
    let add = ["user", "add", "ada", "--role=viewer", "--password-stdin", "--data-dir=data"];
    stdout_of(&run_with_input(folder.path(), &add, "a long password\n"));
    let server = Server::start(folder.path(), &["serve", "--config", "fettle.toml"]);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let login = json!({"username": "ada", "password": "a long password"});
    let login = client.post(server.url("/api/v2/auth/login")).json(&login).send().await.unwrap();
    let login: Value = login.json().await.unwrap();
    let token = login["data"]["access_token"].as_str().unwrap();
    let newest = async || {
        let ask = client.post(server.url("/api/v2/data/query/realtime")).bearer_auth(token);
        let ask = ask.json(&json!({"model_code": "weld", "page_size": 1}));
        let answer: Value = ask.send().await.unwrap().json().await.unwrap();
        (answer["data"]["total"].clone(), answer["data"]["items"][0]["timestamp"].clone())
    };
    assert_eq!(newest().await, (json!(4320), json!("2025-11-02T23:59:00Z")));
    delete(folder.path(), &["W1", "--from=2025-11-01T00:00:00Z", "--yes"]);
    assert_eq!(newest().await, (json!(1440), json!("2025-10-31T23:59:00Z")));
    delete(folder.path(), &["W1", "--yes"]);
    assert_eq!(newest().await, (json!(0), Value::Null));
}
