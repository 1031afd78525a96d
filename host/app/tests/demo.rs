//! `fettle demo`, as a newcomer runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use serde_json::Value;

use self::program::{Server, refusal_of, run, stdout_of};

const ANY_PORT: &str = "--listen=127.0.0.1:0";

/// When each file of rows was last written.
fn row_files(folder: &Path) -> Vec<(String, SystemTime)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "parquet") {
                files.push((path.display().to_string(), entry.metadata().unwrap().modified().unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The lines of the table that the demo prints.
fn table(stdout: &str) -> Vec<&str> {
    stdout.lines().skip_while(|line| !line.starts_with("timestamp")).take(7).collect()
}

#[test]
fn it_prints_the_matrix_and_a_second_start_finds_everything_there() {
    let folder = tempfile::tempdir().unwrap();

    let first = stdout_of(&run(folder.path(), &["demo", "--once", ANY_PORT]));
    assert!(first.contains("8640 rows became 171 windows × 25 features"), "{first}");
    let table_at_first = table(&first);
    assert_eq!(table_at_first.len(), 7, "{first}");
    for name in ["current_mean", "voltage_mean", "wire_feed_speed_mean", "temperature_mean", "gas_flow_mean"]
    {
        assert!(table_at_first[0].contains(name), "{first}");
    }
    assert!(table_at_first[1].starts_with("2025-11-01T00:00:00 "), "{first}");
    assert!(first.contains("/api/v2/docs"), "{first}");

    // The default folder, and October and November for each of three devices.
    let files = row_files(&folder.path().join("fettle-data"));
    assert_eq!(files.len(), 6, "{files:?}");

    let second = stdout_of(&run(folder.path(), &["demo", "--once", ANY_PORT]));
    assert_eq!(table(&second), table_at_first);
    assert_eq!(row_files(&folder.path().join("fettle-data")), files);
}

#[test]
fn a_start_that_was_cut_short_is_made_good_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let whole = stdout_of(&run(folder.path(), &["demo", "--once", ANY_PORT]));

    // As after a crash: one device's rows are missing, and so is what is written last.
    let files = row_files(folder.path());
    for (path, _) in files.iter().filter(|(path, _)| path.contains("WLD001")) {
        fs::remove_file(path).unwrap();
    }
    fs::remove_file(folder.path().join("fettle-data/demo-data")).unwrap();

    let again = stdout_of(&run(folder.path(), &["demo", "--once", ANY_PORT]));
    assert_eq!(table(&again), table(&whole));
    assert_eq!(row_files(folder.path()).len(), 6);
}

#[test]
fn the_commands_that_it_prints_work() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &["demo", ANY_PORT, "--data-dir", "elsewhere"]);
    server.line_with("Ctrl-C");
    assert!(folder.path().join("elsewhere").is_dir());

    let commands: Vec<&str> = server
        .seen()
        .iter()
        .map(|line| line.trim())
        .filter(|line| line.starts_with("TOKEN=") || line.starts_with("curl "))
        .collect();
    assert_eq!(commands.len(), 2, "{:?}", server.seen());
    let answer = Command::new("sh").args(["-c", &commands.join("\n")]).output().unwrap();
    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(answer["success"], true, "{answer}");
    assert_eq!(answer["data"]["features"].as_array().unwrap().len(), 171);

    server.signal("INT");
    assert!(server.wait().success());
}

#[test]
fn its_plugins_are_those_of_a_file_that_may_be_edited() {
    let folder = tempfile::tempdir().unwrap();
    let demo = ["demo", ANY_PORT];
    let mut server = Server::start(folder.path(), &demo);
    server.line_with("Ctrl-C");
    let file = folder.path().join("fettle-data/plugins.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        server.seen().iter().any(|line| line.contains("fettle-data/plugins.toml")),
        "{:?}",
        server.seen()
    );
    server.kill();

    // Whoever forbids what the demo asks for is taken at their word, at the next start too.
    fs::write(&file, text.replacen("# enabled = true", "enabled = false", 1)).unwrap();
    let refusal = refusal_of(&run(folder.path(), &["demo", "--once", ANY_PORT]));
    assert!(refusal.contains("missing_value_method"), "{refusal}");
    assert!(fs::read_to_string(&file).unwrap().contains("\nenabled = false"), "it was not written again");
    fs::write(&file, text).unwrap();
    stdout_of(&run(folder.path(), &["demo", "--once", ANY_PORT]));
}

#[test]
fn an_address_in_use_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    let refusal = refusal_of(&run(folder.path(), &["demo", "--once", "--listen", &address]));
    assert!(refusal.contains(&format!("{address} is in use")), "{refusal}");
}
