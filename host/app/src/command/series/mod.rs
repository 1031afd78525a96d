//! `fettle series`: the rows that are stored.

mod delete;
mod list;

use std::process::ExitCode;

use clap::Subcommand;

/// Lists and removes the rows of devices
#[derive(Subcommand)]
pub enum Command {
    List(list::Options),
    Delete(delete::Options),
}

/// Runs `fettle series`.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::List(options) => list::run(options).await,
        Command::Delete(options) => delete::run(options).await,
    }
}
