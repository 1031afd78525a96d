//! `fettle dataset`: built, listed, shown, exported and replayed from the command line, with no server and beside one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use arrow::ipc::reader::StreamReader;
use fettle_datasets::table::TableReader;
use serde_json::{Value, json};

use self::program::welding::{
    days_of_october, log_in, october, prepare, scratch_folders, serve, stored_files,
};
use self::program::{PATIENCE, fettle, refusal_of, run, run_with_input, stdout_of};

fn dataset(folder: &Path, arguments: &[&str]) -> Output {
    run(folder, &[&["dataset"], arguments].concat())
}

/// Builds a dataset; its summary.
fn build(folder: &Path, request: &Value) -> Value {
    let arguments = ["dataset", "build", "--request=-", "--json"];
    serde_json::from_str(&stdout_of(&run_with_input(folder, &arguments, &request.to_string()))).unwrap()
}

fn rows_of(parquet: &Path) -> usize {
    TableReader::open(parquet).unwrap().rows() as usize
}

#[test]
fn the_seeds_dataset_is_built_shown_exported_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder);
    fs::write(folder.join("october.json"), october().to_string()).unwrap();

    let built = stdout_of(&dataset(folder, &["build", "--request=october.json"]));
    assert!(built.contains("25 features"), "{built}");
    assert!(built.starts_with("ds_") && built.contains("classes  0: "), "{built}");
    let id = built.split(':').next().unwrap();
    assert_eq!(scratch_folders(folder), 0, "nothing is left on the way");

    let list = stdout_of(&dataset(folder, &["list"]));
    assert!(list.lines().nth(1).unwrap().starts_with(id), "{list}");
    let list: Value = serde_json::from_str(&stdout_of(&dataset(folder, &["list", "--json"]))).unwrap();
    assert_eq!((list.as_array().unwrap().len(), &list[0]["dataset_id"]), (1, &json!(id)));
    let others = stdout_of(&dataset(folder, &["list", "--json", "--model=another"]));
    assert_eq!(others.trim(), "[]");

    let shown = stdout_of(&dataset(folder, &["show", id]));
    for part in ["welding_ai_model", "quality_label", "WLD003", "min_max", "current_mean", "sha256"] {
        assert!(shown.contains(part), "no {part}:\n{shown}");
    }
    let manifest = stdout_of(&dataset(folder, &["show", id, "--json"]));
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["digest"], list[0]["digest"]);

    let replayed = stdout_of(&dataset(folder, &["replay", id]));
    assert!(replayed.contains("is identical"), "{replayed}");
    exports(folder, id, &manifest);
}

/// All four formats, and what is not written.
fn exports(folder: &Path, id: &str, manifest: &Value) {
    let samples = |side: &str| manifest["content"][side].as_u64().unwrap() as usize;
    let (train, val) = (samples("train_samples"), samples("val_samples"));
    let export = |format: &str, split: &str, file: &str, more: &[&str]| {
        let (format, split, output) =
            (format!("--format={format}"), format!("--split={split}"), format!("--output={file}"));
        dataset(folder, &[&["export", id, &format, &split, &output], more].concat())
    };
    stdout_of(&export("parquet", "all", "all.parquet", &[]));
    assert_eq!(rows_of(&folder.join("all.parquet")), train + val);
    stdout_of(&export("parquet", "val", "val.parquet", &[]));
    assert_eq!(rows_of(&folder.join("val.parquet")), val);

    stdout_of(&export("arrow", "train", "train.arrow", &[]));
    let stream = StreamReader::try_new(File::open(folder.join("train.arrow")).unwrap(), None).unwrap();
    assert_eq!(stream.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), train);

    stdout_of(&export("csv", "val", "val.csv", &[]));
    let csv = fs::read_to_string(folder.join("val.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + val);
    assert!(csv.starts_with("device_code,window_start,window_end,split,"), "{}", &csv[..100]);

    stdout_of(&export("npz", "all", "all.npz", &[]));
    assert!(fs::read(folder.join("all.npz")).unwrap().starts_with(b"PK"));
    assert!(refusal_of(&export("npz", "val", "val.npz", &[])).contains("both sides"));

    fs::write(folder.join("mine.csv"), "mine").unwrap();
    assert!(refusal_of(&export("csv", "all", "mine.csv", &[])).contains("mine.csv exists"));
    assert_eq!(fs::read_to_string(folder.join("mine.csv")).unwrap(), "mine");
    stdout_of(&export("csv", "val", "mine.csv", &["--force"]));
    assert_eq!(fs::read_to_string(folder.join("mine.csv")).unwrap(), csv);
}

#[tokio::test]
async fn a_server_and_the_command_line_show_the_same_datasets() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder);
    let server = serve(folder);
    let client = log_in(&server).await;

    let here = build(folder, &days_of_october(2));
    let (status, there) = client.post(program::welding::DATASET, &days_of_october(2)).await;
    assert_eq!(status, 200, "{there}");
    assert_ne!(here["dataset_id"], there["data"]["dataset_id"]);
    assert_eq!(here["digest"], there["data"]["digest"]);
    assert_eq!(here["feature_count"], 25);

    let list: Value = serde_json::from_str(&stdout_of(&dataset(folder, &["list", "--json"]))).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 2);
    let (status, listed) = client.get("/api/v2/ai/datasets").await;
    assert_eq!((status, &listed["data"]["total"]), (200, &json!(2)), "{listed}");
}

