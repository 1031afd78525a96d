//! Where datasets are kept: a folder, or an S3-compatible bucket.
//!
//! `datasets/{id}/manifest.json` is what makes a dataset exist: it is written last and removed first. Beside it lie
//! `data.parquet`, and the other [artifacts](crate::format::Artifact) that were made from it and kept.
//! `plugins/{sha256}.wasm` are the plugins that datasets were built with, shared by all of them.

mod artifacts;
mod folder;
mod id;
mod plugins;
mod publish;
mod sweep;
mod upload;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};
use tokio::sync::Mutex;

pub use self::artifacts::{LocalFile, StoredArtifact};
pub use self::id::{DatasetId, NoDatasetId};
pub use self::sweep::Swept;
use crate::StorageError;
use crate::format::Artifact;

const DATASETS: &str = "datasets";
const PLUGINS: &str = "plugins";
const MANIFEST: &str = "manifest.json";

/// How long a request to a bucket is tried again before it counts as unavailable.
const RETRY_FOR: Duration = Duration::from_secs(20);

/// The place where datasets are kept. A dataset is there whole or not at all, and stays there if the power fails.
#[derive(Debug)]
pub struct DatasetStore {
    objects: Arc<dyn ObjectStore>,
    /// Where the objects are files.
    folder: Option<PathBuf>,
    /// Held by who completes a dataset, so that of two with the same id one wins as a whole.
    completing: Mutex<()>,
}

impl DatasetStore {
    /// The store at `location`: `s3://bucket` or `s3://bucket/prefix`, or a folder (as a path or a `file://` URL),
    /// which is created where it is absent. What else a bucket needs stands in the environment, as other programs have
    /// it: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, and for other stores than Amazon's
    /// `AWS_ENDPOINT` and `AWS_ALLOW_HTTP`.
    pub fn at(location: &str) -> Result<Self, StorageError> {
        let refused = |problem: String| StorageError::Location { location: location.to_owned(), problem };
        match location.split_once("://") {
            None => Self::in_folder(Path::new(location)),
            Some(("file", path)) if path.starts_with('/') => Self::in_folder(Path::new(path)),
            Some(("file", _)) => Err(refused("a file URL has an absolute path".to_owned())),
            Some(("s3", path)) if path.is_empty() || path.starts_with('/') => {
                Err(refused("it names no bucket".to_owned()))
            }
            Some(("s3", path)) => {
                let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
                let prefix = ObjectPath::parse(prefix).map_err(|error| refused(error.to_string()))?;
                let retry = RetryConfig {
                    retry_timeout: RETRY_FOR,
                    max_retries: 5,
                    backoff: BackoffConfig::default(),
                };
                let bucket = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry).build();
                let bucket = bucket.map_err(|error| refused(error.to_string()))?;
                Ok(Self::over(Arc::new(PrefixStore::new(bucket, prefix)), None))
            }
            Some((scheme, _)) => Err(refused(format!("it is neither a folder nor s3://, but {scheme}://"))),
        }
    }

    /// Whether the store answers, which tells an empty one from a folder or a bucket that is not there.
    pub async fn check(&self) -> Result<(), StorageError> {
        let answer = match &self.folder {
            Some(folder) => tokio::fs::read_dir(folder).await.map(drop).map_err(Into::into),
            None => self.objects.list_with_delimiter(None).await.map(drop).map_err(Into::into),
        };
        answer
            .map_err(|error: Box<dyn Error + Send + Sync>| StorageError::writing("the dataset store", error))
    }

    fn in_folder(path: &Path) -> Result<Self, StorageError> {
        let path = folder::create(path).map_err(|error| StorageError::writing(path.display(), error))?;
        let files = LocalFileSystem::new_with_prefix(&path)
            .map_err(|error| StorageError::object(path.display(), error))?
            .with_fsync(true)
            .with_automatic_cleanup(true);
        Ok(Self::over(Arc::new(files), Some(path)))
    }

    fn over(objects: Arc<dyn ObjectStore>, folder: Option<PathBuf>) -> Self {
        Self { objects, folder, completing: Mutex::new(()) }
    }
}

fn manifest_path(id: &DatasetId) -> ObjectPath {
    ObjectPath::from_iter([DATASETS, id.as_str(), MANIFEST])
}

fn artifact_path(id: &DatasetId, artifact: Artifact) -> ObjectPath {
    ObjectPath::from_iter([DATASETS, id.as_str(), &artifact.file_name()])
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use jiff::civil::date;
    use object_store::memory::InMemory;
    use tempfile::TempDir;

    use super::*;
    use crate::format::Format;
    use crate::table::Part;

    /// What a bucket has that a folder lacks: nothing of it is a file here.
    #[tokio::test]
    async fn a_bucket_is_a_store_as_a_folder_is() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("file");
        let content: Vec<u8> = (0..9_000_000_u32).map(|byte| (byte % 251) as u8).collect();
        std::fs::write(&file, &content).unwrap();
        let bucket = PrefixStore::new(InMemory::new(), "a/prefix");
        let store = DatasetStore::over(Arc::new(bucket), None);
        store.check().await.unwrap();
        let id = DatasetId::new(date(2025, 11, 3), 1);
        let csv = Artifact::new(Format::Csv, Part::All).unwrap();

        store.publish(&id, &file, Bytes::from_static(b"{}")).await.unwrap();
        store.keep(&id, csv, &file).await.unwrap();
        let fetched = store.fetch_data(&id, folder.path()).await.unwrap();
        assert!(fetched.path().starts_with(folder.path()));
        assert!(std::fs::read(fetched.path()).unwrap() == content);
        let path = fetched.path().to_owned();
        drop(fetched);
        assert!(!path.exists());

        assert_eq!(store.sweep(std::time::SystemTime::now()).await.unwrap(), Swept::default());
        assert!(store.delete(&id).await.unwrap());
        assert!(store.open(&id, csv).await.unwrap().is_none());
        assert_eq!(store.manifest(&id).await.unwrap(), None);
    }
}
