//! A data folder with the demo's machines, and datasets of them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::client::Client;
use super::{Server, fettle, run, stdout_of};

/// What serves the folder.
pub const SERVE: [&str; 3] = ["serve", "--config", "fettle.toml"];

/// Where datasets are asked for.
pub const DATASET: &str = "/api/v2/ai/features/dataset";

/// Makes the demo's data in `folder`, and settings for a server that other servers' jobs wait a second for.
pub fn prepare(folder: &Path) {
    stdout_of(&run(folder, &["demo", "--once", "--listen=127.0.0.1:0"]));
    let config = r#"
        [data]
        dir = "fettle-data"
        [server]
        listen = "127.0.0.1:0"
        [auth]
        secret_file = "fettle-data/auth-secret"
        [jobs]
        lease_s = 1
    "#;
    fs::write(folder.join("fettle.toml"), config).unwrap();
}

/// Starts a server on it.
pub fn serve(folder: &Path) -> Server {
    Server::start_as(&mut fettle(folder, &SERVE))
}

/// Logs in as the demo's analyst.
pub async fn log_in(server: &Server) -> Client {
    Client::log_in(server, "test_user", "test_pass").await
}

/// The seed's request: three machines, all of October.
pub fn october() -> Value {
    json!({
        "model_code": "welding_ai_model", "device_codes": ["WLD001", "WLD002", "WLD003"],
        "start_time": "2025-10-01T00:00:00", "end_time": "2025-11-01T00:00:00",
        "label_column": "quality_label", "val_split": 0.2, "random_state": 42,
        "window_size": 100, "overlap": 0.5, "normalize_method": "min_max",
    })
}

/// A request that is soon answered: the same for so many days.
pub fn days_of_october(days: u32) -> Value {
    let mut request = october();
    request["end_time"] = json!(format!("2025-10-{:02}T00:00:00", 1 + days));
    request
}

/// What lies in the dataset store, as paths in it, sorted; without the plugins.
pub fn stored_files(folder: &Path) -> Vec<String> {
    let store = folder.join("fettle-data/datasets");
    let mut files = Vec::new();
    collect(&store.join("datasets"), &store, &mut files);
    files.sort();
    files
}

/// What lies in the folder for files on the way, but for the folders of running processes; unnamed files do not show.
pub fn scratch_files(folder: &Path) -> Vec<String> {
    let scratch = folder.join("fettle-data/scratch");
    let mut files = Vec::new();
    collect(&scratch, &scratch, &mut files);
    files
}

/// Folders of processes among the files on the way.
pub fn scratch_folders(folder: &Path) -> usize {
    fs::read_dir(folder.join("fettle-data/scratch")).map_or(0, Iterator::count)
}

fn collect(folder: &Path, root: &Path, files: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| -> PathBuf { entry.unwrap().path() }) {
        if path.is_dir() {
            collect(&path, root, files);
        } else {
            files.push(path.strip_prefix(root).unwrap().display().to_string());
        }
    }
}