#[test]
fn replay_names_the_device_whose_rows_changed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder);
    let id = build(folder, &days_of_october(1))["dataset_id"].as_str().unwrap().to_owned();

    let row = "timestamp,current\n2025-10-01T12:00:00Z,151.5\n";
    fs::write(folder.join("row.csv"), row).unwrap();
    let import =
        ["import", "--model=welding_ai_model", "--device=WLD002", "--time-column=timestamp", "row.csv"];
    stdout_of(&run(folder, &import));
    let replayed = dataset(folder, &["replay", &id]);
    assert_eq!(replayed.status.code(), Some(1));
    let told = String::from_utf8(replayed.stdout).unwrap();
    assert!(told.contains("is not the same") && told.contains("rows WLD002"), "{told}");
    assert!(!told.contains("WLD001"), "{told}");
}

#[test]
fn what_cannot_be_built_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let build =
        |request: &Value| run_with_input(folder, &["dataset", "build", "--request=-"], &request.to_string());
    assert!(refusal_of(&build(&october())).contains("there is no data"));
    assert!(!folder.join("fettle-data").exists());

    prepare(folder);
    let refused = |field: &str, value: Value| {
        let mut request = days_of_october(1);
        request[field] = value;
        refusal_of(&build(&request))
    };
    assert!(refused("val_splt", json!(0.2)).contains("no such field: `val_splt`"));
    assert!(refused("label_column", json!("quality")).contains("label_column"));
    assert!(refused("device_codes", json!(["WLD009"])).contains("WLD009"));
    assert!(refused("end_time", json!("2025-10-01T00:05:00")).contains("window"));
    assert!(stored_files(folder).is_empty());
    assert_eq!(scratch_folders(folder), 0);

    assert!(refusal_of(&dataset(folder, &["show", "ds_20251103_001"])).contains("there is no dataset"));
    assert!(refusal_of(&dataset(folder, &["replay", "../x"])).contains("there is no dataset"));
}

#[test]
fn ctrl_c_cancels_a_build_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder);
    fs::write(folder.join("october.json"), october().to_string()).unwrap();
    let build = fettle(folder, &["dataset", "build", "--request=october.json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until_it_catches_sigint(build.id());
    assert!(Command::new("kill").args(["-s", "INT", &build.id().to_string()]).status().unwrap().success());

    let output = build.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert_eq!(told, "cancelled; nothing was left behind\n", "no bar where there is no terminal");
    assert!(stored_files(folder).is_empty());
    assert_eq!(scratch_folders(folder), 0);
    assert_eq!(stdout_of(&dataset(folder, &["list", "--json"])).trim(), "[]");
}

/// Waits until a signal would no longer end the process by itself; see `SigCgt` in proc(5).
fn wait_until_it_catches_sigint(process: u32) {
    const SIGINT: u64 = 1 << 1;
    for _ in 0..PATIENCE.as_millis() / 5 {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        if u64::from_str_radix(caught.trim(), 16).unwrap() & SIGINT != 0 {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("it never began");
}
