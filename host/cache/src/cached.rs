//! The metadata store that remembers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use fettle_metadata::{
    Device, DeviceFilter, DeviceType, DeviceTypeSummary, Field, MetadataError, MetadataStore, ModelConfig,
    ModelDefinition, ModelFilter, ModelSummary, Page, Paged, Registered, Registration,
};
use fettle_observe::Metrics;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::known::Known;
use crate::redis::{Change, Redis, RedisUrlError, keep_connected};
use crate::settings::CacheSettings;
use crate::shelf::{Shared, Shelf};
use crate::status::CacheStatus;
use crate::watch;

/// Where not everybody can be told of a change, its author is answered after so long: by then, everybody has asked.
const LONGEST_TELLING: Duration = Duration::from_millis(watch::INTERVAL.as_millis() as u64 + 250);

/// A metadata store in front of another one, which remembers models, fields and devices.
///
/// Everything that goes through it is as true as the store behind it: once a change made through any `CachedMetadata` of
/// the same database and Redis has been answered, all of them answer accordingly. A change that is made otherwise is
/// noticed within a second. While the store behind is away, what was last known is answered; what was never known is the
/// store's error.
#[derive(Debug)]
pub struct CachedMetadata {
    inner: Arc<Inner>,
    redis: Option<Arc<Redis>>,
    /// What goes on in the background, and ends with this.
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Inner {
    store: Arc<dyn MetadataStore>,
    known: Arc<Known>,
    models: Shelf<ModelConfig>,
    types: Shelf<TypeHead>,
    mappings: Shelf<Vec<Field>>,
    devices: Shelf<Device>,
}

/// A device type but for its fields, which are kept by its number.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct TypeHead {
    id: i64,
    name: String,
}

