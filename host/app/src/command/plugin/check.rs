//! `fettle plugin check`: whether a plugin keeps its promises.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use fettle_conformance::{Options as Thoroughness, Report};
use indicatif::ProgressBar;

use super::opened;
use super::terms::TermOptions;

/// Admits a plugin as a server would, and tries everything that the contract asks of it
///
/// Inputs are generated: empty and single rows, no value at all, huge and tiny ones, a million rows, every parameter
/// that the schema allows. What breaks a promise is told with the smallest input that shows it; then the exit code
/// is 1. The same file and seed give the same report.
#[derive(Args)]
pub struct Options {
    /// The component
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// What generated inputs follow from
    #[arg(long, value_name = "NUMBER", default_value_t = Thoroughness::default().seed)]
    seed: u64,
    /// Cases of each property, at least
    #[arg(long, value_name = "NUMBER", default_value_t = Thoroughness::default().cases)]
    cases: usize,
    #[command(flatten)]
    terms: TermOptions,
}

/// Runs `fettle plugin check`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let bytes = opened::read(&options.file)?;
    let thoroughness = Thoroughness { seed: options.seed, cases: options.cases };
    let report = checked(bytes, options.terms, thoroughness).await?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(if report.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn checked(bytes: Vec<u8>, terms: TermOptions, thoroughness: Thoroughness) -> anyhow::Result<Report> {
    let sandbox = opened::sandbox()?;
    let terms = terms.terms(&sandbox);
    // Nothing is shown where standard error is no terminal.
    let bar = ProgressBar::new_spinner();
    let (shown, own) = (bar.clone(), Arc::clone(&sandbox));
    let progress = move |what: &str| {
        shown.set_message(what.to_owned());
        shown.tick();
    };
    let check = move || fettle_conformance::check(&own, &bytes, &terms, thoroughness, progress);
    let report = sandbox.threads().run(check).await;
    bar.finish_and_clear();
    Ok(report?)
}
