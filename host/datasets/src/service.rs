//! Datasets as a service: build, look up, compare, serve.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use fettle_features::{FeaturePlan, Features};
use fettle_metadata::{DatasetEntry, DatasetFilter, DatasetIndex, Page, Paged};
use fettle_steps::Catalogue;
use jiff::Timestamp;
use serde_json::{Map, json};

use crate::build::{Built, build};
use crate::manifest::Manifest;
use crate::plugins::StoredPlugins;
use crate::store::{DatasetId, DatasetStore};
use crate::{DatasetError, DatasetRequest, Progress, Recipe, StorageError};

/// Datasets: the domain, where they are kept, and which there are.
#[derive(Clone)]
pub struct Datasets {
    pub(crate) features: Arc<Features>,
    store: Arc<DatasetStore>,
    index: Arc<dyn DatasetIndex>,
    /// Where files stand on the way.
    scratch: PathBuf,
    plugins: Arc<StoredPlugins>,
}

/// Who a dataset is built for.
#[derive(Debug, Clone)]
pub struct BuiltFor {
    /// The user who asked for it.
    pub user: String,
    /// The job that builds it, where one does.
    pub job_id: Option<String>,
}

impl Datasets {
    /// Over these stores; files on the way stand in the folder `scratch`, which exists.
    pub fn new(
        features: Arc<Features>,
        store: Arc<DatasetStore>,
        index: Arc<dyn DatasetIndex>,
        scratch: PathBuf,
    ) -> Self {
        let plugins = Arc::new(StoredPlugins::new(Arc::clone(&store)));
        Self { features, store, index, scratch, plugins }
    }

    /// Where datasets are kept.
    pub fn store(&self) -> &Arc<DatasetStore> {
        &self.store
    }

    /// Where files stand on the way.
    pub fn scratch(&self) -> &PathBuf {
        &self.scratch
    }

    /// Looks up everything that a request names, and builds nothing: what is wrong with it shows at once.
    pub async fn check(&self, request: DatasetRequest) -> Result<Recipe, DatasetError> {
        Ok(Recipe::resolve(&self.features, &self.features.catalogue.get(), request).await?)
    }

    /// How many rows the devices of a request have in its range.
    pub async fn count_rows(&self, recipe: &Recipe) -> Result<u64, DatasetError> {
        let mut rows = 0;
        for code in &recipe.request.device_codes {
            let device = recipe.pipeline.device(code);
            let counted = self.features.series.count_rows(&device, recipe.pipeline.range).await;
            rows += counted.map_err(fettle_features::FeatureError::from)?;
        }
        Ok(rows)
    }

    /// Builds a dataset and stores it, whole or not at all.
    pub async fn build(
        &self,
        request: DatasetRequest,
        built_for: BuiltFor,
        progress: Arc<dyn Progress>,
    ) -> Result<Manifest, DatasetError> {
        if let Some(job_id) = &built_for.job_id
            && let Some(entry) = self.index.dataset_of_job(job_id).await?
        {
            // The job was finished before but for a note of it.
            return self.manifest(&entry.id).await;
        }
        let begun = Instant::now();
        let _query = self.features.metrics.query_started();
        let recipe = Arc::new(self.check(request).await?);
        let built = build(&self.features, &recipe, progress, &self.scratch).await?;
        for step in recipe.pipeline.plan.steps() {
            let plugin = step.plugin();
            self.store.put_plugin(plugin.digest(), Bytes::copy_from_slice(plugin.component())).await?;
        }
        self.publish(built, built_for, begun).await
    }

    async fn publish(
        &self,
        built: Built,
        built_for: BuiltFor,
        begun: Instant,
    ) -> Result<Manifest, DatasetError> {
        let Built { table, content, warnings } = built;
        let now = Timestamp::now();
        let id = parsed(&self.index.reserve_dataset_id(now).await?)?;
        let manifest = Manifest {
            dataset_id: id.as_str().to_owned(),
            created_at: now,
            created_by: built_for.user,
            job_id: built_for.job_id,
            duration_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            program: concat!("fettle ", env!("CARGO_PKG_VERSION")).to_owned(),
            host: host_name(),
            digest: content.digest(),
            parts: content.part_digests(),
            content,
            warnings,
        };
        let json =
            serde_json::to_vec(&manifest).map_err(|error| StorageError::writing("the manifest", error))?;
        self.store.publish(&id, &table, json.into()).await?;
        if let Err(error) = self.index.insert_dataset(&entry_of(&manifest)).await {
            // Nobody would ever find it.
            self.store.delete(&id).await?;
            return Err(error.into());
        }
        Ok(manifest)
    }

