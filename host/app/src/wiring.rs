//! The crates below, put together as the settings say.

use std::fs;
use std::sync::Arc;

use anyhow::Context;
use fettle_api::{ApiSettings, ApiState, Backends};
use fettle_config::Settings;
use fettle_features::Features;
use fettle_metadata::{MetadataStore, SqliteStore};
use fettle_observe::Metrics;
use fettle_series::{ParquetStore, SeriesStore};
use fettle_steps::{Catalogue, Limits, Plugin, Sandbox};

/// What lies in a data folder: metadata and rows.
pub struct House {
    /// Models, devices, users.
    pub metadata: Arc<dyn MetadataStore>,
    /// The devices' rows.
    pub series: Arc<dyn SeriesStore>,
}

impl House {
    /// Opens the data folder that the settings name, and makes it where it is missing.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let folder = &settings.data.dir;
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the data folder {}", folder.display()))?;
        Ok(Self {
            metadata: Arc::new(SqliteStore::open(&settings.data.metadata_file()).await?),
            series: Arc::new(ParquetStore::new(settings.data.series_dir())),
        })
    }

    /// The API over the data, with the sandbox started and every built-in step let in.
    pub async fn api(&self, settings: &Settings) -> anyhow::Result<ApiState> {
        let api_settings = ApiSettings::of(settings)?;
        let metrics = Arc::new(Metrics::new());
        let sandbox = Sandbox::new(sandbox_settings(settings, &api_settings))?;
        let catalogue = Catalogue::new(admit_builtin(&sandbox).await?)?;
        let features = Features {
            metadata: Arc::clone(&self.metadata),
            series: Arc::clone(&self.series),
            sandbox,
            catalogue: Arc::new(catalogue),
            metrics: Arc::clone(&metrics),
            max_cells: settings.limits.max_cells,
        };
        let backends = Backends {
            features: Arc::new(features),
            metadata: Arc::clone(&self.metadata),
            series: Arc::clone(&self.series),
            metrics,
        };
        Ok(ApiState::new(backends, api_settings))
    }
}

fn sandbox_settings(settings: &Settings, api: &ApiSettings) -> fettle_steps::Settings {
    let steps = &settings.steps;
    fettle_steps::Settings {
        threads: steps.threads,
        limits: Limits {
            memory_bytes: steps.memory_bytes(),
            base_time: steps.time_base(),
            time_per_cell: steps.time_per_cell(),
            output_bytes: steps.output_bytes(),
            ..Limits::default()
        },
        pooling: true,
        native_code: Some((steps.native_code_cache.clone(), api.access_token_secret.clone())),
    }
}

/// Lets the built-in steps in, one after the other: the pool of instances has room for one admission at a time, and
/// compiling one, at the first start, keeps all cores busy.
async fn admit_builtin(sandbox: &Arc<Sandbox>) -> anyhow::Result<Vec<Arc<Plugin>>> {
    let mut plugins = Vec::with_capacity(fettle_builtin::PLUGINS.len());
    for builtin in fettle_builtin::PLUGINS {
        let own = Arc::clone(sandbox);
        let admitted = sandbox.threads().run(move || Plugin::admit(&own, builtin.component, None)).await;
        let name = builtin.name;
        plugins.push(admitted?.with_context(|| format!("the built-in plugin `{name}` was not admitted"))?);
    }
    Ok(plugins)
}
