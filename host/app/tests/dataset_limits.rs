//! What builds and statistics need: room on the disk, and memory that does not grow with the number of devices.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use fettle_metadata::{
    FieldRole, MetadataStore, ModelType, NewDevice, NewDeviceType, NewField, NewModel, NewModelField,
    NewUser, PasswordHash, Registration, Role, SqliteStore, UserStore,
};
use fettle_series::{DeviceKey, ParquetStore, SeriesStore};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use self::program::client::Client;
use self::program::welding::{
    DATASET, SERVE, days_of_october, log_in, october, prepare, scratch_files, stored_files,
};
use self::program::{Server, fettle};

/// Largest file that a process may write, in the blocks of `ulimit`: 1 MiB. The features of the machines' October take
/// three times as much, those of two days a fifth, and so does what the metadata store writes meanwhile.
const LARGEST_FILE_BLOCKS: u64 = 2048;

/// Starts a server that can write no large file; the limit is one that can be lifted again.
fn serve_with_small_files(folder: &Path) -> Server {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -S -f {LARGEST_FILE_BLOCKS} && exec \"$0\" \"$@\"")]);
    shell.arg(env!("CARGO_BIN_EXE_fettle")).args(SERVE).current_dir(folder).env_remove("RUST_LOG");
    Server::start_as(&mut shell)
}

