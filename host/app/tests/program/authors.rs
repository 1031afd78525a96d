//! Folders of plugins, as their authors have them on a machine of their own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// An empty folder. It has the same path at every run: what was compiled of it serves the next.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("authors").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The environment of an author's shell: with the program on the path, and nothing of what cargo tells a test.
pub fn environment(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO") && !["CARGO_HOME", "CARGO_NET_OFFLINE"].contains(&&*name) {
            command.env_remove(name);
        }
    }
    let program = Path::new(env!("CARGO_BIN_EXE_fettle")).parent().unwrap().to_owned();
    let path = env::split_paths(&env::var_os("PATH").unwrap()).collect::<Vec<_>>();
    command.env("PATH", env::join_paths([program].into_iter().chain(path)).unwrap());
    // Dependencies are compiled once for all folders.
    command.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-plugins"));
    let zig = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/zig")).output().unwrap();
    if zig.status.success() {
        command.env("ZIG", String::from_utf8(zig.stdout).unwrap().trim());
    }
    // The compiler that `make test` itself falls back to.
    let debian = Path::new("/usr/bin/rustc");
    if !has_target() && debian.exists() && env::var_os("FETTLE_WASM_RUSTC").is_none() {
        command.env("FETTLE_WASM_RUSTC", debian);
    }
}

fn has_target() -> bool {
    let asked = ["--print", "target-libdir", "--target", "wasm32-unknown-unknown"];
    let output = Command::new("rustc").args(asked).output().unwrap();
    Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
}
