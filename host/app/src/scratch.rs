//! A folder for files on the way that belongs to this process alone.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempDir;

/// A folder of this process below one that programs on the same data share, removed with all that is in it when this is
/// dropped.
///
/// As long as its process lives, it is locked; so whoever opens the next one can tell what the dead have left, and
/// removes it.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    alone_since: Option<SystemTime>,
    _lock: File,
}

impl Scratch {
    /// A new folder below `shared`, which is made where it is missing and cleared of what dead processes have left.
    pub fn open(shared: &Path) -> io::Result<Self> {
        fs::create_dir_all(shared)?;
        // One at a time: a folder that is not locked yet must not be taken for a dead one's.
        let door = File::open(shared)?;
        door.lock()?;
        let opened = SystemTime::now();
        let others = remove_leftovers(shared)?;
        let folder = tempfile::Builder::new().prefix("process-").tempdir_in(shared)?;
        let lock = File::open(folder.path())?;
        lock.lock()?;
        Ok(Self { folder, alone_since: (others == 0).then_some(opened), _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The moment at which nobody else worked on the same data; `None` where somebody did.
    pub fn alone_since(&self) -> Option<SystemTime> {
        self.alone_since
    }
}

/// Removes what nobody holds any more, and answers how many folders are in use.
fn remove_leftovers(shared: &Path) -> io::Result<usize> {
    let mut in_use = 0;
    for entry in fs::read_dir(shared)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            fs::remove_file(entry.path())?;
            continue;
        }
        match File::open(entry.path())?.try_lock() {
            Ok(()) => fs::remove_dir_all(entry.path())?,
            Err(TryLockError::WouldBlock) => in_use += 1,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(in_use)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_dead_have_left_is_removed_and_what_the_living_use_is_not() {
        let shared = tempfile::tempdir().unwrap();
        let shared = shared.path().join("scratch");
        fs::create_dir_all(shared.join("process-dead")).unwrap();
        fs::write(shared.join("process-dead/half"), "half").unwrap();
        fs::write(shared.join("file"), "").unwrap();

        let first = Scratch::open(&shared).unwrap();
        assert!(first.alone_since().is_some());
        assert_eq!(fs::read_dir(&shared).unwrap().count(), 1);
        fs::write(first.path().join("mine"), "mine").unwrap();

        let second = Scratch::open(&shared).unwrap();
        assert!(second.alone_since().is_none());
        assert_ne!(first.path(), second.path());
        assert!(first.path().join("mine").exists());

        drop(first);
        drop(second);
        assert_eq!(fs::read_dir(&shared).unwrap().count(), 0);
    }
}
