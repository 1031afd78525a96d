//! What a folder needs beyond what an object store does.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Creates a folder and those above it, each entered durably in the one above; its absolute path.
pub(super) fn create(path: &Path) -> io::Result<PathBuf> {
    create_below(&std::path::absolute(path)?)?;
    fs::canonicalize(path)
}

fn create_below(path: &Path) -> io::Result<()> {
    let Some(parent) = path.parent().filter(|_| !path.is_dir()) else { return Ok(()) };
    create_below(parent)?;
    match fs::create_dir(path) {
        // Another process was faster.
        Err(error) if error.kind() != ErrorKind::AlreadyExists || !path.is_dir() => Err(error),
        _ => File::open(parent)?.sync_all(),
    }
}

/// Removes the files in the folders below `root` that were left half written and have not changed since `before`, and
/// the folders that are empty then. How many files that were.
///
/// `object_store` writes to `{name}#{number}` and renames that when it is complete; it lists no such file.
pub(super) fn remove_unfinished(root: &Path, before: SystemTime) -> io::Result<u64> {
    let mut removed = 0;
    for entry in entries(root)? {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            removed += remove_unfinished(&path, before)?;
            // Fails where it is not empty, or another has removed it.
            let _ = fs::remove_dir(&path);
        } else if is_unfinished(&path) && entry.metadata()?.modified()? < before {
            match fs::remove_file(&path) {
                Ok(()) => removed += 1,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(removed)
}

fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.rsplit_once('#'))
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
