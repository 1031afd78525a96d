//! `fettle plugin componentize`: the last step of a build.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::opened;

/// Makes a component of the module that a compiler made
///
/// The module is for wasm32-unknown-unknown (or imports as little) and carries the contract's types, as fettle-sdk and
/// wit-bindgen embed them.
#[derive(Args)]
pub struct Options {
    /// The module
    #[arg(value_name = "MODULE.wasm")]
    module: PathBuf,
    /// Where the component goes
    #[arg(long, short, value_name = "FILE.wasm")]
    output: PathBuf,
}

/// Runs `fettle plugin componentize`.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let module = opened::read(&options.module)?;
    let component =
        fettle_authoring::componentize(&module).with_context(|| options.module.display().to_string())?;
    // Whole or not at all: a server may be watching the file.
    let unfinished = options.output.with_extension(format!("part-{}", std::process::id()));
    fs::write(&unfinished, component)
        .and_then(|()| fs::rename(&unfinished, &options.output))
        .with_context(|| format!("cannot write {}", options.output.display()))?;
    Ok(ExitCode::SUCCESS)
}
