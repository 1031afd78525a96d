//! A local file on its way into the store.

use std::path::Path;
use std::sync::Arc;

use bytes::BytesMut;
use object_store::path::Path as ObjectPath;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::StorageError;

/// How much is sent at once, in bytes: S3 takes no smaller parts, but for the last.
const PART_BYTES: u64 = 5 << 20;
/// How many parts S3 takes.
const MAX_PARTS: u64 = 10_000;

/// A file of which all has been sent, and nothing shows until it is complete.
pub(super) struct Upload {
    to: ObjectPath,
    parts: Box<dyn MultipartUpload>,
}

impl Upload {
    /// Sends the file at `from`, to become the object `to`.
    pub(super) async fn send(
        objects: &Arc<dyn ObjectStore>,
        from: &Path,
        to: ObjectPath,
    ) -> Result<Self, StorageError> {
        let parts = objects.put_multipart(&to).await.map_err(|error| StorageError::writing(&to, error))?;
        let mut upload = Self { to, parts };
        match upload.send_parts(from).await {
            Ok(()) => Ok(upload),
            Err(error) => {
                upload.abort().await;
                Err(error)
            }
        }
    }

    async fn send_parts(&mut self, from: &Path) -> Result<(), StorageError> {
        let unreadable = |error| StorageError::reading(from.display(), error);
        let mut file = File::open(from).await.map_err(unreadable)?;
        let size = file.metadata().await.map_err(unreadable)?.len();
        let part_bytes = PART_BYTES.max(size.div_ceil(MAX_PARTS));
        let mut sent = 0;
        while sent < size {
            let due = part_bytes.min(size - sent);
            let mut part = BytesMut::with_capacity(due as usize);
            let mut rest = (&mut file).take(due);
            // A buffer that is full is not offered: it would grow to twice its size for nothing.
            while rest.limit() > 0 && rest.read_buf(&mut part).await.map_err(unreadable)? > 0 {}
            if part.is_empty() {
                return Err(StorageError::damaged(from.display(), "it became shorter while it was read"));
            }
            sent += part.len() as u64;
            let sending = self.parts.put_part(part.freeze().into());
            sending.await.map_err(|error| StorageError::writing(&self.to, error))?;
        }
        Ok(())
    }

    /// Makes it show, in the place of what was there.
    pub(super) async fn complete(mut self) -> Result<(), StorageError> {
        match self.parts.complete().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let error = StorageError::writing(&self.to, error);
                self.abort().await;
                Err(error)
            }
        }
    }

    /// Leaves nothing behind, as far as the store can be reached; what it keeps of it shows nowhere.
    pub(super) async fn abort(mut self) {
        if let Err(error) = self.parts.abort().await {
            tracing::warn!(object = %self.to, %error, "an upload that was given up may have left parts in the store");
        }
    }
}