/// Why there is no cache.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// Redis cannot be connected to, ever.
    #[error(transparent)]
    Url(#[from] RedisUrlError),
    /// The store behind did not answer.
    #[error(transparent)]
    Store(#[from] MetadataError),
}

impl CachedMetadata {
    /// Stands in front of `store`, with nothing remembered yet. The store has to answer; Redis may be away, and is waited
    /// for no more than a second.
    pub async fn start(
        store: Arc<dyn MetadataStore>,
        settings: &CacheSettings,
        metrics: Arc<Metrics>,
    ) -> Result<Self, CacheError> {
        let redis = match &settings.redis {
            Some(settings) => Some(Arc::new(Redis::new(settings, Arc::clone(&metrics))?)),
            None => None,
        };
        let first = match &redis {
            Some(redis) => redis.connect().await,
            None => None,
        };
        // Asked for after this host began to listen, so that no change falls in between.
        let known = Arc::new(Known::new(store.version().await?));
        let shared = Shared { known: Arc::clone(&known), redis: redis.clone(), metrics };
        let inner = Arc::new(Inner {
            store,
            known,
            models: Shelf::new("model", "model:config:", settings.models, shared.clone()),
            types: Shelf::new("device_type", "device_type:", settings.mappings, shared.clone()),
            mappings: Shelf::new("mappings", "mappings:", settings.mappings, shared.clone()),
            devices: Shelf::new("device", "device:", settings.devices, shared),
        });
        let mut tasks = JoinSet::new();
        if let Some(redis) = &redis {
            let (redis, inner) = (Arc::clone(redis), Arc::clone(&inner));
            tasks.spawn(async move {
                let known = Arc::clone(&inner.known);
                let hear = |change| inner.hear(Arc::clone(&redis), change);
                match keep_connected(Arc::clone(&redis), known, first, hear).await {}
            });
        }
        let (store, known) = (Arc::clone(&inner.store), Arc::clone(&inner.known));
        tasks.spawn(async move { match watch::keep_asking(store, known).await {} });
        Ok(Self { inner, redis, _tasks: tasks })
    }

    /// Takes in all active models and the fields of all device types, by two queries. Answers how many of both.
    pub async fn warm(&self) -> Result<(usize, usize), MetadataError> {
        let Inner { store, known, models, types, mappings, .. } = &*self.inner;
        let stamp = known.stamp();
        let active: Vec<_> =
            store.active_models().await?.into_iter().map(|model| (model.model_code.clone(), model)).collect();
        let all = store.all_device_types().await?;
        let heads = all.iter().map(|kind| {
            let head = TypeHead { id: kind.id, name: kind.name.clone() };
            (kind.code.clone(), head)
        });
        let heads: Vec<_> = heads.collect();
        let fields: Vec<_> = all.into_iter().map(|kind| (kind.id.to_string(), kind.fields)).collect();
        let counts = (active.len(), fields.len());
        models.fill(active, stamp).await;
        types.fill(heads, stamp).await;
        mappings.fill(fields, stamp).await;
        Ok(counts)
    }

    /// Tells how the cache is.
    pub fn status(&self) -> CacheStatus {
        CacheStatus(self.redis.clone())
    }

    /// What is kept under `keys` may have changed since `before` was the version: from now on, everybody answers
    /// accordingly.
    async fn changed(&self, before: i64, keys: Vec<String>) {
        let until = Instant::now() + LONGEST_TELLING;
        match self.inner.store.version().await {
            Ok(version) if version == before => return,
            Ok(version) => self.inner.known.learn(version),
            // Only just changed, and away: whoever asks for it waits for the store.
            Err(_) => self.inner.known.ask_again(),
        }
        self.inner.forget(&keys).await;
        if let Some(redis) = &self.redis
            && !redis.announce(&Change::new(self.inner.known.stamp().version, keys), until).await
        {
            sleep_until(until).await;
        }
    }

    /// The keys of what a registration has changed. What did not exist was not kept, so that new things have none.
    async fn keys_of(&self, registration: &Registration, registered: &Registered) -> Vec<String> {
        let mut keys: Vec<String> =
            registered.models_extended.iter().map(|code| self.inner.models.key(code)).collect();
        if !registered.fields_created.is_empty()
            && let Ok(Some(device_type)) = self.inner.store.device_type(&registration.device_type.code).await
        {
            keys.push(self.inner.mappings.key(device_type.id));
        }
        keys
    }
}

impl Inner {
    /// Another host, or this one, has changed something.
    async fn hear(self: &Arc<Self>, redis: Arc<Redis>, change: Change) {
        self.known.learn(change.version);
        self.forget(&change.keys).await;
        redis.heard(&change).await;
        // Its author may not have been told which version it made.
        self.known.ask_again();
    }

    async fn forget(&self, keys: &[String]) {
        for key in keys {
            self.models.forget(key).await;
            self.types.forget(key).await;
            self.mappings.forget(key).await;
            self.devices.forget(key).await;
        }
    }
}

#[async_trait]
impl MetadataStore for CachedMetadata {
    async fn ping(&self) -> Result<(), MetadataError> {
        self.inner.store.ping().await
    }

    async fn version(&self) -> Result<i64, MetadataError> {
        self.inner.store.version().await
    }

    async fn check(&self, registration: &Registration) -> Result<Registered, MetadataError> {
        self.inner.store.check(registration).await
    }

    async fn register(
        &self,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<Registered, MetadataError> {
        let before = self.inner.known.stamp().version;
        let registered = self.inner.store.register(registration, now).await?;
        if !registered.is_empty() {
            self.changed(before, self.keys_of(registration, &registered).await).await;
        }
        Ok(registered)
    }

    async fn device_types(&self, page: Page) -> Result<Paged<DeviceTypeSummary>, MetadataError> {
        self.inner.store.device_types(page).await
    }

    async fn device_type(&self, code: &str) -> Result<Option<DeviceType>, MetadataError> {
        let load = async {
            let found = self.inner.store.device_type(code).await?;
            Ok(found.map(|kind| TypeHead { id: kind.id, name: kind.name }))
        };
        let Some(TypeHead { id, name }) = self.inner.types.get(code, load).await? else { return Ok(None) };
        let fields = self.fields(id).await?;
        Ok(fields.map(|fields| DeviceType { id, code: code.to_owned(), name, fields }))
    }

    async fn all_device_types(&self) -> Result<Vec<DeviceType>, MetadataError> {
        self.inner.store.all_device_types().await
    }

    async fn fields(&self, device_type_id: i64) -> Result<Option<Vec<Field>>, MetadataError> {
        let load = self.inner.store.fields(device_type_id);
        self.inner.mappings.get(&device_type_id.to_string(), load).await
    }

    async fn device(&self, code: &str) -> Result<Option<Device>, MetadataError> {
        self.inner.devices.get(code, self.inner.store.device(code)).await
    }

    async fn devices(&self, filter: &DeviceFilter, page: Page) -> Result<Paged<Device>, MetadataError> {
        self.inner.store.devices(filter, page).await
    }

    async fn model(&self, code: &str) -> Result<Option<ModelConfig>, MetadataError> {
        self.inner.models.get(code, self.inner.store.model(code)).await
    }

    async fn models(&self, filter: ModelFilter, page: Page) -> Result<Paged<ModelSummary>, MetadataError> {
        self.inner.store.models(filter, page).await
    }

    async fn active_models(&self) -> Result<Vec<ModelConfig>, MetadataError> {
        self.inner.store.active_models().await
    }

    async fn create_model(
        &self,
        model: &ModelDefinition,
        now: Timestamp,
    ) -> Result<ModelConfig, MetadataError> {
        let before = self.inner.known.stamp().version;
        let created = self.inner.store.create_model(model, now).await?;
        self.changed(before, vec![self.inner.models.key(&model.code)]).await;
        Ok(created)
    }

    async fn replace_model(
        &self,
        model: &ModelDefinition,
        expected: Option<i64>,
        now: Timestamp,
    ) -> Result<Option<ModelConfig>, MetadataError> {
        let before = self.inner.known.stamp().version;
        let replaced = self.inner.store.replace_model(model, expected, now).await?;
        if replaced.is_some() {
            self.changed(before, vec![self.inner.models.key(&model.code)]).await;
        }
        Ok(replaced)
    }

    async fn delete_model(&self, code: &str) -> Result<bool, MetadataError> {
        let before = self.inner.known.stamp().version;
        let deleted = self.inner.store.delete_model(code).await?;
        if deleted {
            self.changed(before, vec![self.inner.models.key(code)]).await;
        }
        Ok(deleted)
    }
}
