//! `fettle dataset build`

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use fettle_datasets::{BuiltFor, DatasetSummary};

use super::following::{CANCELLED, follow};
use super::request;
use crate::command::data::DataOptions;
use crate::wiring::{House, open_scratch};

/// Builds a dataset and stores it, whole or not at all
///
/// A server on the same data shows it at once. Ctrl-C cancels it and leaves nothing behind.
#[derive(Args)]
pub struct Options {
    /// A file with the body of POST /api/v2/ai/features/dataset, or - for standard input
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    /// Print the summary as JSON, as the API answers it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
}

/// Runs `fettle dataset build`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let settings = options.data.existing_with_secret()?;
    let request = request::read(&options.request, &settings.data.time_zone)?;
    let house = House::open(&settings).await?;
    let scratch = open_scratch(&settings)?;
    let datasets = house.datasets(&settings, house.features(&settings).await?, &scratch)?;
    let built_for = BuiltFor { user: shell_user(), job_id: None };
    let built = follow(async |progress| datasets.build(request, built_for, progress).await).await?;
    let Some(manifest) = built else { return Ok(CANCELLED.into()) };
    let summary = DatasetSummary::from(&manifest);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        print(&summary);
    }
    Ok(ExitCode::SUCCESS)
}

/// Who uses the shell. Nobody has logged in here.
fn shell_user() -> String {
    match env::var("USER") {
        Ok(user) if !user.is_empty() => format!("{user} (command line)"),
        _ => "(command line)".to_owned(),
    }
}

fn print(summary: &DatasetSummary) {
    let DatasetSummary { dataset_id, train_samples, val_samples, feature_count, digest, .. } = summary;
    println!(
        "{dataset_id}: {train_samples} windows to train on, {val_samples} to validate with, {feature_count} features"
    );
    if let Some(distribution) = &summary.class_distribution {
        let classes: Vec<String> =
            distribution.iter().map(|(class, windows)| format!("{class}: {windows}")).collect();
        println!("  classes  {}", classes.join(", "));
    }
    if let Some(label) = &summary.label_statistics {
        let shown = |value: Option<f64>| value.map_or("none".to_owned(), |value| value.to_string());
        let total = &label.total;
        println!("  label    {} to {}, mean {}", shown(total.min), shown(total.max), shown(total.mean));
    }
    if summary.dropped_windows > 0 {
        println!("  dropped  {} windows", summary.dropped_windows);
    }
    println!("  digest   {digest}");
    for warning in &summary.warnings {
        println!("  warning  {}", warning.message);
    }
}
