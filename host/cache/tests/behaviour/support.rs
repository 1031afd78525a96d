//! A database that hosts share, hosts in front of it, and what each of them asked it.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use fettle_cache::{CacheSettings, CachedMetadata, Keeping, RedisSettings};
use fettle_metadata::{
    Device, DeviceFilter, DeviceType, DeviceTypeSummary, Field, FieldRole, MetadataError, MetadataStore,
    ModelConfig, ModelDefinition, ModelFilter, ModelSummary, ModelType, NewDevice, NewDeviceType, NewField,
    NewModel, NewModelField, Page, Paged, Registered, Registration, SqliteStore,
};
use fettle_observe::Metrics;
use fettle_testbed::Redis;
use jiff::Timestamp;
use serde_json::Map;
use tempfile::TempDir;
use tokio::sync::Semaphore;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub const MODEL: &str = "welding_ai_model";
pub const DEVICE: &str = "WLD001";

/// A real store, with a count of what it was asked.
#[derive(Debug)]
pub struct Watched {
    store: SqliteStore,
    asked: Mutex<BTreeMap<&'static str, usize>>,
    /// Calls that are not answered.
    refused: Mutex<BTreeSet<&'static str>>,
    /// Calls whose answers are held back until there are permits.
    held: Mutex<BTreeSet<&'static str>>,
    pub permits: Semaphore,
}

/// A database with a device type, devices and models.
pub struct Town {
    folder: TempDir,
}

/// A server in it.
pub struct Host {
    pub cached: CachedMetadata,
    pub store: Arc<Watched>,
    pub metrics: Arc<Metrics>,
}

impl Town {
    pub async fn new() -> Self {
        let town = Self { folder: tempfile::tempdir().unwrap() };
        town.store().await.register(&welding(&[MODEL, "other"]), Timestamp::now()).await.unwrap();
        town
    }

    /// The database as it is now, in another place.
    pub fn backup(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(self.folder.path()).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        Self { folder }
    }

    /// The database, as another program opens it.
    pub async fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.folder.path().join("metadata.sqlite")).await.unwrap()
    }

    pub async fn host(&self, settings: &CacheSettings) -> Host {
        let store = Arc::new(Watched {
            store: self.store().await,
            asked: Mutex::default(),
            refused: Mutex::default(),
            held: Mutex::default(),
            permits: Semaphore::new(0),
        });
        let metrics = Arc::new(Metrics::new());
        let behind: Arc<dyn MetadataStore> = Arc::<Watched>::clone(&store);
        let cached = CachedMetadata::start(behind, settings, Arc::clone(&metrics)).await.unwrap();
        Host { cached, store, metrics }
    }

    /// A host with its memory alone.
    pub async fn lone_host(&self) -> Host {
        self.host(&CacheSettings::default()).await
    }
}

impl Host {
    /// The model, which must be there.
    pub async fn model(&self, code: &str) -> ModelConfig {
        self.cached.model(code).await.unwrap().unwrap_or_else(|| panic!("there is no model {code}"))
    }

    /// Gives the model another name.
    pub async fn rename(&self, code: &str, name: &str) -> ModelConfig {
        let definition = ModelDefinition { name: name.into(), ..definition(code) };
        self.cached.replace_model(&definition, None, Timestamp::now()).await.unwrap().unwrap()
    }

