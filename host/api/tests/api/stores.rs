//! What a server keeps metadata in, of the kinds that the environment asks for: `FETTLE_TEST_METADATA=postgres` (SQLite
//! unless set) and `FETTLE_TEST_CACHE=redis` (memory alone unless set). So one suite shows all of them.

use std::env;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fettle_cache::{CacheSettings, CacheStatus, CachedMetadata, RedisSettings};
use fettle_metadata::{
    DatasetIndex, JobStore, MetadataStore, PostgresSettings, PostgresStore, SqliteStore, UserStore,
};
use fettle_observe::Metrics;
use fettle_testbed::{Postgres, Redis};

/// One database, empty, behind a cache of its own.
pub struct Stores {
    pub metadata: Arc<dyn MetadataStore>,
    pub users: Arc<dyn UserStore>,
    pub jobs: Arc<dyn JobStore>,
    pub index: Arc<dyn DatasetIndex>,
    pub cache: CacheStatus,
}

impl Stores {
    /// What lies in files lies in `folder`.
    pub async fn open(folder: &Path, metrics: &Arc<Metrics>) -> Self {
        match env::var("FETTLE_TEST_METADATA").as_deref() {
            Ok("postgres") => {
                let server = Postgres::shared().expect("PostgreSQL is asked for");
                let settings =
                    PostgresSettings { max_connections: 4, ..PostgresSettings::new(server.database()) };
                Self::of(PostgresStore::open(&settings).await.unwrap(), metrics).await
            }
            Ok(other) => panic!("FETTLE_TEST_METADATA is `{other}`; it can be `postgres`, or not be set"),
            Err(_) => {
                Self::of(SqliteStore::open(&folder.join("metadata.sqlite")).await.unwrap(), metrics).await
            }
        }
    }

    async fn of<S>(store: S, metrics: &Arc<Metrics>) -> Self
    where
        S: MetadataStore + UserStore + JobStore + DatasetIndex + 'static,
    {
        let store = Arc::new(store);
        let behind: Arc<dyn MetadataStore> = Arc::<S>::clone(&store);
        let cached = CachedMetadata::start(behind, &cache_settings(), Arc::clone(metrics)).await.unwrap();
        Self {
            cache: cached.status(),
            metadata: Arc::new(cached),
            users: Arc::<S>::clone(&store),
            jobs: Arc::<S>::clone(&store),
            index: store,
        }
    }
}

fn cache_settings() -> CacheSettings {
    static SERVERS: AtomicU32 = AtomicU32::new(0);
    let redis = match env::var("FETTLE_TEST_CACHE").as_deref() {
        Ok("redis") => Some(RedisSettings {
            url: Redis::shared().expect("Redis is asked for").url(),
            prefix: format!("test{}:", SERVERS.fetch_add(1, Ordering::Relaxed)),
            timeout: Duration::from_millis(500),
        }),
        Ok(other) => panic!("FETTLE_TEST_CACHE is `{other}`; it can be `redis`, or not be set"),
        Err(_) => None,
    };
    CacheSettings { redis, ..CacheSettings::default() }
}
