//! Footers that were read before.

use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use super::outline::Outline;

/// Bytes of outlines that are kept: those of four thousand months at 1 Hz.
const OUTLINE_BYTES: usize = 16 << 20;

/// Bytes of whole footers that are kept, a hundred times as large: those of the months that are read over and over.
const FOOTER_BYTES: usize = 64 << 20;

/// What the footers of files say, kept for the next who opens them. Reading the last rows of a month is otherwise
/// half the work of reading its footer.
#[derive(Debug)]
pub struct Footers {
    outlines: Mutex<Shelf<Arc<Outline>>>,
    whole: Mutex<Shelf<ArrowReaderMetadata>>,
}

/// Which file it is. A file is only ever replaced by another, so that what was read of it stays true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
    length: u64,
    /// Inodes are given again, but not at the same instant.
    changed: [(i64, i64); 2],
}

/// What is kept of files, by path: what was used last, within so many bytes.
#[derive(Debug)]
struct Shelf<T> {
    /// What was put or taken since the last turn.
    young: HashMap<PathBuf, Kept<T>>,
    young_bytes: usize,
    /// What was there before. At the next turn, all of it goes.
    old: HashMap<PathBuf, Kept<T>>,
    most_bytes: usize,
}

#[derive(Debug)]
struct Kept<T> {
    identity: Identity,
    value: T,
    bytes: usize,
}

impl Footers {
    /// The outline of the file at `path`, if it was kept.
    pub fn outline(&self, path: &Path, identity: Identity) -> Option<Arc<Outline>> {
        hold(&self.outlines).take(path, identity)
    }

    /// The whole footer of the file at `path`, if it was kept.
    pub fn whole(&self, path: &Path, identity: Identity) -> Option<ArrowReaderMetadata> {
        hold(&self.whole).take(path, identity)
    }

    /// Keeps an outline.
    pub fn keep_outline(&self, path: &Path, identity: Identity, outline: &Arc<Outline>) {
        hold(&self.outlines).put(path, identity, Arc::clone(outline), outline.bytes());
    }

    /// Keeps a whole footer.
    pub fn keep_whole(&self, path: &Path, identity: Identity, footer: &ArrowReaderMetadata) {
        hold(&self.whole).put(path, identity, footer.clone(), footer.metadata().memory_size());
    }
}

impl Default for Footers {
    fn default() -> Self {
        Self { outlines: Mutex::new(Shelf::new(OUTLINE_BYTES)), whole: Mutex::new(Shelf::new(FOOTER_BYTES)) }
    }
}

impl Identity {
    /// That of an open file.
    pub fn of(file: &Metadata) -> Self {
        Self {
            device: file.dev(),
            inode: file.ino(),
            length: file.len(),
            changed: [(file.mtime(), file.mtime_nsec()), (file.ctime(), file.ctime_nsec())],
        }
    }
}

impl<T: Clone> Shelf<T> {
    fn new(most_bytes: usize) -> Self {
        Self { young: HashMap::new(), young_bytes: 0, old: HashMap::new(), most_bytes }
    }

    fn take(&mut self, path: &Path, identity: Identity) -> Option<T> {
        if let Some(kept) = self.young.get(path) {
            return (kept.identity == identity).then(|| kept.value.clone());
        }
        let kept = self.old.remove(path).filter(|kept| kept.identity == identity)?;
        let value = kept.value.clone();
        self.add(path, kept);
        Some(value)
    }

    fn put(&mut self, path: &Path, identity: Identity, value: T, bytes: usize) {
        self.old.remove(path);
        self.add(
            path,
            Kept { identity, value, bytes: bytes + path.as_os_str().len() + size_of::<Kept<T>>() },
        );
    }

    /// Half of the room is for the young. When it is full they become the old.
    fn add(&mut self, path: &Path, kept: Kept<T>) {
        if kept.bytes > self.most_bytes / 2 {
            return;
        }
        if self.young_bytes + kept.bytes > self.most_bytes / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += kept.bytes;
        if let Some(before) = self.young.insert(path.to_owned(), kept) {
            self.young_bytes -= before.bytes;
        }
    }
}

/// A thread that panicked has left a shelf as sound as any other.
fn hold<T>(shelf: &Mutex<Shelf<T>>) -> MutexGuard<'_, Shelf<T>> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(inode: u64) -> Identity {
        Identity { device: 1, inode, length: 1, changed: [(0, 0), (0, 0)] }
    }

    #[test]
    fn another_file_at_the_same_path_is_not_taken_for_the_one_that_was_read() {
        let mut shelf = Shelf::new(10_000);
        let path = Path::new("2025-11.parquet");
        shelf.put(path, identity(1), "one", 1);
        assert_eq!(shelf.take(path, identity(1)), Some("one"));
        assert_eq!(shelf.take(path, identity(2)), None);
        shelf.put(path, identity(2), "two", 1);
        assert_eq!((shelf.take(path, identity(1)), shelf.take(path, identity(2))), (None, Some("two")));
        let [in_modified, in_changed] =
            [[(0, 1), (0, 0)], [(0, 0), (0, 1)]].map(|changed| Identity { changed, ..identity(2) });
        assert_eq!((shelf.take(path, in_modified), shelf.take(path, in_changed)), (None, None));
    }

    #[test]
    fn what_is_used_stays_and_the_rest_goes_within_the_bytes() {
        let path = |number: u64| PathBuf::from(format!("{number:04}"));
        let mut shelf = Shelf::new(200_000);
        for number in 0..1_000 {
            shelf.put(&path(number), identity(number), number, 1_000);
            assert_eq!(shelf.take(&path(0), identity(0)), Some(0), "after {number}");
            let bytes =
                |kept: &HashMap<PathBuf, Kept<u64>>| kept.values().map(|kept| kept.bytes).sum::<usize>();
            assert!(bytes(&shelf.young) + bytes(&shelf.old) <= 200_000);
            assert_eq!(bytes(&shelf.young), shelf.young_bytes);
        }
        assert_eq!(shelf.take(&path(999), identity(999)), Some(999));
        assert_eq!(shelf.take(&path(500), identity(500)), None);
        shelf.put(&path(7), identity(7), 7, 300_000);
        assert_eq!(shelf.take(&path(7), identity(7)), None, "too large for all of it");
    }
}
