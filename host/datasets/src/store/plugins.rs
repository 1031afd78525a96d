//! The plugins that datasets were built with.

use bytes::Bytes;
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use sha2::{Digest, Sha256};

use super::{DatasetStore, PLUGINS};
use crate::StorageError;

impl DatasetStore {
    /// Keeps a plugin under its digest (sha256, 64 hexadecimal digits in lower case), if it is not there yet. Bytes
    /// that have another digest are [`StorageError::Damaged`].
    pub async fn put_plugin(&self, digest: &str, bytes: Bytes) -> Result<(), StorageError> {
        check(digest, &bytes)?;
        match self.plugin(digest).await {
            Ok(Some(_)) => return Ok(()),
            Ok(None) | Err(StorageError::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
        let path = plugin_path(digest);
        self.objects.put(&path, bytes.into()).await.map_err(|error| StorageError::writing(&path, error))?;
        Ok(())
    }

    /// The plugin of this digest, checked against it; `None` where there is none.
    pub async fn plugin(&self, digest: &str) -> Result<Option<Bytes>, StorageError> {
        if !is_digest(digest) {
            return Ok(None);
        }
        let Some(bytes) = self.read_whole(&plugin_path(digest)).await? else { return Ok(None) };
        check(digest, &bytes)?;
        Ok(Some(bytes))
    }
}

fn plugin_path(digest: &str) -> ObjectPath {
    ObjectPath::from_iter([PLUGINS, &format!("{digest}.wasm")])
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn check(digest: &str, bytes: &[u8]) -> Result<(), StorageError> {
    let found = hex::encode(Sha256::digest(bytes));
    if found == digest {
        return Ok(());
    }
    Err(StorageError::damaged(format_args!("plugin {digest}"), format_args!("its sha256 is {found}")))
}
