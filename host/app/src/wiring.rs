//! The crates below, put together as the settings say.

use std::fs;
use std::sync::Arc;

use anyhow::Context;
use fettle_api::{ApiSettings, ApiState, Backends};
use fettle_config::Settings;
use fettle_datasets::Datasets;
use fettle_datasets::store::DatasetStore;
use fettle_features::Features;
use fettle_jobs::Jobs;
use fettle_metadata::{DatasetIndex, JobStore, MetadataStore, SqliteStore, UserStore};
use fettle_observe::Metrics;
use fettle_series::{ParquetStore, SeriesStore};
use fettle_steps::Plugins;

use crate::plugins::{self, Keeps, Reloading};
use crate::scratch::Scratch;
use crate::sweep;

/// What lies in a data folder.
pub struct House {
    /// Models, fields, devices.
    pub metadata: Arc<dyn MetadataStore>,
    /// Who may log in.
    pub users: Arc<dyn UserStore>,
    /// Which datasets there are.
    pub index: Arc<dyn DatasetIndex>,
    /// The devices' rows.
    pub series: Arc<dyn SeriesStore>,
    /// Jobs of all hosts.
    jobs: Arc<dyn JobStore>,
}

/// What a server runs.
pub struct Service {
    /// The API over the data.
    pub api: ApiState,
    /// This host's part in running jobs.
    pub jobs: Arc<Jobs>,
    /// Training datasets.
    pub datasets: Datasets,
    /// What keeps the plugins those of their file.
    pub reloading: Reloading,
    /// Where files stand on the way; to be dropped last.
    pub scratch: Scratch,
}

impl House {
    /// Opens the data folder that the settings name, and makes it where it is missing.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let folder = &settings.data.dir;
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the data folder {}", folder.display()))?;
        let metadata = Arc::new(SqliteStore::open(&settings.data.metadata_file()).await?);
        Ok(Self {
            metadata: Arc::<SqliteStore>::clone(&metadata),
            users: Arc::<SqliteStore>::clone(&metadata),
            index: Arc::<SqliteStore>::clone(&metadata),
            series: Arc::new(ParquetStore::new(settings.data.series_dir())),
            jobs: metadata,
        })
    }

    /// The API over the data, with the sandbox started, the plugins let in, and jobs begun.
    pub async fn serve(&self, settings: &Settings) -> anyhow::Result<Service> {
        let api_settings = ApiSettings::of(settings)?;
        let scratch = open_scratch(settings)?;
        let reloading = Reloading::start(settings).await?;
        let plugins = Arc::clone(reloading.plugins());
        let features = self.domain(settings, &plugins, Arc::clone(reloading.metrics()));
        let datasets = self.datasets(settings, Arc::clone(&features), &scratch)?;
        // Before any job of this host writes there.
        sweep::sweep(&datasets, sweep::first_limit(settings, &scratch)).await;
        let metrics = Arc::clone(&features.metrics);
        let work = Arc::new(datasets.clone());
        let jobs = Jobs::start(Arc::clone(&self.jobs), work, Arc::clone(&metrics), job_settings(settings));
        let jobs = Arc::new(jobs);
        let backends = Backends {
            features,
            datasets: datasets.clone(),
            plugins,
            jobs: Arc::clone(&jobs),
            metadata: Arc::clone(&self.metadata),
            users: Arc::clone(&self.users),
            series: Arc::clone(&self.series),
            metrics,
        };
        Ok(Service { api: ApiState::new(backends, api_settings), jobs, datasets, reloading, scratch })
    }

    /// The domain over the data, with the plugins that a server on it has; for a command, which changes none of them.
    pub async fn features(&self, settings: &Settings) -> anyhow::Result<Arc<Features>> {
        let metrics = Arc::new(Metrics::new());
        let plugins = plugins::load(settings, &metrics, Keeps::No).await?;
        if let Some(failure) = plugins.failure() {
            // A command may have no log.
            for refusal in &failure.refusals {
                eprintln!(
                    "warning: the last good plugins are used, for the plugins file is refused: {refusal}"
                );
            }
        }
        Ok(self.domain(settings, &plugins, metrics))
    }

    fn domain(&self, settings: &Settings, plugins: &Plugins, metrics: Arc<Metrics>) -> Arc<Features> {
        Arc::new(Features {
            metadata: Arc::clone(&self.metadata),
            series: Arc::clone(&self.series),
            sandbox: Arc::clone(plugins.sandbox()),
            catalogue: plugins.current(),
            metrics,
            max_cells: settings.limits.max_cells,
        })
    }

    /// Datasets of the domain; files on the way stand in `scratch`.
    pub fn datasets(
        &self,
        settings: &Settings,
        features: Arc<Features>,
        scratch: &Scratch,
    ) -> anyhow::Result<Datasets> {
        let store = Arc::new(DatasetStore::at(&settings.datasets.location)?);
        Ok(Datasets::new(features, store, Arc::clone(&self.index), scratch.path()))
    }
}

/// A place for this process's files on the way.
pub fn open_scratch(settings: &Settings) -> anyhow::Result<Scratch> {
    let folder = settings.data.scratch_dir();
    Scratch::open(&folder).with_context(|| format!("cannot use the folder {}", folder.display()))
}

fn job_settings(settings: &Settings) -> fettle_jobs::Settings {
    let (lease, ordinary) = (settings.jobs.lease(), fettle_jobs::Settings::default());
    fettle_jobs::Settings {
        host: format!("process {}", std::process::id()),
        lease,
        // Two that are lost do not end a lease.
        heartbeat: ordinary.heartbeat.min(lease / 4),
        keep: settings.jobs.keep(),
        ..ordinary
    }
}
