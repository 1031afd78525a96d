//! Whose data a command is about.

use std::path::PathBuf;

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
            (None, Some(folder)) => Ok(Settings::embedded(folder)),
            (None, None) => Ok(Settings::embedded(Data::default().dir)),
        }
    }
}
