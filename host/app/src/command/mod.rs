//! The command line: a file for each command.

mod compile_plugin;
mod config;
mod data;
mod dataset;
mod demo;
mod import;
mod instant;
mod plugin;
mod series;
mod serve;
mod user;

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

/// Features from device telemetry, computed by sandboxed steps.
#[derive(Parser)]
#[command(name = "fettle", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "Begin with `fettle demo`: it makes its own data and shows what to do with it.")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Options),
    Serve(serve::Options),
    Import(import::Options),
    #[command(subcommand)]
    Dataset(dataset::Command),
    #[command(subcommand)]
    Series(series::Command),
    #[command(subcommand)]
    Plugin(plugin::Command),
    #[command(subcommand)]
    Config(config::Command),
    #[command(subcommand)]
    User(user::Command),
    #[command(name = COMPILE_PLUGIN, hide = true)]
    CompilePlugin(compile_plugin::Options),
}

/// The command that a server runs to compile what does not come with it.
pub const COMPILE_PLUGIN: &str = "compile-plugin";

/// Runs what the command line asks for. Results go to standard output, everything else to standard error.
pub fn main() -> ExitCode {
    match run(CommandLine::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    if let Command::CompilePlugin(options) = &command {
        // Before there are threads, which would share its limits.
        return Ok(compile_plugin::run(options));
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    let outcome = runtime.block_on(async {
        outlive_full_files()?;
        match command {
            Command::Demo(options) => demo::run(options).await,
            Command::Serve(options) => serve::run(options).await,
            Command::Import(options) => import::run(options).await,
            Command::Dataset(command) => dataset::run(command).await,
            Command::Series(command) => series::run(command).await,
            Command::Plugin(command) => plugin::run(command).await,
            Command::Config(command) => config::run(&command),
            Command::User(command) => user::run(command).await,
            Command::CompilePlugin(options) => Ok(compile_plugin::run(&options)),
        }
    });
    // What still runs was cut off on purpose; nobody waits for its threads.
    runtime.shutdown_background();
    outcome
}

/// A file that grows beyond what the system allows a process (`ulimit -f`) would end it. With a handler, which stays when
/// its receiver goes, the write fails instead, as on a full disk.
fn outlive_full_files() -> anyhow::Result<()> {
    signal(SignalKind::from_raw(libc::SIGXFSZ)).map(drop).context("cannot listen for signals")
}
