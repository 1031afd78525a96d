//! One kind of value, on both levels.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fettle_metadata::MetadataError;
use fettle_observe::Metrics;
use moka::Expiry;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{Failure, shared};
use crate::known::{Known, Stamp};
use crate::redis::Redis;
use crate::settings::Keeping;

/// How long the store is waited for where there is something to answer with in its stead.
const PATIENCE: Duration = Duration::from_secs(1);

/// One kind of value. A value is found by its id: a code or, for fields, the number of their device type.
pub struct Shelf<T> {
    /// What metrics call it.
    name: &'static str,
    /// What its keys begin with, behind the prefix of all keys.
    kind: &'static str,
    lifetime: Duration,
    current: Cache<(String, Stamp), Kept<T>>,
    /// What was last known, whatever has changed since: for when the store does not answer. Never looked at otherwise.
    last: Cache<String, Arc<T>>,
    shared: Shared,
}

/// What all shelves have in common.
#[derive(Clone)]
pub struct Shared {
    /// What is known of the store.
    pub known: Arc<Known>,
    /// The second level.
    pub redis: Option<Arc<Redis>>,
    /// Where lookups are counted.
    pub metrics: Arc<Metrics>,
}

/// A value in memory.
#[derive(Debug)]
struct Kept<T> {
    value: Arc<T>,
    /// Where it came from.
    from: Answered,
    /// How long it may be kept.
    lifetime: Duration,
}

/// What answered a lookup.
#[derive(Debug, Clone, Copy)]
enum Answered {
    Memory,
    Redis,
    Store,
    /// What was last known, for want of an answer.
    Last,
}

impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Shelf<T> {
    /// An empty shelf.
    pub fn new(name: &'static str, kind: &'static str, keeping: Keeping, shared: Shared) -> Self {
        // The newest come in whatever was asked for often before: what is of a former version is asked for no more.
        let in_order = EvictionPolicy::lru();
        let current = Cache::builder()
            .max_capacity(keeping.entries)
            .eviction_policy(in_order.clone())
            .expire_after(PerEntry)
            .build();
        let last = Cache::builder().max_capacity(keeping.entries).eviction_policy(in_order).build();
        Self { name, kind, lifetime: keeping.lifetime, current, last, shared }
    }

    /// The key of a value, behind the prefix of all keys.
    pub fn key(&self, id: impl fmt::Display) -> String {
        format!("{}{id}", self.kind)
    }

    /// The value of `id`, from wherever it can be had; `load` asks the store. However many ask at once, the store is
    /// asked once. What does not exist is not kept.
    pub async fn get(
        &self,
        id: &str,
        load: impl Future<Output = Result<Option<T>, MetadataError>> + Send,
    ) -> Result<Option<T>, MetadataError> {
        let began = Instant::now();
        let (answered, value) = self.find(id, load).await;
        self.shared.metrics.cache_asked(self.name, answered.name(), began.elapsed());
        Ok(value?.map(|value| T::clone(&value)))
    }

    /// Takes in what was loaded under `stamp`, as far as there is room.
    pub async fn fill(&self, values: Vec<(String, T)>, stamp: Stamp) {
        let mut entries = Vec::with_capacity(values.len());
        for (id, value) in values {
            let kept = Kept { value: Arc::new(value), from: Answered::Store, lifetime: self.lifetime };
            entries.push((self.key(&id), Arc::clone(&kept.value)));
            self.remember(&id, &kept.value, stamp).await;
            self.current.insert((id, stamp), kept).await;
        }
        if let Some(redis) = &self.shared.redis {
            redis.put_all(&entries, stamp.version, self.lifetime).await;
        }
    }

    /// Forgets the value under `key`, where that is a key of this shelf: somebody has changed it.
    pub async fn forget(&self, key: &str) {
        if let Some(id) = key.strip_prefix(self.kind) {
            self.last.invalidate(id).await;
            self.current.invalidate(&(id.to_owned(), self.shared.known.stamp())).await;
        }
    }

    async fn find(
        &self,
        id: &str,
        load: impl Future<Output = Result<Option<T>, MetadataError>> + Send,
    ) -> (Answered, Result<Option<Arc<T>>, MetadataError>) {
        let stamp = self.shared.known.stamp();
        let place = (id.to_owned(), stamp);
        if let Some(kept) = self.current.get(&place).await {
            return (Answered::Memory, Ok(Some(kept.value)));
        }
        let last = self.last.get(id).await;
        let found = self.current.try_get_with(place, self.fetch(id, stamp, last.is_some(), load)).await;
        let failure = match found {
            Ok(kept) => return (kept.from, Ok(Some(kept.value))),
            Err(failure) => failure,
        };
        if matches!(&*failure, Failure::Store(MetadataError::Unavailable(_))) && last.is_some() {
            return (Answered::Last, Ok(last));
        }
        if matches!(&*failure, Failure::Missing) {
            self.last.invalidate(id).await;
        }
        (Answered::Store, shared(failure).map(|()| None))
    }

    async fn fetch(
        &self,
        id: &str,
        stamp: Stamp,
        is_known: bool,
        load: impl Future<Output = Result<Option<T>, MetadataError>> + Send,
    ) -> Result<Kept<T>, Failure> {
        let key = self.key(id);
        let redis = self.shared.redis.as_deref();
        if let Some(redis) = redis
            && let Some((value, left)) = redis.get(&key, stamp.version).await
        {
            let kept =
                Kept { value: Arc::new(value), from: Answered::Redis, lifetime: left.min(self.lifetime) };
            self.remember(id, &kept.value, stamp).await;
            return Ok(kept);
        }
        let loaded = if is_known { self.load_in_time(load).await } else { load.await };
        let value = Arc::new(loaded.map_err(Failure::Store)?.ok_or(Failure::Missing)?);
        self.remember(id, &value, stamp).await;
        if let Some(redis) = redis {
            redis.put(&key, &*value, stamp.version, self.lifetime).await;
        }
        Ok(Kept { value, from: Answered::Store, lifetime: self.lifetime })
    }

    /// Asks the store, but not for long: there is something else to answer with. A store that has just been found away is
    /// not asked at all.
    async fn load_in_time(
        &self,
        load: impl Future<Output = Result<Option<T>, MetadataError>> + Send,
    ) -> Result<Option<T>, MetadataError> {
        if self.shared.known.is_away() {
            return Err(MetadataError::Unavailable("the store did not answer when it was last asked".into()));
        }
        match tokio::time::timeout(PATIENCE, load).await {
            Ok(loaded) => loaded,
            Err(elapsed) => Err(MetadataError::Unavailable(elapsed.into())),
        }
    }

    /// Keeps what is now the last known value, unless something has changed since it was asked for.
    async fn remember(&self, id: &str, value: &Arc<T>, stamp: Stamp) {
        if self.shared.known.stamp().version == stamp.version {
            self.last.insert(id.to_owned(), Arc::clone(value)).await;
        }
    }
}

/// How long each entry is kept stands in the entry.
struct PerEntry;

impl<T> Expiry<(String, Stamp), Kept<T>> for PerEntry {
    fn expire_after_create(&self, _: &(String, Stamp), kept: &Kept<T>, _: Instant) -> Option<Duration> {
        Some(kept.lifetime)
    }

    fn expire_after_update(
        &self,
        _: &(String, Stamp),
        kept: &Kept<T>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(kept.lifetime)
    }
}

impl Answered {
    /// What metrics call it.
    fn name(self) -> &'static str {
        match self {
            Answered::Memory => "l1",
            Answered::Redis => "l2",
            Answered::Store => "miss",
            Answered::Last => "stale",
        }
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), from: self.from, lifetime: self.lifetime }
    }
}

impl<T> fmt::Debug for Shelf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").field("name", &self.name).finish_non_exhaustive()
    }
}
