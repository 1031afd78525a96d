//! The files of a dataset: handed out in ranges, fetched to make others from, kept once they are made.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};
use tempfile::TempPath;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::upload::Upload;
use super::{DatasetId, DatasetStore, artifact_path};
use crate::StorageError;
use crate::format::Artifact;

/// A stored file, ready to be read from.
#[derive(Debug, Clone)]
pub struct StoredArtifact {
    objects: Arc<dyn ObjectStore>,
    meta: ObjectMeta,
}

/// A file on this machine, removed when it is dropped if it had to be fetched from a bucket.
#[derive(Debug)]
pub struct LocalFile {
    path: PathBuf,
    _fetched: Option<TempPath>,
}

impl DatasetStore {
    /// A file of a dataset; `None` where it has not been made or kept. Whether the dataset exists, its manifest says.
    pub async fn open(
        &self,
        id: &DatasetId,
        artifact: Artifact,
    ) -> Result<Option<StoredArtifact>, StorageError> {
        let path = artifact_path(id, artifact);
        match self.objects.head(&path).await {
            Ok(meta) => Ok(Some(StoredArtifact { objects: Arc::clone(&self.objects), meta })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(StorageError::object(path, error)),
        }
    }

    /// A dataset's Parquet file as a file on this machine: where the store is a folder itself, else fetched into
    /// `scratch`.
    pub async fn fetch_data(&self, id: &DatasetId, scratch: &Path) -> Result<LocalFile, StorageError> {
        let path = artifact_path(id, Artifact::DATA);
        let Some(stored) = self.open(id, Artifact::DATA).await? else {
            return Err(StorageError::NotFound { what: path.to_string() });
        };
        if let Some(folder) = &self.folder {
            return Ok(LocalFile { path: folder.join(path.as_ref()), _fetched: None });
        }
        let unwritten = |error| StorageError::writing(scratch.display(), error);
        let (file, path) = tempfile::NamedTempFile::new_in(scratch).map_err(unwritten)?.into_parts();
        let mut file = File::from_std(file);
        let mut content = std::pin::pin!(stored.read(0..stored.size()).await?);
        while let Some(bytes) = content.try_next().await? {
            file.write_all(&bytes).await.map_err(unwritten)?;
        }
        file.flush().await.map_err(unwritten)?;
        Ok(LocalFile { path: path.to_path_buf(), _fetched: Some(path) })
    }

    /// Keeps an artifact that was made at `made`, whole or not at all. It is [`StorageError::NotFound`] where the
    /// dataset was removed meanwhile; then nothing is kept.
    pub async fn keep(&self, id: &DatasetId, artifact: Artifact, made: &Path) -> Result<(), StorageError> {
        let file = Upload::send(&self.objects, made, artifact_path(id, artifact)).await?;
        let _alone = self.completing.lock().await;
        match self.exists(id).await {
            Ok(true) => file.complete().await,
            Ok(false) => {
                file.abort().await;
                Err(StorageError::NotFound { what: id.to_string() })
            }
            Err(error) => {
                file.abort().await;
                Err(error)
            }
        }
    }
}

impl StoredArtifact {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.meta.size
    }

    /// What tells it from any other that was or will be there, without quotes.
    pub fn etag(&self) -> Option<&str> {
        let tag = self.meta.e_tag.as_deref()?;
        Some(tag.trim_start_matches("W/").trim_matches('"'))
    }

    /// When it was stored.
    pub fn last_modified(&self) -> SystemTime {
        self.meta.last_modified.into()
    }

    /// Some of its bytes, which lie within its size; an error where another has taken its place.
    pub async fn read(
        &self,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes, StorageError>> + Send + use<>, StorageError> {
        let what = self.meta.location.clone();
        if range.is_empty() {
            return Ok(futures::stream::empty().boxed());
        }
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            if_match: self.meta.e_tag.clone(),
            ..GetOptions::default()
        };
        let found = self.objects.get_opts(&what, options).await;
        let bytes = found.map_err(|error| StorageError::object(&what, error))?.into_stream();
        Ok(bytes.map_err(move |error| StorageError::object(&what, error)).boxed())
    }
}

impl LocalFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