#[tokio::test]
async fn on_a_full_disk_a_build_says_so_leaves_nothing_and_works_when_there_is_room_again() {
    if Command::new("prlimit").arg("--version").stdout(Stdio::null()).status().is_err() {
        assert!(std::env::var_os("FETTLE_CI").is_none(), "prlimit (util-linux) is not installed");
        eprintln!("skipped: prlimit (util-linux) is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder);
    let server = serve_with_small_files(folder);
    let client = log_in(&server).await;

    let (status, problem) = client.post(DATASET, &october()).await;
    assert_eq!((status, &problem["code"]), (507, &json!("storage_full")), "{problem}");
    let job = client.submit(DATASET, &october()).await;
    let failed = client.ended(&job).await;
    assert_eq!((&failed["state"], &failed["error"]["code"]), (&json!("failed"), &json!("storage_full")));
    assert!(stored_files(folder).is_empty());
    assert_eq!(scratch_files(folder), [""; 0]);

    let (status, small) = client.post(DATASET, &days_of_october(2)).await;
    assert_eq!(status, 200, "it goes on: {small}");
    let process = format!("--pid={}", server.process());
    assert!(Command::new("prlimit").args([&process, "--fsize=unlimited"]).status().unwrap().success());
    let (status, built) = client.post(DATASET, &october()).await;
    assert_eq!((status, &built["data"]["feature_count"]), (200, &json!(25)), "{built}");
}

/// The most by which the peak with ten times the devices may exceed the other.
const GROWTH: f64 = 1.2;

/// Rows of each device: October. With far fewer of them, buffers of a fixed size that a small dataset does not fill would
/// pass for growth.
const ROWS: usize = 31 * 8640;

#[tokio::test]
async fn ten_times_the_devices_take_no_more_memory() {
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: the peak of a process's memory is not known here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    make_plant(folder, 30).await;
    // Of each thread that runs steps, instances and the allocator keep some tens of MiB once it has had a device: with
    // many threads and few devices that would pass for growth.
    fs::write(folder.join("fettle.toml"), "[data]\ndir = \"fettle-data\"\n[steps]\nthreads = 1\n").unwrap();
    // The first start compiles the steps, which takes far more memory than any build.
    peak_of_build(folder, 1);
    let few = peak_of_build(folder, 3);
    let many = peak_of_build(folder, 30);
    eprintln!("peak: {few} KiB with 3 devices, {many} KiB with 30");
    assert!(many as f64 <= few as f64 * GROWTH, "{few} KiB with 3 devices, {many} KiB with 30");
}

#[tokio::test]
async fn statistics_of_ten_times_the_devices_take_no_more_memory() {
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: the peak of a process's memory is not known here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    make_plant(folder, 30).await;
    let users = SqliteStore::open(&folder.join("fettle-data/metadata.sqlite")).await.unwrap();
    let ada = NewUser {
        username: "ada".to_owned(),
        password_hash: PasswordHash::of("lovelace").unwrap(),
        role: Role::Viewer,
    };
    users.create_user(&ada, Timestamp::now()).await.unwrap();
    // One thread, for the reason that builds have but one.
    let settings = "[data]\ndir = \"fettle-data\"\n[steps]\nthreads = 1\n[server]\nlisten = \"127.0.0.1:0\"\n\
                    request_timeout_s = 600\n";
    fs::write(folder.join("fettle.toml"), settings).unwrap();
    // The first start compiles the steps, which takes far more memory than any statistics.
    drop(serve_on_one_thread(folder));
    let many = peak_of_statistics(folder, 30).await;
    for number in 3..30 {
        // A device without rows is none of those that are described.
        fs::remove_dir_all(folder.join("fettle-data/series/machine").join(machine(number))).unwrap();
    }
    let few = peak_of_statistics(folder, 3).await;
    eprintln!("peak: {few} KiB with 3 devices, {many} KiB with 30");
    assert!(many as f64 <= few as f64 * GROWTH, "{few} KiB with 3 devices, {many} KiB with 30");
}

fn machine(number: usize) -> String {
    format!("M{number:02}")
}

/// Machines that are copies of one of the demo's.
async fn make_plant(folder: &Path, machines: usize) {
    let data = folder.join("fettle-data");
    fs::create_dir(&data).unwrap();
    let mut rows = fettle_app::demo::telemetry::telemetry(&fettle_app::demo::telemetry::MACHINES[0]);
    rows.timestamps.truncate(ROWS);
    rows.signals.iter_mut().for_each(|signal| signal.values.truncate(ROWS));
    rows.labels.clear();
    let field = |code: &str| {
        let role = FieldRole::Signal;
        NewField { code: code.to_owned(), name: code.to_owned(), role, unit: None }
    };
    let fields: Vec<NewField> = rows.signals.iter().map(|signal| field(&signal.name)).collect();
    let registration = Registration {
        device_type: NewDeviceType { code: "machine".to_owned(), name: "Machine".to_owned() },
        models: vec![NewModel {
            code: "plant".to_owned(),
            name: "Plant".to_owned(),
            model_type: ModelType::AiAnalysis,
            fields: fields.iter().map(|field| NewModelField::plain(&field.code)).collect(),
            defaults: Map::new(),
        }],
        devices: (0..machines)
            .map(|number| NewDevice { code: machine(number), name: machine(number) })
            .collect(),
        fields,
    };
    let metadata = SqliteStore::open(&data.join("metadata.sqlite")).await.unwrap();
    metadata.register(&registration, Timestamp::now()).await.unwrap();
    let series = ParquetStore::new(data.join("series"));
    series.write(&DeviceKey { device_type: "machine".to_owned(), device: machine(0) }, rows).await.unwrap();
    let of = |number: usize| data.join("series/machine").join(machine(number));
    for number in 1..machines {
        fs::create_dir(of(number)).unwrap();
        for file in fs::read_dir(of(0)).unwrap().map(Result::unwrap) {
            // Not copied: nobody writes to them.
            fs::hard_link(file.path(), of(number).join(file.file_name())).unwrap();
        }
    }
}

/// Builds a dataset of so many machines in a process of its own; the most memory that it held, in KiB.
fn peak_of_build(folder: &Path, machines: usize) -> u64 {
    let request = json!({
        "model_code": "plant", "device_codes": (0..machines).map(machine).collect::<Vec<_>>(),
        "start_time": "2025-10-01T00:00:00", "end_time": "2025-11-01T00:00:00", "label_column": "current",
        "normalize_method": "min_max",
    });
    fs::write(folder.join("request.json"), request.to_string()).unwrap();
    let build = ["dataset", "build", "--config=fettle.toml", "--request=request.json", "--json"];
    let mut build = fettle(folder, &build)
        // Here too the allocator keeps for each thread what it has freed.
        .env("TOKIO_WORKER_THREADS", "1")
        .env("FETTLE_AUTH_SECRET", "with a secret, compiled steps are kept")
        .stdout(fs::File::create(folder.join("summary.json")).unwrap())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let status = loop {
        // The last look is at most this much before the end, when all that takes memory has been done.
        thread::sleep(Duration::from_millis(2));
        peak = peak_kib(build.id()).unwrap_or(peak);
        if let Some(status) = build.try_wait().unwrap() {
            break status;
        }
    };
    assert!(status.success());
    let summary: Value = serde_json::from_slice(&fs::read(folder.join("summary.json")).unwrap()).unwrap();
    let samples = |side: &str| summary[side].as_u64().unwrap() as usize;
    assert!(samples("train_samples") + samples("val_samples") > machines * ROWS / 60);
    peak
}

fn serve_on_one_thread(folder: &Path) -> Server {
    let mut serve = fettle(folder, &SERVE);
    serve.env("TOKIO_WORKER_THREADS", "1");
    serve.env("FETTLE_AUTH_SECRET", "with a secret of some length, compiled steps are kept");
    Server::start_as(&mut serve)
}

/// Has so many machines described by a server of their own; the most memory that it held, in KiB.
async fn peak_of_statistics(folder: &Path, machines: usize) -> u64 {
    let server = serve_on_one_thread(folder);
    let client = Client::log_in(&server, "ada", "lovelace").await;
    let path = "/api/v2/ai/features/stats?model_code=plant&start_time=2025-10-01&end_time=2025-11-01";
    let (status, answer) = client.get(path).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["data"]["metadata"]["devices"].as_array().unwrap().len(), machines);
    assert!(answer["data"]["sample_count"].as_u64().unwrap() as usize > machines * ROWS / 60);
    peak_kib(server.process()).unwrap()
}

/// The most memory that a process has held, in KiB; `None` where it has ended.
fn peak_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
