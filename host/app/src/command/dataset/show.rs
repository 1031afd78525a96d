//! `fettle dataset show`

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use fettle_datasets::manifest::{Content, LabelRecord, Manifest, StepRecord};
use serde_json::Value;

use super::Stored;
use crate::command::data::DataOptions;

/// Shows what a dataset is and how it came about
#[derive(Args)]
pub struct Options {
    /// The dataset
    id: String,
    /// Print the manifest as it is stored
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
}

/// Runs `fettle dataset show`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let stored = Stored::find(&options.data.existing()?, &options.id).await?;
    let mut out = io::stdout().lock();
    if options.json {
        out.write_all(&stored.manifest)?;
        writeln!(out)?;
    } else {
        let manifest: Manifest = serde_json::from_slice(&stored.manifest)
            .with_context(|| format!("the manifest of `{}` cannot be read", stored.id))?;
        out.write_all(described(&manifest)?.as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn described(manifest: &Manifest) -> Result<String, anyhow::Error> {
    let Manifest { content, .. } = manifest;
    let Content { request, model, train_samples, val_samples, .. } = content;
    let mut text = String::new();
    let job = manifest.job_id.as_ref().map(|job| format!(" ({job})")).unwrap_or_default();
    writeln!(text, "{}", manifest.dataset_id)?;
    writeln!(text, "  built     {} by {}{job}", manifest.created_at, manifest.created_by)?;
    writeln!(
        text,
        "            in {} ms, with {} on {}",
        manifest.duration_ms, manifest.program, manifest.host
    )?;
    writeln!(text, "  digest    {}", manifest.digest)?;
    writeln!(text, "  model     {}, revision {}", model.model_code, model.revision)?;
    writeln!(text, "  range     {} to {}", request.start_time, request.end_time)?;
    writeln!(
        text,
        "  windows   {train_samples} to train on, {val_samples} to validate with, {} dropped",
        content.dropped_windows.total()
    )?;
    describe_split(&mut text, content)?;
    describe_label(&mut text, &content.label)?;
    describe_devices(&mut text, content)?;
    writeln!(text, "\nsteps")?;
    for step in &content.steps {
        describe_step(&mut text, step)?;
    }
    writeln!(text, "\nfeatures (missing; 0, 25, 50, 75 and 100 % before normalization)")?;
    for feature in &content.features {
        let quantile = |percent: usize| {
            feature.quantiles.get(percent).map_or("none".to_owned(), |value| format!("{value:.4}"))
        };
        let quantiles = [0, 25, 50, 75, 100].map(quantile).join("  ");
        writeln!(text, "  {:32}  {:>6}  {quantiles}", feature.name, feature.missing)?;
    }
    if !manifest.warnings.is_empty() {
        writeln!(text, "\nwarnings")?;
    }
    for warning in &manifest.warnings {
        writeln!(text, "  {}: {}", warning.code, warning.message)?;
    }
    Ok(text)
}

fn describe_split(text: &mut String, content: &Content) -> Result<(), anyhow::Error> {
    let (split, record) = (&content.request.split, &content.split);
    write!(text, "  split     {}", word(&split.split_method)?)?;
    if let Some(cut) = record.cut_time {
        write!(text, " at {cut}")?;
    }
    if let Some(devices) = &record.val_devices {
        write!(text, ", validation has {}", devices.join(", "))?;
    }
    let share = record.val_windows_sharing_rows;
    writeln!(text, "; {share} validation windows share rows with training")?;
    Ok(())
}

fn describe_label(text: &mut String, label: &LabelRecord) -> Result<(), anyhow::Error> {
    writeln!(text, "  label     {}", label.name)?;
    let sides = [
        ("in all", &label.class_distribution),
        ("train", &label.class_distribution_train),
        ("val", &label.class_distribution_val),
    ];
    for (side, distribution) in sides {
        let Some(distribution) = distribution else { continue };
        let classes: Vec<String> =
            distribution.iter().map(|(class, windows)| format!("{class}: {windows}")).collect();
        writeln!(text, "            {side:6}  {}", classes.join(", "))?;
    }
    if let Some(statistics) = &label.statistics {
        let shown = |value: Option<f64>| value.map_or("none".to_owned(), |value| value.to_string());
        let total = &statistics.total;
        let (min, max, mean) = (shown(total.min), shown(total.max), shown(total.mean));
        writeln!(text, "            {min} to {max}, mean {mean}")?;
    }
    Ok(())
}

fn describe_devices(text: &mut String, content: &Content) -> Result<(), anyhow::Error> {
    writeln!(text, "\ndevices")?;
    for device in &content.devices {
        let changed: usize = device.counts.changed_cells.values().sum();
        writeln!(
            text,
            "  {}: {} rows from {} to {}, {} cells imputed, {changed} changed; {} windows to train on, {} to validate \
             with, {} dropped",
            device.device_code,
            device.rows,
            device.first_row,
            device.last_row,
            device.counts.imputed_cells,
            device.train_samples,
            device.val_samples,
            device.dropped_windows.total()
        )?;
    }
    for skipped in &content.skipped_devices {
        writeln!(text, "  {}: left out: {}", skipped.device_code, skipped.reason)?;
    }
    Ok(())
}

fn describe_step(text: &mut String, step: &StepRecord) -> Result<(), anyhow::Error> {
    let params = Value::Object(step.params.clone());
    let StepRecord { kind, method, plugin, version, digest, .. } = step;
    let traits = match (step.fitted, step.causal) {
        (true, true) => ", fitted",
        (true, false) => ", fitted, not causal",
        (false, true) => "",
        (false, false) => ", not causal",
    };
    writeln!(text, "  {kind}: {method} {params}{traits}")?;
    writeln!(text, "    plugin {plugin} {version}, sha256 {digest}")?;
    Ok(())
}

/// The name that a choice has in requests.
fn word(choice: &impl serde::Serialize) -> Result<String, anyhow::Error> {
    let value = serde_json::to_value(choice)?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}
