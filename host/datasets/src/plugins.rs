//! The plugins that datasets were built with, taken from where datasets are kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fettle_features::{FeatureError, Features};
use fettle_steps::{
    AdmissionError, Catalogue, Fault, Generation, Panicked, Plugin, Sandbox, StepError, Terms,
};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use crate::manifest::Manifest;
use crate::store::DatasetStore;
use crate::{DatasetError, StorageError};

/// So many plugins are kept loaded that the running catalogue does not have.
const MOST_LOADED: usize = 64;

/// Loads plugins by their digests.
#[derive(Debug)]
pub(crate) struct StoredPlugins {
    store: Arc<DatasetStore>,
    known: Arc<Mutex<Known>>,
}

/// Plugins by what they are, loaded or on the way.
#[derive(Debug, Default)]
struct Known {
    loaded: HashMap<String, Arc<Plugin>>,
    /// To compile one can take minutes: whoever needs it too waits for the same compilation.
    loading: Vec<Loading>,
}

/// A plugin that is being let in.
#[derive(Debug)]
struct Loading {
    digest: String,
    terms: Terms,
    admitted: Admitted,
}

/// What comes of letting a plugin in, for all who wait for it.
type Admitted = Shared<BoxFuture<'static, Result<Arc<Plugin>, NotAdmitted>>>;

/// Why a plugin was not let in.
#[derive(Debug, Clone)]
enum NotAdmitted {
    Refused(Arc<AdmissionError>),
    Panicked,
}

impl StoredPlugins {
    pub(crate) fn new(store: Arc<DatasetStore>) -> Self {
        Self { store, known: Arc::default() }
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
        let known = locked(&self.known).admitted(digest, &terms);
        let admitted = match known {
            Some(admitted) => admitted,
            None => {
                let Some(bytes) = self.bytes(digest, name).await? else {
                    let reason = format!("its component {digest} is gone from the dataset store");
                    return Err(unavailable(name, reason).into());
                };
                self.admit(Arc::clone(&features.sandbox), bytes, digest, terms)
            }
        };
        admitted.await.map_err(|error| match error {
            NotAdmitted::Panicked => FeatureError::from(Panicked).into(),
            NotAdmitted::Refused(error) if is_of_this_server(&error) => {
                DatasetError::from(unavailable(name, error.to_string()))
            }
            NotAdmitted::Refused(error) => {
                StorageError::damaged(shown(digest, name), format!("it is not admitted: {error}")).into()
            }
        })
    }

    /// Begins to let a plugin in, unless somebody has begun meanwhile. It goes on if those who wait for it go.
    fn admit(&self, sandbox: Arc<Sandbox>, bytes: bytes::Bytes, digest: &str, terms: Terms) -> Admitted {
        let mut known = locked(&self.known);
        if let Some(admitted) = known.admitted(digest, &terms) {
            return admitted;
        }
        let (own, own_digest, own_terms) = (Arc::clone(&self.known), digest.to_owned(), terms.clone());
        let task = tokio::spawn(async move {
            let admitted = Plugin::admit_apart(&sandbox, bytes, own_terms.clone()).await;
            let mut known = locked(&own);
            known.loading.retain(|loading| !loading.is(&own_digest, &own_terms));
            let plugin = admitted
                .map_err(|Panicked| NotAdmitted::Panicked)?
                .map_err(|error| NotAdmitted::Refused(Arc::new(error)))?;
            if known.loaded.len() >= MOST_LOADED {
                known.loaded.clear();
            }
            known.loaded.insert(own_digest, Arc::clone(&plugin));
            Ok(plugin)
        });
        let admitted = task.map(|ended| ended.unwrap_or(Err(NotAdmitted::Panicked))).boxed().shared();
        known.loading.push(Loading { digest: digest.to_owned(), terms, admitted: admitted.clone() });
        admitted
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

impl Known {
    /// A plugin that is loaded on these terms, or is on the way.
    fn admitted(&self, digest: &str, terms: &Terms) -> Option<Admitted> {
        let may = |plugin: &&Arc<Plugin>| {
            *plugin.limits() == terms.limits && (terms.wasi || plugin.imports().is_empty())
        };
        if let Some(plugin) = self.loaded.get(digest).filter(may) {
            return Some(std::future::ready(Ok(Arc::clone(plugin))).boxed().shared());
        }
        let loading = self.loading.iter().find(|loading| loading.is(digest, terms));
        loading.map(|loading| loading.admitted.clone())
    }
}

impl Loading {
    fn is(&self, digest: &str, terms: &Terms) -> bool {
        self.digest == digest && self.terms.limits == terms.limits && self.terms.wasi == terms.wasi
    }
}

fn locked(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a plugin is not let in for what this server allows and manages, which may be other things tomorrow. All
/// else is about the bytes, which were let in when the dataset was built.
fn is_of_this_server(error: &AdmissionError) -> bool {
    match error {
        AdmissionError::Wasi(_)
        | AdmissionError::Compile(_)
        | AdmissionError::Slow { .. }
        | AdmissionError::TooLarge { .. } => true,
        AdmissionError::Probe { error, .. } | AdmissionError::Step(error) => {
            matches!(error, StepError::Timeout { .. } | StepError::Fault { fault: Fault::Memory(_), .. })
        }
        AdmissionError::Digest { .. }
        | AdmissionError::Invalid(_)
        | AdmissionError::Import(_)
        | AdmissionError::Contract(_)
        | AdmissionError::Description(_)
        | AdmissionError::Example { .. }
        | AdmissionError::Scope { .. } => false,
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
