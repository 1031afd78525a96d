//! Clearing away what builds that never finished have left.

use std::collections::BTreeMap;
use std::time::SystemTime;

use futures::TryStreamExt;
use object_store::ObjectMeta;
use object_store::path::Path as ObjectPath;

use super::{DATASETS, DatasetId, DatasetStore, MANIFEST, folder};
use crate::StorageError;

/// What a sweep has removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Datasets that had data and no manifest.
    pub datasets: u64,
    /// Files that were left half written.
    pub files: u64,
}

impl DatasetStore {
    /// Removes what was written before `before` and belongs to no dataset that exists. Between `before` and now lies
    /// longer than any upload takes, or it would take away what is being written.
    ///
    /// A bucket shows nothing of uploads that were broken off; a rule of its own (`AbortIncompleteMultipartUpload`)
    /// removes them.
    pub async fn sweep(&self, before: SystemTime) -> Result<Swept, StorageError> {
        let mut swept = Swept::default();
        for (id, objects) in self.by_dataset().await? {
            let young = |object: &ObjectMeta| SystemTime::from(object.last_modified) >= before;
            if objects.iter().any(|object| is_manifest(object) || young(object)) {
                continue;
            }
            let _alone = self.completing.lock().await;
            // It may have been published since the list was made.
            if self.exists(&id).await? {
                continue;
            }
            for object in objects {
                self.remove(&object.location).await?;
            }
            tracing::info!(dataset = %id, "removed what a build that never finished had left");
            swept.datasets += 1;
        }
        if let Some(root) = self.folder.clone() {
            let what = root.display().to_string();
            let swept_files =
                tokio::task::spawn_blocking(move || folder::remove_unfinished(&root, before)).await;
            swept.files = swept_files
                .map_err(|error| StorageError::writing(&what, error))?
                .map_err(|error| StorageError::writing(&what, error))?;
        }
        Ok(swept)
    }

    /// The datasets that exist, and existed before `before`.
    pub(crate) async fn published_before(&self, before: SystemTime) -> Result<Vec<DatasetId>, StorageError> {
        let published = |objects: &Vec<ObjectMeta>| {
            let old = |object: &ObjectMeta| SystemTime::from(object.last_modified) < before;
            objects.iter().any(|object| is_manifest(object) && old(object))
        };
        let datasets = self.by_dataset().await?;
        Ok(datasets.into_iter().filter(|(_, objects)| published(objects)).map(|(id, _)| id).collect())
    }

    /// Every object of a dataset, by its dataset. Others are none of ours.
    async fn by_dataset(&self) -> Result<BTreeMap<DatasetId, Vec<ObjectMeta>>, StorageError> {
        let folder = ObjectPath::from(DATASETS);
        let mut datasets: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut objects = self.objects.list(Some(&folder));
        while let Some(object) =
            objects.try_next().await.map_err(|error| StorageError::object(&folder, error))?
        {
            let id = object.location.parts().nth(1).and_then(|id| DatasetId::parse(id.as_ref()).ok());
            if let Some(id) = id {
                datasets.entry(id).or_default().push(object);
            }
        }
        Ok(datasets)
    }
}

fn is_manifest(object: &ObjectMeta) -> bool {
    object.location.filename() == Some(MANIFEST)
}
