//! Notices that the file or a plugin has changed.
//!
//! Contents are compared, not dates: a file that was touched is no change, and one that another program swapped in is,
//! whatever its date. Notifications of the kernel do not cross network file systems and the mounts of containers, so
//! files are looked at again and again; what the file system says of them tells when their contents are worth reading.

use std::convert::Infallible;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::Duration;

use super::look::look;
use super::{Plugins, Trigger};

/// What the file system says of some files; other contents show in it.
type Signs = Vec<Option<(u64, u64, u64, i64, i64, i64, i64)>>;

impl Plugins {
    /// Reloads whenever contents have changed, for ever. What is being written is waited for: contents count once they
    /// are the same at two looks, `poll` apart.
    pub async fn keep_watching(&self, poll: Duration) -> Infallible {
        let (mut settled, mut last) = (None, None);
        loop {
            tokio::time::sleep(poll).await;
            let signs = self.signs().await;
            if signs == settled {
                continue;
            }
            if signs != last {
                last = signs;
                continue;
            }
            settled = signs;
            let mut before = self.door.lock().await;
            let seen = look(&self.sources, self.sandbox.limits().file_bytes).await;
            if seen.fingerprint != self.tried.lock().unwrap_or_else(PoisonError::into_inner).fingerprint {
                self.try_out(seen, Trigger::Change, &mut before).await;
            }
        }
    }

    async fn signs(&self) -> Option<Signs> {
        let paths = self.tried.lock().unwrap_or_else(PoisonError::into_inner).paths.clone();
        tokio::task::spawn_blocking(move || paths.iter().map(sign).collect()).await.ok()
    }
}

fn sign(path: &PathBuf) -> Option<(u64, u64, u64, i64, i64, i64, i64)> {
    let file = fs::metadata(path).ok()?;
    let (modified, changed) = ((file.mtime(), file.mtime_nsec()), (file.ctime(), file.ctime_nsec()));
    Some((file.dev(), file.ino(), file.len(), modified.0, modified.1, changed.0, changed.1))
}
