//! `fettle plugin`: for those who write steps.

mod bench;
mod check;
mod componentize;
mod inspect;
mod new;
mod opened;
mod run;
mod table;
mod terms;

use std::process::ExitCode;

use clap::Subcommand;

/// Begins, checks, shows, runs and measures plugins of one's own
#[derive(Subcommand)]
pub enum Command {
    New(new::Options),
    Componentize(componentize::Options),
    Check(check::Options),
    Inspect(inspect::Options),
    Run(run::Options),
    Bench(bench::Options),
}

/// Runs `fettle plugin`.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::New(options) => new::run(options),
        Command::Componentize(options) => componentize::run(&options),
        Command::Check(options) => check::run(options).await,
        Command::Inspect(options) => inspect::run(options).await,
        Command::Run(options) => run::run(options).await,
        Command::Bench(options) => bench::run(options).await,
    }
}