    /// How many of the metric's events there were under labels that hold all of `labels`.
    pub fn count(&self, metric: &str, labels: &[&str]) -> u64 {
        let text = self.metrics.render();
        let lines = text.lines().filter(|line| {
            line.starts_with(&format!("{metric}{{")) && labels.iter().all(|label| line.contains(label))
        });
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    /// Lookups of models that were answered in this way: l1, l2, miss or stale.
    pub fn lookups(&self, result: &str) -> u64 {
        self.count("cache_requests_total", &[r#"cache="model""#, &format!("result=\"{result}\"")])
    }
}

impl Watched {
    /// How often it was asked for this.
    pub fn asked(&self, what: &str) -> usize {
        self.asked.lock().unwrap().get(what).copied().unwrap_or(0)
    }

    /// From now on these calls fail, as if the database were away.
    pub fn refuse(&self, calls: &[&'static str]) {
        *self.refused.lock().unwrap() = calls.iter().copied().collect();
    }

    /// From now on every call fails.
    pub fn go_away(&self) {
        self.refuse(&["ping", "version", "model", "fields", "device", "active_models", "all_device_types"]);
    }

    pub fn come_back(&self) {
        self.refuse(&[]);
    }

    /// From now on the answers to these calls wait for permits.
    pub fn hold(&self, calls: &[&'static str]) {
        *self.held.lock().unwrap() = calls.iter().copied().collect();
    }

    fn begin(&self, call: &'static str) -> Result<(), MetadataError> {
        *self.asked.lock().unwrap().entry(call).or_default() += 1;
        match self.refused.lock().unwrap().contains(call) {
            true => Err(MetadataError::Unavailable("it is away".into())),
            false => Ok(()),
        }
    }

    async fn end(&self, call: &'static str) {
        let is_held = self.held.lock().unwrap().contains(call);
        if is_held {
            self.permits.acquire().await.unwrap().forget();
        }
    }
}

macro_rules! watched {
    ($($call:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {
        #[async_trait]
        impl MetadataStore for Watched {
            $(async fn $call(&self, $($argument: $type),*) -> Result<$answer, MetadataError> {
                self.begin(stringify!($call))?;
                let answer = self.store.$call($($argument),*).await;
                self.end(stringify!($call)).await;
                answer
            })+
        }
    };
}

watched! {
    ping() -> ();
    version() -> i64;
    check(registration: &Registration) -> Registered;
    register(registration: &Registration, now: Timestamp) -> Registered;
    device_types(page: Page) -> Paged<DeviceTypeSummary>;
    device_type(code: &str) -> Option<DeviceType>;
    all_device_types() -> Vec<DeviceType>;
    fields(device_type_id: i64) -> Option<Vec<Field>>;
    device(code: &str) -> Option<Device>;
    devices(filter: &DeviceFilter, page: Page) -> Paged<Device>;
    model(code: &str) -> Option<ModelConfig>;
    models(filter: ModelFilter, page: Page) -> Paged<ModelSummary>;
    active_models() -> Vec<ModelConfig>;
    create_model(model: &ModelDefinition, now: Timestamp) -> ModelConfig;
    replace_model(model: &ModelDefinition, expected: Option<i64>, now: Timestamp) -> Option<ModelConfig>;
    delete_model(code: &str) -> bool;
}

/// Settings of hosts that share a Redis server under a prefix of their own.
pub fn with_redis(redis: &Redis) -> CacheSettings {
    // Busy machines are slow; a time-out is what the tests of frozen servers are about.
    let redis = RedisSettings {
        url: redis.url(),
        prefix: format!("{}:", uuid::Uuid::new_v4().simple()),
        timeout: Duration::from_secs(1),
    };
    CacheSettings { redis: Some(redis), ..CacheSettings::default() }
}

/// The same for all three kinds.
pub fn keeping(lifetime: Duration, entries: u64) -> CacheSettings {
    let keeping = Keeping { lifetime, entries };
    CacheSettings { models: keeping, mappings: keeping, devices: keeping, redis: None }
}

/// Waits until it is so.
pub async fn eventually<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    for _ in 0..PATIENCE.as_millis() / 20 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came to be that {what}");
}

/// A device type with a device and models.
pub fn welding(models: &[&str]) -> Registration {
    Registration {
        device_type: NewDeviceType { code: "welder".into(), name: "Welder".into() },
        fields: vec![signal("current"), signal("voltage")],
        devices: vec![NewDevice { code: DEVICE.into(), name: "First welder".into() }],
        models: models
            .iter()
            .map(|&code| NewModel {
                code: code.into(),
                name: code.into(),
                model_type: ModelType::AiAnalysis,
                fields: vec![NewModelField::plain("current"), NewModelField::plain("voltage")],
                defaults: Map::new(),
            })
            .collect(),
    }
}

pub fn signal(code: &str) -> NewField {
    NewField { code: code.into(), name: code.into(), role: FieldRole::Signal, unit: None }
}

/// The definition of a model of [`welding`].
pub fn definition(code: &str) -> ModelDefinition {
    ModelDefinition {
        code: code.into(),
        name: code.into(),
        model_type: ModelType::AiAnalysis,
        device_type: "welder".into(),
        is_active: true,
        signals: vec![NewModelField::plain("current"), NewModelField::plain("voltage")],
        labels: Vec::new(),
        defaults: Map::new(),
    }
}
