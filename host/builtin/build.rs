//! Compiles the crates in `plugins/` to components, which the library embeds.

use std::env;
use std::fs;
use std::path::PathBuf;

const PLUGINS: [&str; 5] = ["missing-value", "outlier", "window", "statistics", "normalize"];

fn main() {
    // Relative to this package: clones that share a target folder must not be taken for one another.
    for watched in ["plugins", "sdk/src", "sdk/Cargo.toml", "wit", "Cargo.toml", "Cargo.lock"] {
        println!("cargo:rerun-if-changed=../../{watched}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=FETTLE_WASM_RUSTC");

    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let packages = PLUGINS.map(|plugin| format!("fettle-{plugin}"));
    let components = fettle_componentize::components(&packages.each_ref().map(String::as_str), &out);
    for (plugin, component) in PLUGINS.iter().zip(components) {
        fs::write(out.join(format!("{plugin}.wasm")), component).expect("OUT_DIR can be written");
    }
}