    /// A dataset's manifest.
    pub async fn manifest(&self, id: &str) -> Result<Manifest, DatasetError> {
        let json = self.manifest_text(id).await?;
        serde_json::from_slice(&json).map_err(|error| DatasetError::Damaged {
            id: id.to_owned(),
            problem: format!("its manifest cannot be read: {error}"),
        })
    }

    /// The same, as it is stored.
    pub async fn manifest_text(&self, id: &str) -> Result<Bytes, DatasetError> {
        let missing = || DatasetError::NotFound(id.to_owned());
        let parsed = DatasetId::parse(id).map_err(|_| missing())?;
        self.index.dataset(id).await?.ok_or_else(missing)?;
        self.store.manifest(&parsed).await?.ok_or_else(|| DatasetError::Damaged {
            id: id.to_owned(),
            problem: "its manifest is not in the dataset store".to_owned(),
        })
    }

    /// A dataset as lists show it.
    pub async fn entry(&self, id: &str) -> Result<DatasetEntry, DatasetError> {
        self.index.dataset(id).await?.ok_or_else(|| DatasetError::NotFound(id.to_owned()))
    }

    /// A page of datasets, newest first.
    pub async fn list(
        &self,
        filter: &DatasetFilter,
        page: Page,
    ) -> Result<Paged<DatasetEntry>, DatasetError> {
        Ok(self.index.datasets(filter, page).await?)
    }

    /// Removes a dataset; plugins stay for those that were built with them too.
    ///
    /// The files go first: what is stored and not listed would be [listed again](Self::sweep), what is listed and not
    /// stored can be removed once more.
    pub async fn delete(&self, id: &str) -> Result<(), DatasetError> {
        let missing = || DatasetError::NotFound(id.to_owned());
        let parsed = DatasetId::parse(id).map_err(|_| missing())?;
        self.index.dataset(id).await?.ok_or_else(missing)?;
        self.store.delete(&parsed).await?;
        if self.index.delete_dataset(id).await? { Ok(()) } else { Err(missing()) }
    }

    pub(crate) fn index(&self) -> &dyn DatasetIndex {
        self.index.as_ref()
    }

    pub(crate) fn plugins(&self) -> &StoredPlugins {
        &self.plugins
    }

    /// The plan of a dataset, made of the very plugins that it was built with.
    pub(crate) async fn plan(&self, manifest: &Manifest) -> Result<FeaturePlan, DatasetError> {
        let catalogue: Arc<Catalogue> = self.plugins.catalogue(&self.features, manifest).await?;
        let steps = manifest.content.request.steps.clone();
        let resolve = move || FeaturePlan::resolve(&catalogue, &steps);
        let plan = self.features.sandbox.threads().run(resolve).await;
        Ok(plan.map_err(fettle_features::FeatureError::from)??)
    }
}

impl std::fmt::Debug for Datasets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Datasets").field("store", &self.store).finish_non_exhaustive()
    }
}

fn parsed(id: &str) -> Result<DatasetId, DatasetError> {
    DatasetId::parse(id).map_err(|_| DatasetError::Damaged {
        id: id.to_owned(),
        problem: "the index gave it an id that no dataset has".to_owned(),
    })
}

/// What lists show of a dataset.
pub(crate) fn entry_of(manifest: &Manifest) -> DatasetEntry {
    let content = &manifest.content;
    let summary = json!({
        "device_codes": content.devices.iter().map(|device| &device.device_code).collect::<Vec<_>>(),
        "start_time": content.request.start_time,
        "end_time": content.request.end_time,
        "label_column": content.label.name,
        "split_method": content.request.split.split_method,
        "class_distribution": content.label.class_distribution,
    });
    DatasetEntry {
        id: manifest.dataset_id.clone(),
        model_code: content.model.model_code.clone(),
        created_by: manifest.created_by.clone(),
        job_id: manifest.job_id.clone(),
        created_at: manifest.created_at,
        digest: manifest.digest.clone(),
        train_samples: content.train_samples,
        val_samples: content.val_samples,
        feature_count: content.features.len() as u64,
        summary: match summary {
            serde_json::Value::Object(summary) => summary,
            _ => Map::new(),
        },
    }
}

/// What the machine calls itself, as far as it says so.
fn host_name() -> String {
    let file = std::fs::read_to_string("/etc/hostname").ok();
    let name = file.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    name.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_else(|| "unknown".to_owned())
}
