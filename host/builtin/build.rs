//! Compiles the crates in `plugins/` to WebAssembly and makes components of them.
//!
//! The bytes must depend on the sources and the compiler alone, since their digests are stored with datasets: paths
//! are remapped, and flags of the outer build are kept away.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wit_component::ComponentEncoder;

const PLUGINS: [&str; 5] = ["missing-value", "outlier", "window", "statistics", "normalize"];
const TARGET: &str = "wasm32-unknown-unknown";

/// Names that rustc or cargo of the outer build set, and that would change or break the inner one: among them clippy's
/// driver, which would compile nothing.
const NOT_PASSED_ON: [&str; 9] = [
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "RUSTC",
    "RUSTC_LINKER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTFLAGS",
];

fn main() {
    let workspace =
        Path::new(&variable("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("a workspace");
    for watched in ["plugins", "sdk/src", "sdk/Cargo.toml", "wit", "Cargo.toml", "Cargo.lock"] {
        println!("cargo:rerun-if-changed={}", workspace.join(watched).display());
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=FETTLE_WASM_RUSTC");

    let out = PathBuf::from(variable("OUT_DIR"));
    let modules = compile(&workspace, &out, &Toolchain::find());
    for plugin in PLUGINS {
        let file = modules.join(format!("fettle_{}.wasm", plugin.replace('-', "_")));
        let module = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let component = ComponentEncoder::default()
            .validate(true)
            .module(&module)
            .and_then(|encoder| encoder.encode())
            .unwrap_or_else(|error| panic!("{plugin} is no component: {error:?}"));
        fs::write(out.join(format!("{plugin}.wasm")), component).expect("OUT_DIR can be written");
    }
}

/// How WebAssembly is compiled.
enum Toolchain {
    /// The toolchain of this build has the target.
    Target { rustc: OsString },
    /// Another rustc has the sources of the standard library, which is compiled along.
    BuildStd { rustc: PathBuf },
}

impl Toolchain {
    /// `FETTLE_WASM_RUSTC` forces the second way; Debian's rustc is tried where the target is missing.
    fn find() -> Toolchain {
        if let Some(rustc) = env::var_os("FETTLE_WASM_RUSTC") {
            return Toolchain::BuildStd { rustc: rustc.into() };
        }
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        if sysroot(Path::new(&rustc)).join("lib/rustlib").join(TARGET).join("lib").is_dir() {
            return Toolchain::Target { rustc };
        }
        let debian = PathBuf::from("/usr/bin/rustc");
        if debian.exists() && sysroot(&debian).join("lib/rustlib/src/rust/library").is_dir() {
            return Toolchain::BuildStd { rustc: debian };
        }
        panic!(
            "the target {TARGET} is missing: run host/builtin/wasm-target.sh, which adds it by rustup or \
             installs Debian's compiler with the sources of the standard library"
        );
    }

    fn rustc(&self) -> &Path {
        match self {
            Toolchain::Target { rustc } => Path::new(rustc),
            Toolchain::BuildStd { rustc } => rustc,
        }
    }
}

/// Runs cargo for all plugins at once, in a target folder that all profiles of the outer build share; returns the
/// folder of the modules.
fn compile(workspace: &Path, out: &Path, toolchain: &Toolchain) -> PathBuf {
    // OUT_DIR is {target}/{profile}/build/{package}/out, with the target's triple before the profile where one is set.
    let target_dir = out.ancestors().nth(4).expect("OUT_DIR lies in a target folder").join("plugins");
    let mut cargo = Command::new(variable("CARGO"));
    for name in NOT_PASSED_ON {
        cargo.env_remove(name);
    }
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PROFILE_")) {
            cargo.env_remove(name);
        }
    }
    cargo
        .current_dir(workspace)
        .args(["build", "--locked", "--profile", "plugin", "--target", TARGET])
        .arg("--target-dir")
        .arg(&target_dir)
        .args(PLUGINS.map(|plugin| format!("--package=fettle-{plugin}")))
        .env("RUSTC", toolchain.rustc())
        .env("CARGO_ENCODED_RUSTFLAGS", flags(workspace, toolchain.rustc()).join("\x1f"));
    if let Toolchain::BuildStd { rustc } = toolchain {
        // `-Zbuild-std` is asked for on a stable compiler, whose linker for WebAssembly may not be on the path.
        let linker = sysroot(rustc).join("lib/rustlib").join(variable("HOST")).join("bin/rust-lld");
        cargo
            .arg("-Zbuild-std=std,panic_abort")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    let status = cargo.status().expect("cargo can be run");
    assert!(status.success(), "the plugins do not compile to {TARGET}");
    target_dir.join(TARGET).join("plugin")
}

fn flags(workspace: &Path, rustc: &Path) -> Vec<String> {
    let home = env::var_os("CARGO_HOME")
        .map_or_else(|| PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo"), PathBuf::from);
    vec![
        "-Ctarget-feature=+simd128".to_owned(),
        format!("--remap-path-prefix={}=/fettle", workspace.display()),
        format!("--remap-path-prefix={}=/cargo", home.display()),
        format!("--remap-path-prefix={}=/rust", sysroot(rustc).display()),
    ]
}

fn sysroot(rustc: &Path) -> PathBuf {
    let output = Command::new(rustc).args(["--print", "sysroot"]).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", rustc.display()));
    String::from_utf8_lossy(&output.stdout).trim().into()
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}
