//! The database of models, devices, users, jobs and datasets, whichever it is.

use std::sync::Arc;

use fettle_config::{Metadata, Settings};
use fettle_metadata::{
    DatasetIndex, JobStore, MetadataStore, PostgresSettings, PostgresStore, SqliteStore, UserStore,
};

/// One database, as the four things that it is.
pub struct Database {
    /// Models, fields, devices.
    pub metadata: Arc<dyn MetadataStore>,
    /// Who may log in.
    pub users: Arc<dyn UserStore>,
    /// Which datasets there are.
    pub index: Arc<dyn DatasetIndex>,
    /// Jobs of all hosts.
    pub jobs: Arc<dyn JobStore>,
}

impl Database {
    /// Opens PostgreSQL where the settings name a database of it, and else the SQLite file in the data folder, which is
    /// made where it is missing.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        match &settings.metadata.url {
            Some(url) => {
                let settings = postgres_settings(&settings.metadata, url.expose());
                Ok(Self::of(PostgresStore::open(&settings).await?))
            }
            None => Ok(Self::of(SqliteStore::open(&settings.data.metadata_file()).await?)),
        }
    }

    fn of<S: MetadataStore + UserStore + DatasetIndex + JobStore + 'static>(store: S) -> Self {
        let store = Arc::new(store);
        Self {
            metadata: Arc::<S>::clone(&store),
            users: Arc::<S>::clone(&store),
            index: Arc::<S>::clone(&store),
            jobs: store,
        }
    }
}

fn postgres_settings(settings: &Metadata, url: &str) -> PostgresSettings {
    PostgresSettings {
        url: url.to_owned(),
        max_connections: settings.max_connections,
        min_connections: settings.min_connections,
        acquire_timeout: settings.acquire_timeout(),
        connect_timeout: settings.connect_timeout(),
        statement_timeout: settings.statement_timeout(),
        application_name: settings.application_name.clone(),
    }
}
