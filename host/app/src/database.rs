//! The database of models, devices, users, jobs and datasets, whichever it is.

use std::sync::Arc;

use fettle_config::Settings;
use fettle_metadata::{DatasetIndex, JobStore, MetadataStore, SqliteStore, UserStore};

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
            Some(_) => anyhow::bail!("PostgreSQL is not there yet"),
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
