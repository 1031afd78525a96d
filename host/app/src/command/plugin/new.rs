//! `fettle plugin new`: where a plugin begins.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use fettle_authoring::{Kind, Language, NewPlugin, PluginName};

/// Makes a folder for a new plugin, which `make` builds: a worked method, tests, a README
///
/// The folder brings all that it takes but `make` and a compiler: Rust 1.95 or newer, or for C Zig, which `make` fetches
/// where it is missing.
#[derive(Args)]
pub struct Options {
    /// Its name: lower-case letters, digits and hyphens. So the folder is called, and with `_` for `-` the method
    #[arg(value_name = "NAME")]
    name: PluginName,
    /// What its method is for: missing-value, outlier, window, feature or normalize
    #[arg(long, value_name = "KIND")]
    kind: Kind,
    /// What it is written in: rust or c
    #[arg(long, value_name = "LANGUAGE", default_value = "rust")]
    lang: Language,
    /// The folder that the new one is made in
    #[arg(long, value_name = "DIR", default_value = ".")]
    parent: PathBuf,
}

/// Runs `fettle plugin new`.
pub fn run(options: Options) -> anyhow::Result<ExitCode> {
    let Options { name, kind, lang: language, parent } = options;
    let program = env::current_exe().context("cannot tell where this program is")?;
    let plugin = NewPlugin { name: name.clone(), kind, language, program };
    let folder = fettle_authoring::create(&plugin, &parent)?;
    let folder = folder.display();
    println!(
        "Made {folder}. There, `make` builds {name}.wasm, `make test` tests it natively, and `make check`"
    );
    println!("tries everything that a server asks of a plugin. README.md says how to go on.");
    Ok(ExitCode::SUCCESS)
}
