//! The crates below, put together as the settings say.

use std::fs;
use std::sync::Arc;

use anyhow::Context;
use fettle_api::{ApiSettings, ApiState, Backends};
use fettle_cache::{CacheSettings, CachedMetadata, Keeping, RedisSettings};
use fettle_config::Settings;
use fettle_datasets::Datasets;
use fettle_datasets::store::DatasetStore;
use fettle_features::Features;
use fettle_jobs::Jobs;
use fettle_metadata::{DatasetIndex, JobStore, MetadataStore, UserStore};
use fettle_observe::Metrics;
use fettle_series::{ParquetStore, SeriesStore};
use fettle_steps::Plugins;

use crate::database::Database;
use crate::plugins::{self, Keeps, Reloading};
use crate::scratch::Scratch;
use crate::sweep;

/// What lies in a data folder, and in the database that goes with it.
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
    /// The same as `metadata`: what is kept of it, with the database behind. What any process changes through it counts at
    /// once on all hosts.
    cached: Arc<CachedMetadata>,
    /// Where this process counts.
    metrics: Arc<Metrics>,
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
    /// Opens the data folder and the database that the settings name, and makes the folder where it is missing.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let folder = &settings.data.dir;
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the data folder {}", folder.display()))?;
        let metrics = Arc::new(Metrics::new());
        let database = Database::open(settings).await?;
        let cache = cache_settings(settings);
        let cached = Arc::new(CachedMetadata::start(database.metadata, &cache, Arc::clone(&metrics)).await?);
        Ok(Self {
            metadata: Arc::<CachedMetadata>::clone(&cached),
            users: database.users,
            index: database.index,
            series: Arc::new(ParquetStore::new(settings.data.series_dir())),
            jobs: database.jobs,
            cached,
            metrics,
        })
    }

    /// The API over the data, with the sandbox started, the plugins let in, and jobs begun.
    pub async fn serve(&self, settings: &Settings) -> anyhow::Result<Service> {
        let api_settings = ApiSettings::of(settings)?;
        self.warm().await;
        let scratch = open_scratch(settings)?;
        let reloading = Reloading::start(settings, &self.metrics).await?;
        let plugins = Arc::clone(reloading.plugins());
        let features = self.domain(settings, &plugins);
        let datasets = self.datasets(settings, Arc::clone(&features), &scratch)?;
        // Before any job of this host writes there.
        sweep::sweep(&datasets, sweep::first_limit(settings, &scratch)).await;
        let metrics = Arc::clone(&self.metrics);
        let work = Arc::new(datasets.clone());
        let jobs = Jobs::start(Arc::clone(&self.jobs), work, Arc::clone(&metrics), job_settings(settings));
        let jobs = Arc::new(jobs);
        let backends = Backends {
            features,
            datasets: datasets.clone(),
            plugins,
            jobs: Arc::clone(&jobs),
            metadata: Arc::clone(&self.metadata),
            cache: self.cached.status(),
            users: Arc::clone(&self.users),
            series: Arc::clone(&self.series),
            metrics,
        };
        Ok(Service { api: ApiState::new(backends, api_settings), jobs, datasets, reloading, scratch })
    }

    /// The domain over the data, with the plugins that a server on it has; for a command, which changes none of them.
    pub async fn features(&self, settings: &Settings) -> anyhow::Result<Arc<Features>> {
        let plugins = plugins::load(settings, &self.metrics, Keeps::No).await?;
        if let Some(failure) = plugins.failure() {
            // A command may have no log.
            for refusal in &failure.refusals {
                eprintln!(
                    "warning: the last good plugins are used, for the plugins file is refused: {refusal}"
                );
            }
        }
        Ok(self.domain(settings, &plugins))
    }

    fn domain(&self, settings: &Settings, plugins: &Plugins) -> Arc<Features> {
        Arc::new(Features {
            metadata: Arc::clone(&self.metadata),
            series: Arc::clone(&self.series),
            sandbox: Arc::clone(plugins.sandbox()),
            catalogue: plugins.current(),
            metrics: Arc::clone(&self.metrics),
            max_cells: settings.limits.max_cells,
        })
    }

    /// Has all models and field mappings at hand before the first request. One that cannot be had is read when it is
    /// needed.
    async fn warm(&self) {
        match self.cached.warm().await {
            Ok((models, device_types)) => tracing::info!(models, device_types, "the cache is warm"),
            Err(error) => tracing::warn!(%error, "the cache starts empty"),
        }
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

fn cache_settings(settings: &Settings) -> CacheSettings {
    let cache = &settings.cache;
    CacheSettings {
        models: Keeping { lifetime: cache.model_ttl(), entries: cache.model_entries.into() },
        mappings: Keeping { lifetime: cache.mappings_ttl(), entries: cache.mappings_entries.into() },
        devices: Keeping { lifetime: cache.device_ttl(), entries: cache.device_entries.into() },
        redis: cache.redis_url.as_ref().map(|url| RedisSettings {
            url: url.expose().to_owned(),
            prefix: cache.prefix.clone(),
            timeout: cache.redis_timeout(),
        }),
    }
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
