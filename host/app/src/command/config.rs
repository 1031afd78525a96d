//! `fettle config`: what the settings are.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use fettle_config::{Data, Purpose, Settings};

/// Checks settings
#[derive(Subcommand)]
pub enum Command {
    /// Checks a settings file and prints every setting in force; without a file, the defaults
    ///
    /// Exit code 1, and every mistake with its line, where a server would not start with it.
    Check {
        /// The settings file
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

/// Runs `fettle config`.
pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Check { config } = command;
    let settings = match config {
        Some(file) => Settings::load(file, Purpose::Serve)?,
        None => Settings::embedded(Data::default().dir),
    };
    print!("{}", settings.explain());
    Ok(ExitCode::SUCCESS)
}
