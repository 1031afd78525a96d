//! Whose data a command is about.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use fettle_config::{Data, Purpose, Settings};

/// The settings of a server, or its data folder alone.
#[derive(Args)]
pub struct DataOptions {
    /// The settings file of the server that the data belongs to
    #[arg(long, value_name = "FILE", conflicts_with = "data_dir")]
    config: Option<PathBuf>,
    /// The data folder of a server without a settings file, such as the demo [default: fettle-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl DataOptions {
    /// Settings that say where the data lies.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        match (&self.config, &self.data_dir) {
            (Some(file), _) => Ok(Settings::load(file, Purpose::Command)?),
            (None, Some(folder)) => Ok(Settings::of_folder(folder)),
            (None, None) => Ok(Settings::of_folder(Data::default().dir)),
        }
    }

    /// The same, for data that is there; a folder misspelt is not to become an empty one. A database of PostgreSQL was made
    /// by somebody, whatever is in it.
    pub fn existing(&self) -> anyhow::Result<Settings> {
        let settings = self.settings()?;
        let file = settings.data.metadata_file();
        if settings.metadata.url.is_none() && !file.try_exists()? {
            bail!("there is no data: {} does not exist", file.display());
        }
        Ok(settings)
    }

    /// The same, for what runs plugins: with the secret of a server without a settings file, so that what one has
    /// compiled serves the other.
    pub fn existing_with_secret(&self) -> anyhow::Result<Settings> {
        let mut settings = self.existing()?;
        if self.config.is_none() {
            settings.ensure_secret()?;
        }
        Ok(settings)
    }
}
