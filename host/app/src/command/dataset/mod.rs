//! `fettle dataset`: training datasets, without a server or beside one.

mod build;
mod export;
mod following;
mod list;
mod replay;
mod request;
mod show;

use std::process::ExitCode;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use clap::Subcommand;
use fettle_config::Settings;
use fettle_datasets::StorageError;
use fettle_datasets::store::{DatasetId, DatasetStore};

use crate::wiring::House;

/// Builds, lists, shows, exports and replays training datasets
#[derive(Subcommand)]
pub enum Command {
    Build(build::Options),
    List(list::Options),
    Show(show::Options),
    Export(export::Options),
    Replay(replay::Options),
}

/// Runs `fettle dataset`.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Build(options) => build::run(options).await,
        Command::List(options) => list::run(options).await,
        Command::Show(options) => show::run(options).await,
        Command::Export(options) => export::run(options).await,
        Command::Replay(options) => replay::run(options).await,
    }
}

/// Where a dataset lies that there is.
struct Stored {
    id: DatasetId,
    store: DatasetStore,
    /// Its manifest, as it is stored.
    manifest: Bytes,
}

impl Stored {
    /// Looks a dataset up. That takes no plugins, which [`Datasets`](fettle_datasets::Datasets) begins with.
    async fn find(settings: &Settings, id: &str) -> anyhow::Result<Self> {
        let missing = || format!("there is no dataset `{id}`");
        let index = House::open(settings).await?.index;
        index.dataset(id).await?.with_context(missing)?;
        let id = DatasetId::parse(id).with_context(missing)?;
        let store = DatasetStore::at(&settings.datasets.location).map_err(|error| said(&error))?;
        let manifest = store.manifest(&id).await.map_err(|error| said(&error))?;
        let manifest = manifest.with_context(|| {
            format!("the dataset `{id}` is damaged: its manifest is not in the dataset store")
        })?;
        Ok(Self { id, store, manifest })
    }
}

/// A storage error without its source, which it says itself.
fn said(error: &StorageError) -> anyhow::Error {
    anyhow!("{error}")
}
