//! `fettle dataset list`

use std::process::ExitCode;

use clap::Args;
use fettle_metadata::{DatasetEntry, DatasetFilter, DatasetIndex, Page};
use serde_json::{Value, json};

use crate::command::data::DataOptions;
use crate::wiring::House;

/// Entries that are read at once.
const PAGE_SIZE: u32 = 500;

/// Lists datasets, newest first
#[derive(Args)]
pub struct Options {
    /// Those of this model alone
    #[arg(long, value_name = "CODE")]
    model: Option<String>,
    /// Print a JSON list
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
}

/// Runs `fettle dataset list`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let index = House::open(&options.data.existing()?).await?.index;
    let datasets = all(index.as_ref(), &DatasetFilter { model_code: options.model }).await?;
    if options.json {
        let list: Vec<Value> = datasets.iter().map(as_json).collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
    } else {
        print(&datasets);
    }
    Ok(ExitCode::SUCCESS)
}

async fn all(index: &dyn DatasetIndex, filter: &DatasetFilter) -> anyhow::Result<Vec<DatasetEntry>> {
    let mut datasets: Vec<DatasetEntry> = Vec::new();
    for number in 1.. {
        let page = Page::new(number, PAGE_SIZE).expect("pages are counted from 1");
        let paged = index.datasets(filter, page).await?;
        let is_last = paged.items.len() < PAGE_SIZE as usize;
        datasets.extend(paged.items);
        if is_last {
            break;
        }
    }
    Ok(datasets)
}

fn as_json(dataset: &DatasetEntry) -> Value {
    json!({
        "dataset_id": dataset.id,
        "model_code": dataset.model_code,
        "created_by": dataset.created_by,
        "job_id": dataset.job_id,
        "created_at": dataset.created_at,
        "digest": dataset.digest,
        "train_samples": dataset.train_samples,
        "val_samples": dataset.val_samples,
        "feature_count": dataset.feature_count,
        "summary": dataset.summary,
    })
}

fn print(datasets: &[DatasetEntry]) {
    let width = |of: fn(&DatasetEntry) -> &str, title: &str| {
        datasets.iter().map(|dataset| of(dataset).chars().count()).max().unwrap_or(0).max(title.len())
    };
    let (id, model) =
        (width(|dataset| &dataset.id, "dataset"), width(|dataset| &dataset.model_code, "model"));
    let columns = ["dataset", "model", "train", "val", "features", "built", "by"];
    let [dataset, of, train, val, features, built, by] = columns;
    println!("{dataset:id$}  {of:model$}  {train:>8}  {val:>8}  {features:>8}  {built:20}  {by}");
    for entry in datasets {
        let DatasetEntry { train_samples, val_samples, feature_count, created_by, .. } = entry;
        let built = entry.created_at.strftime("%Y-%m-%d %H:%M UTC");
        println!(
            "{:id$}  {:model$}  {train_samples:>8}  {val_samples:>8}  {feature_count:>8}  {built:20}  {created_by}",
            entry.id, entry.model_code
        );
    }
}
