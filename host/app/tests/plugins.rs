//! `fettle plugin`: from an empty folder to a checked component, and what can be asked of one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use self::program::{authors, refusal_of, run, stdout_of};

/// A built-in plugin as a file of its own.
fn component(folder: &Path, name: &str) -> PathBuf {
    let builtin = fettle_builtin::PLUGINS.iter().find(|builtin| builtin.name == name).unwrap();
    let file = folder.join(format!("{name}.wasm"));
    fs::write(&file, builtin.component).unwrap();
    file
}

const ROWS: &str = "timestamp,current,voltage\n\
    2025-11-01T08:00:00Z,10,1\n\
    2025-11-01T08:00:01Z,,2\n\
    2025-11-01T08:00:02Z,30,3\n\
    2025-11-01T08:00:03Z,40,nan\n";

fn folder_with(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    component(folder.path(), name);
    fs::write(folder.path().join("data.csv"), ROWS).unwrap();
    folder
}

#[test]
fn a_transform_runs_on_a_csv_file() {
    let folder = folder_with("missing-value");
    let args = ["plugin", "run", "missing-value.wasm", "data.csv", "--method=forward_fill"];
    assert_eq!(
        stdout_of(&run(folder.path(), &args)),
        "timestamp,current,voltage\n\
         2025-11-01T08:00:00Z,10,1\n\
         2025-11-01T08:00:01Z,10,2\n\
         2025-11-01T08:00:02Z,30,3\n\
         2025-11-01T08:00:03Z,40,3\n"
    );
    let mean = ["plugin", "run", "missing-value.wasm", "data.csv", "--method=mean", "--columns=voltage"];
    let output = run(folder.path(), &mean);
    assert!(stdout_of(&output).ends_with("08:00:03Z,2\n"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains(r#"state: {"voltage":{"value":2.0}}"#), "{told}");
    let drop = ["plugin", "run", "missing-value.wasm", "data.csv", "--method=drop"];
    assert_eq!(stdout_of(&run(folder.path(), &drop)).lines().count(), 3);
}

#[test]
fn windows_and_features_run_with_a_window_size() {
    let folder = folder_with("window");
    let args = ["plugin", "run", "window.wasm", "data.csv", "--method=sliding", "--window-size=2"];
    let windows = stdout_of(&run(folder.path(), &args));
    assert!(
        windows.starts_with("start,end,start_time,end_time\n0,2,2025-11-01T08:00:00Z,2025-11-01T08:00:01Z\n")
    );
    assert_eq!(windows.lines().count(), 4, "{windows}");

    component(folder.path(), "statistics");
    let features = [
        "plugin",
        "run",
        "statistics.wasm",
        "data.csv",
        r#"--params={"statistics": ["max"]}"#,
        "--window-size=2",
        "--overlap=0",
    ];
    assert_eq!(
        stdout_of(&run(folder.path(), &features)),
        "timestamp,current_max,voltage_max\n2025-11-01T08:00:00Z,10,2\n2025-11-01T08:00:02Z,40,3\n"
    );
}

#[test]
fn what_cannot_be_run_says_what_would_be_right() {
    let folder = folder_with("outlier");
    let refused = |more: &[&str]| {
        let args = [&["plugin", "run", "outlier.wasm", "data.csv"][..], more].concat();
        refusal_of(&run(folder.path(), &args))
    };
    assert!(refused(&[]).contains("which method? --method takes one of: iqr, z_score, clip"));
    assert!(refused(&["--method=iqrr"]).contains("no method `iqrr`; it has: iqr, z_score, clip"));
    let told = refused(&["--method=iqr", r#"--params={"threshold": -1, "actoin": 1}"#]);
    assert!(told.contains("/threshold: ") && told.contains("/actoin: "), "{told}");
}

#[test]
fn inspecting_shows_methods_schemas_imports_size_and_digest() {
    let folder = folder_with("outlier");
    let shown = stdout_of(&run(folder.path(), &["plugin", "inspect", "outlier.wasm"]));
    for part in [
        "outlier 0.1.0",
        "exports  fettle:step/transform@1.0.0",
        "imports  fettle:step/types@1.0.0",
        "outlier `iqr`: ",
        "  threshold (default 1.5)",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let json = stdout_of(&run(folder.path(), &["plugin", "inspect", "outlier.wasm", "--json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["digest"].as_str().unwrap().len(), 64);
    assert_eq!(json["methods"][0]["params_schema"]["properties"]["threshold"]["default"], 1.5);

    fs::write(folder.path().join("module.wasm"), b"\0asm\x01\0\0\0").unwrap();
    let output = run(folder.path(), &["plugin", "inspect", "module.wasm"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("core module, not a component"));
}

#[test]
fn a_check_ends_with_0_or_1_and_tells_people_and_programs() {
    let folder = folder_with("normalize");
    let args = ["plugin", "check", "normalize.wasm", "--cases=5"];
    let told = stdout_of(&run(folder.path(), &args));
    assert!(told.contains("normalize `min_max`") && told.contains("properties hold (seed 1)"), "{told}");

    fs::write(folder.path().join("text.wasm"), "text").unwrap();
    let output = run(folder.path(), &["plugin", "check", "text.wasm", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["passed"], false);
    assert!(report["refused"].as_str().unwrap().contains("not a valid component"));
}

#[test]
fn a_bench_measures_each_method_at_each_size() {
    let folder = folder_with("normalize");
    let args = ["plugin", "bench", "normalize.wasm", "--rows=100,1000", "--json"];
    let measured: Value = serde_json::from_str(&stdout_of(&run(folder.path(), &args))).unwrap();
    let methods: Vec<&str> =
        measured.as_array().unwrap().iter().map(|one| one["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["min_max", "z_score"]);
    for size in measured[0]["sizes"].as_array().unwrap() {
        assert!(size["fit_ns"].as_f64().unwrap() > 0.0 && size["run_ns"].as_f64().unwrap() > 0.0);
        assert!(size["memory_bytes"].as_u64().unwrap() >= 65_536, "a page of memory at least");
    }
}

/// Runs `make` in a plugin's folder. All such folders share what their dependencies compile to.
fn make(folder: &Path, goal: &str) -> Output {
    let mut make = Command::new("make");
    make.arg("--no-print-directory").arg(goal).current_dir(folder);
    authors::environment(&mut make);
    make.output().unwrap()
}

const KINDS: [&str; 5] = ["missing-value", "outlier", "window", "feature", "normalize"];

#[test]
fn a_new_plugin_of_each_kind_builds_and_keeps_every_promise() {
    let folder = authors::folder("in-rust");
    begin_and_check(&folder, "rust");
    let again = run(&folder, &["plugin", "new", "my-outlier", "--kind", "outlier"]);
    assert!(refusal_of(&again).contains("is there already"));
}

#[test]
fn so_does_one_in_c() {
    let zig = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/zig")).output().unwrap();
    if !zig.status.success() {
        let told = String::from_utf8_lossy(&zig.stdout);
        assert!(std::env::var_os("FETTLE_CI").is_none_or(|ci| ci != "1"), "{told}");
        eprintln!("skipped: plugins in C: {told}");
        return;
    }
    begin_and_check(&authors::folder("in-c"), "c");
}

fn begin_and_check(folder: &Path, language: &str) {
    for kind in KINDS {
        let name = format!("my-{kind}");
        let made = run(folder, &["plugin", "new", &name, "--kind", kind, "--lang", language]);
        assert!(stdout_of(&made).contains(&format!("builds {name}.wasm")));
        let own = folder.join(&name);
        stdout_of(&make(&own, "test"));
        stdout_of(&make(&own, "component"));
        let shown = stdout_of(&run(&own, &["plugin", "inspect", &format!("{name}.wasm")]));
        assert!(shown.contains(&format!("`{}`", name.replace('-', "_"))), "{shown}");
        let checked = stdout_of(&run(&own, &["plugin", "check", &format!("{name}.wasm")]));
        assert!(checked.contains("properties hold"), "{checked}");
    }
}
