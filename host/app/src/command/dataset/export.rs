//! `fettle dataset export`

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use fettle_datasets::format::{self, Artifact, Format};
use fettle_datasets::table::Part;

use super::{Stored, said};
use crate::command::data::DataOptions;

/// Writes a dataset to a file, in the format that is asked for
#[derive(Args)]
pub struct Options {
    /// The dataset
    id: String,
    /// How the file holds the rows; npz always has both sides
    #[arg(long, default_value = "parquet")]
    format: FormatName,
    /// Which rows
    #[arg(long, default_value = "all")]
    split: PartName,
    /// Where to
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// Write it in the place of a file that is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    data: DataOptions,
}

/// A format, as the command line calls it.
#[derive(Clone, Copy)]
struct FormatName(Format);

/// A part, as the command line calls it.
#[derive(Clone, Copy)]
struct PartName(Part);

/// Runs `fettle dataset export`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let artifact = Artifact::new(options.format.0, options.split.0)?;
    let stored = Stored::find(&options.data.existing()?, &options.id).await?;
    let output = &options.output;
    if !options.force && output.try_exists()? {
        bail!(taken(output));
    }
    // On the same file system, so that the file appears whole.
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let whose = || format!("writing {}", output.display());
    let file = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .with_context(whose)?
        .into_temp_path();
    let data = stored.store.fetch_data(&stored.id, folder).await.map_err(|error| said(&error))?;
    let made = tokio::task::spawn_blocking(move || {
        format::make(artifact, data.path(), &file)?;
        Ok(file)
    });
    let file = made.await.context("making the file")?.map_err(|error| said(&error))?;
    let persisted = if options.force { file.persist(output) } else { file.persist_noclobber(output) };
    match persisted {
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => bail!(taken(output)),
        persisted => persisted.map_err(|error| error.error).with_context(whose)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn taken(output: &Path) -> String {
    format!("{} exists; --force would write the dataset in its place", output.display())
}

impl ValueEnum for FormatName {
    fn value_variants<'a>() -> &'a [Self] {
        const { &[Self(Format::Parquet), Self(Format::Arrow), Self(Format::Csv), Self(Format::Npz)] }
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.extension()))
    }
}

impl ValueEnum for PartName {
    fn value_variants<'a>() -> &'a [Self] {
        const { &[Self(Part::Train), Self(Part::Val), Self(Part::All)] }
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.as_str()))
    }
}
