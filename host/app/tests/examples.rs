//! The plugins in `sdk/examples`: each is built as its README says and checked, then a server takes all of them, and what
//! it answers is compared with numpy.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use self::program::{fettle, refusal_of, run, stdout_of};

const IN_RUST: [&str; 3] = ["hampel", "weld-cycle", "spectral-bands"];
const IN_C: &str = "robust-scaling";
const IN_PYTHON: &str = "seasonal-naive";
const IN_JAVASCRIPT: &str = "rolling-rank";

/// Exit code of the scripts beside this file where a tool cannot be had.
const ABSENT: i32 = 3;

/// The tests' own folder.
fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Says that something is not tested, which fails where nothing may be left out.
fn skip(what: &str, why: &str) {
    assert!(std::env::var_os("FETTLE_CI").is_none_or(|ci| ci != "1"), "{what}: {why}");
    eprintln!("skipped: {what}: {why}");
}

/// An example in another language than Rust, tested, built and checked: the folder that it lies in, and what the check
/// said; or why it could not be built.
struct Built {
    folder: TempDir,
    outcome: Result<String, String>,
}

impl Built {
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut example = Command::new(tests().join("example"));
        example.args([name, env!("CARGO_BIN_EXE_fettle")]).arg(folder.path());
        let output = example.output().unwrap();
        let outcome = if output.status.code() == Some(ABSENT) {
            Err(String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned())
        } else {
            Ok(stdout_of(&output))
        };
        Self { folder, outcome }
    }

    fn component(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("sdk/examples/{name}/{name}.wasm"))
    }
}

/// The same for all tests.
fn built(name: &'static str) -> &'static Built {
    static BUILT: [OnceLock<Built>; 3] = [const { OnceLock::new() }; 3];
    let index = [IN_C, IN_PYTHON, IN_JAVASCRIPT].iter().position(|other| *other == name).unwrap();
    BUILT[index].get_or_init(|| Built::new(name))
}

/// What the check said of an example, unless it could not be built.
fn checked(name: &'static str) -> Option<&'static str> {
    match &built(name).outcome {
        Ok(told) => {
            assert_kept(told);
            Some(told)
        }
        Err(why) => {
            skip(&format!("the example {name}"), why);
            None
        }
    }
}

#[track_caller]
fn assert_kept(told: &str) {
    assert!(told.contains("properties hold") && !told.contains("UNTRIED"), "{told}");
}

/// Puts the examples in Rust into a folder.
fn put_those_in_rust(folder: &Path) {
    let packages = IN_RUST.map(|name| format!("fettle-example-{name}"));
    let packages = packages.each_ref().map(String::as_str);
    let components = fettle_componentize::components(&packages, &std::env::current_exe().unwrap());
    for (name, component) in IN_RUST.iter().zip(components) {
        fs::write(folder.join(format!("{name}.wasm")), component).unwrap();
    }
}

#[test]
fn those_in_rust_keep_every_promise() {
    let folder = tempfile::tempdir().unwrap();
    put_those_in_rust(folder.path());
    for name in IN_RUST {
        assert_kept(&stdout_of(&run(folder.path(), &["plugin", "check", &format!("{name}.wasm")])));
    }
}

#[test]
fn one_in_c_keeps_every_promise() {
    checked(IN_C);
}

#[test]
fn one_in_python_keeps_every_promise_and_is_let_in_only_with_wasi() {
    if checked(IN_PYTHON).is_none() {
        return;
    }
    let component = built(IN_PYTHON).component(IN_PYTHON);
    let ask = |command: &str, more: &[&str]| {
        fettle(Path::new("."), &["plugin", command]).arg(&component).args(more).output().unwrap()
    };
    let told = refusal_of(&ask("bench", &[]));
    for part in ["it imports `wasi:", "`wasi = true` beside it in plugins.toml", "`--wasi`"] {
        assert!(told.contains(part), "{told}");
    }
    for command in ["check", "inspect"] {
        let refused = ask(command, &[]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8(refused.stdout).unwrap().contains("`--wasi`"), "{command}");
    }
    // A million rows take an interpreter longer than that on any machine.
    let period = ["--method=seasonal_naive", "--params={\"period\": 60}", "--rows=1000000"];
    let hurried = ["--wasi", "--time-base-ms=100", "--time-per-cell-ns=0"];
    let told = refusal_of(&ask("bench", &[&period[..], &hurried].concat()));
    assert!(told.contains("`seasonal_naive`") && told.contains("stopped after 0.1 s"), "{told}");
}

#[test]
fn one_in_javascript_keeps_every_promise_and_imports_nothing() {
    if checked(IN_JAVASCRIPT).is_none() {
        return;
    }
    let component = built(IN_JAVASCRIPT).component(IN_JAVASCRIPT);
    let inspect = fettle(Path::new("."), &["plugin", "inspect", "--json"]).arg(component).output().unwrap();
    let shown: serde_json::Value = serde_json::from_str(&stdout_of(&inspect)).unwrap();
    assert_eq!(shown["imports"], serde_json::json!(["fettle:step/types@1.0.0"]));
}

#[test]
fn a_server_that_takes_all_of_them_agrees_with_numpy() {
    let folder = tempfile::tempdir().unwrap();
    put_those_in_rust(folder.path());
    let mut there = IN_RUST.to_vec();
    for name in [IN_C, IN_PYTHON, IN_JAVASCRIPT] {
        if built(name).outcome.is_ok() {
            fs::copy(built(name).component(name), folder.path().join(format!("{name}.wasm"))).unwrap();
            there.push(name);
        }
    }
    let parity = tests().join("parity");
    let python = Command::new(parity.join("python-env")).output().unwrap();
    let told = String::from_utf8_lossy(&python.stdout).trim().to_owned();
    if !python.status.success() {
        skip("comparing the example plugins with numpy", &told);
        return;
    }
    let mut compare = Command::new(told);
    compare.arg(parity.join("plugins.py")).arg(env!("CARGO_BIN_EXE_fettle")).arg(folder.path());
    let compared = stdout_of(&compare.output().unwrap());
    for name in there {
        assert!(compared.contains(&format!("the same: {name} over HTTP")), "{name}\n{compared}");
    }
}
