//! Making good what builds have left whose host died.

use std::time::SystemTime;

use fettle_metadata::{Conflict, MetadataError};

use crate::DatasetError;
use crate::service::{Datasets, entry_of};
use crate::store::{DatasetId, Swept};

impl Datasets {
    /// Removes what was written before `before` and belongs to no dataset, as [the store](crate::store::DatasetStore::sweep)
    /// does it, and lists datasets that were stored by then and are in no list: their host died in between. A job that
    /// is begun again after that finds its dataset. So this is to be called before jobs begin, or with a moment that lies
    /// longer back than it takes to list what was stored.
    pub async fn sweep(&self, before: SystemTime) -> Result<Swept, DatasetError> {
        let swept = self.store().sweep(before).await?;
        for id in self.store().published_before(before).await? {
            if self.index().dataset(id.as_str()).await?.is_none() {
                self.list_stored(&id).await?;
            }
        }
        Ok(swept)
    }

    async fn list_stored(&self, id: &DatasetId) -> Result<(), DatasetError> {
        let Some(json) = self.store().manifest(id).await? else { return Ok(()) };
        let manifest = match serde_json::from_slice(&json) {
            Ok(manifest) => manifest,
            Err(error) => {
                // Of another version of the program, perhaps: it stays for that one.
                tracing::warn!(dataset = %id, %error, "a stored dataset that is in no list cannot be read");
                return Ok(());
            }
        };
        match self.index().insert_dataset(&entry_of(&manifest)).await {
            Ok(()) => {
                tracing::info!(dataset = %id, "listed a dataset whose build had ended before it was listed");
                Ok(())
            }
            Err(MetadataError::Conflict(Conflict::DatasetExists(_))) => self.remove_superseded(id).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a dataset whose job has built another since.
    async fn remove_superseded(&self, id: &DatasetId) -> Result<(), DatasetError> {
        if self.index().dataset(id.as_str()).await?.is_none() {
            self.store().delete(id).await?;
            tracing::info!(dataset = %id, "removed a dataset whose job had built another since");
        }
        Ok(())
    }
}
