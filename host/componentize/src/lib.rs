//! Compiles plugin crates of this workspace to WebAssembly components: for the build script of `host/builtin`, and for
//! tests that bring plugins of their own.
//!
//! The bytes must depend on the sources and the compiler alone, since their digests are stored with datasets: paths
//! are remapped, and flags of the outer build are kept away. What goes wrong here is told by a panic, which is how a
//! build script and a test fail.

mod text;
mod toolchain;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wit_component::ComponentEncoder;

pub use crate::text::{component_in_text, component_of_text};
use crate::toolchain::Toolchain;

/// What plugins are compiled to: modules for it can import nothing of a system.
const TARGET: &str = "wasm32-unknown-unknown";

/// Names that rustc or cargo of the outer build set, and that would change or break the inner one: among them clippy's
/// driver, which would compile nothing.
const NOT_PASSED_ON: [&str; 10] = [
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "CARGO_TARGET_DIR",
    "RUSTC",
    "RUSTC_LINKER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTFLAGS",
];

/// The components of `packages`, in their order. `inside` is a path in the target folder of the outer build, such as
/// `OUT_DIR` or a test's executable: all profiles share a folder beside theirs.
pub fn components(packages: &[&str], inside: &Path) -> Vec<Vec<u8>> {
    let toolchain = Toolchain::find(TARGET);
    let target_dir = target_dir(inside).join("plugins");
    compile(packages, &target_dir, &toolchain);
    let modules = target_dir.join(TARGET).join("plugin");
    let component = |package: &&str| {
        let file = modules.join(format!("{}.wasm", package.replace('-', "_")));
        let module = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        ComponentEncoder::default()
            .validate(true)
            .module(&module)
            .and_then(ComponentEncoder::encode)
            .unwrap_or_else(|error| panic!("{package} is no component: {error:?}"))
    };
    packages.iter().map(component).collect()
}

/// The folder of the workspace whose build script or test this is. Cargo says it when it runs either; a path from when
/// this crate was compiled could be that of another clone which shares the target folder.
fn workspace() -> PathBuf {
    let package =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs build scripts and tests"));
    let workspace = package.ancestors().find(|folder| folder.join("Cargo.lock").exists());
    workspace.unwrap_or_else(|| panic!("{} lies in no workspace", package.display())).to_owned()
}

/// Cargo marks the target folder: with a tag where it made the folder, and with what it knows of the compiler anyhow.
fn target_dir(inside: &Path) -> &Path {
    let marked =
        |folder: &&Path| ["CACHEDIR.TAG", ".rustc_info.json"].iter().any(|mark| folder.join(mark).exists());
    inside
        .ancestors()
        .find(marked)
        .unwrap_or_else(|| panic!("{} does not lie in a target folder", inside.display()))
}

fn compile(packages: &[&str], target_dir: &Path, toolchain: &Toolchain) {
    let workspace = workspace();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for name in NOT_PASSED_ON {
        cargo.env_remove(name);
    }
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PROFILE_")) {
            cargo.env_remove(name);
        }
    }
    cargo
        .current_dir(&workspace)
        .args(["build", "--locked", "--profile", "plugin", "--target", TARGET])
        .arg("--target-dir")
        .arg(target_dir)
        .args(packages.iter().map(|package| format!("--package={package}")))
        .env("RUSTC", toolchain.rustc())
        .env("CARGO_ENCODED_RUSTFLAGS", flags(&workspace, toolchain).join("\x1f"));
    if let Some(linker) = toolchain.linker_of_std_build() {
        cargo
            .arg("-Zbuild-std=std,panic_abort")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    let status = cargo.status().unwrap_or_else(|error| panic!("cargo: {error}"));
    assert!(status.success(), "{} do not compile to {TARGET}", packages.join(", "));
}

fn flags(workspace: &Path, toolchain: &Toolchain) -> Vec<String> {
    let home = env::var_os("CARGO_HOME")
        .map_or_else(|| PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo"), PathBuf::from);
    vec![
        "-Ctarget-feature=+simd128".to_owned(),
        format!("--remap-path-prefix={}=/fettle", workspace.display()),
        format!("--remap-path-prefix={}=/cargo", home.display()),
        format!("--remap-path-prefix={}=/rust", toolchain.sysroot().display()),
    ]
}
