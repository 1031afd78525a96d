//! How a dataset comes to exist, and ceases to.

use std::path::Path;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStoreExt, PutMode, PutOptions};

use super::upload::Upload;
use super::{DATASETS, DatasetId, DatasetStore, artifact_path, manifest_path};
use crate::StorageError;
use crate::format::Artifact;

impl DatasetStore {
    /// Makes a dataset exist, with the Parquet file at `data` and its manifest: both or nothing. One that exists stays
    /// as it is ([`StorageError::Exists`]).
    ///
    /// Within one process any number may publish. Between hosts, one id belongs to one builder at a time.
    pub async fn publish(&self, id: &DatasetId, data: &Path, manifest: Bytes) -> Result<(), StorageError> {
        self.expect_absent(id).await?;
        let data = Upload::send(&self.objects, data, artifact_path(id, Artifact::DATA)).await?;
        let _alone = self.completing.lock().await;
        if let Err(error) = self.expect_absent(id).await {
            data.abort().await;
            return Err(error);
        }
        data.complete().await?;
        self.put_manifest(id, manifest).await
    }

    /// The manifest; `None` where there is no such dataset.
    pub async fn manifest(&self, id: &DatasetId) -> Result<Option<Bytes>, StorageError> {
        self.read_whole(&manifest_path(id)).await
    }

    /// Removes a dataset and all that was made from it; whether there was one. What plugins it used stay.
    pub async fn delete(&self, id: &DatasetId) -> Result<bool, StorageError> {
        let _alone = self.completing.lock().await;
        let existed = self.exists(id).await?;
        self.remove(&manifest_path(id)).await?;
        let folder = ObjectPath::from_iter([DATASETS, id.as_str()]);
        let unlisted = |error| StorageError::object(&folder, error);
        let left: Vec<_> = self.objects.list(Some(&folder)).try_collect().await.map_err(unlisted)?;
        for object in left {
            self.remove(&object.location).await?;
        }
        Ok(existed)
    }

    pub(super) async fn exists(&self, id: &DatasetId) -> Result<bool, StorageError> {
        match self.objects.head(&manifest_path(id)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(StorageError::object(id, error)),
        }
    }

    /// An object's bytes, if there is such an object.
    pub(super) async fn read_whole(&self, path: &ObjectPath) -> Result<Option<Bytes>, StorageError> {
        let read = match self.objects.get(path).await {
            Ok(object) => object.bytes().await,
            Err(error) => Err(error),
        };
        match read {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(StorageError::object(path, error)),
        }
    }

    /// Removes an object, if it is there.
    pub(super) async fn remove(&self, path: &ObjectPath) -> Result<(), StorageError> {
        match self.objects.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StorageError::object(path, error)),
        }
    }

    async fn expect_absent(&self, id: &DatasetId) -> Result<(), StorageError> {
        if self.exists(id).await? { Err(StorageError::Exists { what: id.to_string() }) } else { Ok(()) }
    }

    /// The last step. Where it fails, what counts is what the store holds then: a manifest may have arrived though its
    /// receipt got lost.
    async fn put_manifest(&self, id: &DatasetId, manifest: Bytes) -> Result<(), StorageError> {
        let path = manifest_path(id);
        let create = PutOptions::from(PutMode::Create);
        let Err(error) = self.objects.put_opts(&path, manifest.clone().into(), create).await else {
            return Ok(());
        };
        match self.manifest(id).await {
            Ok(Some(stored)) if stored == manifest => Ok(()),
            Ok(Some(_)) => Err(StorageError::Exists { what: id.to_string() }),
            Ok(None) => {
                self.remove(&artifact_path(id, Artifact::DATA)).await?;
                Err(StorageError::object(path, error))
            }
            // Nobody knows. If it has not arrived, the next sweep removes the data.
            Err(_) => Err(StorageError::object(path, error)),
        }
    }
}
