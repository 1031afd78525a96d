//! `fettle dataset replay`

use std::process::ExitCode;

use clap::Args;
use fettle_datasets::Replayed;

use super::following::{CANCELLED, follow};
use crate::command::data::DataOptions;
use crate::wiring::{House, open_scratch};

/// Builds a dataset again and says whether it comes out the same
///
/// It is built from its manifest, with the plugins that were stored with it, over the rows that there are now. Exit code
/// 0 where all of it is the same to the last bit; 1 where it is not, with what changed. What is built is not kept.
#[derive(Args)]
pub struct Options {
    /// The dataset
    id: String,
    /// Print the result as JSON, as the API answers it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
}

/// Runs `fettle dataset replay`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let settings = options.data.existing_with_secret()?;
    let house = House::open(&settings).await?;
    let scratch = open_scratch(&settings)?;
    let datasets = house.datasets(&settings, house.features(&settings).await?, &scratch)?;
    let replayed = follow(async |progress| datasets.replay(&options.id, progress).await).await?;
    let Some(replayed) = replayed else { return Ok(CANCELLED.into()) };
    if options.json {
        println!("{}", serde_json::to_string_pretty(&replayed)?);
    } else {
        print(&replayed);
    }
    Ok(if replayed.identical { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(replayed: &Replayed) {
    if replayed.identical {
        println!("{} is identical: {}", replayed.dataset_id, replayed.digest);
        return;
    }
    println!("{} is not the same", replayed.dataset_id);
    for difference in &replayed.differences {
        let what = serde_json::to_value(difference.what).unwrap_or_default();
        println!("  {} {}: {}", what.as_str().unwrap_or_default(), difference.name, difference.message);
    }
}
