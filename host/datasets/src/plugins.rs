//! The plugins that datasets were built with, taken from where datasets are kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use fettle_features::{FeatureError, Features};
use fettle_steps::{AdmissionError, Catalogue, Generation, Plugin};

use crate::manifest::Manifest;
use crate::store::DatasetStore;
use crate::{DatasetError, StorageError};

/// So many plugins are kept loaded that the running catalogue does not have.
const MOST_LOADED: usize = 64;

/// Loads plugins by their digests.
#[derive(Debug)]
pub(crate) struct StoredPlugins {
    store: Arc<DatasetStore>,
    loaded: Mutex<HashMap<String, Arc<Plugin>>>,
}

impl StoredPlugins {
    pub(crate) fn new(store: Arc<DatasetStore>) -> Self {
        Self { store, loaded: Mutex::default() }
    }

    /// The plugins of a dataset's steps, and no others.
    pub(crate) async fn catalogue(
        &self,
        features: &Features,
        manifest: &Manifest,
    ) -> Result<Arc<Catalogue>, DatasetError> {
        let named: BTreeMap<&str, &str> =
            manifest.content.steps.iter().map(|step| (step.digest.as_str(), step.plugin.as_str())).collect();
        let generation = features.catalogue.generation();
        let mut plugins = Vec::with_capacity(named.len());
        for (digest, name) in named {
            if generation.forbids(digest) {
                return Err(unavailable(name, format!("its sha256 {digest} is forbidden")).into());
            }
            let running = generation.catalogue.plugins().iter().find(|plugin| plugin.digest() == digest);
            plugins.push(match running {
                Some(plugin) => Arc::clone(plugin),
                None => self.load(features, &generation, digest, name).await?,
            });
        }
        let catalogue = Catalogue::new(plugins).map_err(|error| DatasetError::Damaged {
            id: manifest.dataset_id.clone(),
            problem: format!("its plugins do not go together: {error}"),
        })?;
        Ok(Arc::new(catalogue))
    }

    /// Whether the stored bytes of a plugin are what their digest says. The error names the plugin.
    pub(crate) async fn verify(&self, digest: &str, name: &str) -> Result<(), DatasetError> {
        match self.bytes(digest, name).await? {
            Some(_) => Ok(()),
            None => Err(StorageError::damaged(shown(digest, name), "it is not in the dataset store").into()),
        }
    }

    /// A plugin that is not running, on the terms of the one that runs in its place now.
    async fn load(
        &self,
        features: &Features,
        generation: &Generation,
        digest: &str,
        name: &str,
    ) -> Result<Arc<Plugin>, DatasetError> {
        let terms = generation.terms(&features.sandbox, name, digest);
        let known = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned();
        let may = |plugin: &Arc<Plugin>| {
            *plugin.limits() == terms.limits && (terms.wasi || plugin.imports().is_empty())
        };
        if let Some(plugin) = known.filter(may) {
            return Ok(plugin);
        }
        let Some(bytes) = self.bytes(digest, name).await? else {
            let reason = format!("its component {digest} is gone from the dataset store");
            return Err(unavailable(name, reason).into());
        };
        let sandbox = Arc::clone(&features.sandbox);
        let admit = move || Plugin::admit_on(&sandbox, &bytes, &terms);
        let admitted = features.sandbox.threads().run(admit).await.map_err(FeatureError::from)?;
        let plugin = match admitted {
            Ok(plugin) => plugin,
            Err(error @ AdmissionError::Wasi(_)) => return Err(unavailable(name, error.to_string()).into()),
            Err(error) => {
                let what = shown(digest, name);
                return Err(StorageError::damaged(what, format!("it is not admitted: {error}")).into());
            }
        };
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if loaded.len() >= MOST_LOADED {
            loaded.clear();
        }
        loaded.insert(digest.to_owned(), Arc::clone(&plugin));
        Ok(plugin)
    }

    /// The stored bytes of a plugin, where there are any; checked against their digest.
    async fn bytes(&self, digest: &str, name: &str) -> Result<Option<bytes::Bytes>, DatasetError> {
        match self.store.plugin(digest).await {
            Err(StorageError::Damaged { problem, .. }) => {
                Err(StorageError::damaged(shown(digest, name), problem).into())
            }
            found => Ok(found?),
        }
    }
}

/// A plugin as errors name it.
fn shown(digest: &str, name: &str) -> String {
    format!("plugin `{name}` ({digest})")
}

/// A plugin that must not run, or cannot.
fn unavailable(name: &str, reason: String) -> FeatureError {
    FeatureError::PluginUnavailable { plugin: name.to_owned(), reason, retry_after: None }
}
