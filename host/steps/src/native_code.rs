//! Native code of components on disk, so that a start compiles nothing twice.
//!
//! What is loaded from there runs with the rights of the server, so an entry carries a MAC by the server's secret over
//! the component's digest, the engine's settings and the code, and is checked in memory before it is used.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Bytes of a MAC, which stands before the code.
const MAC_BYTES: usize = 32;

/// Bytes of an entry. A larger one is not read.
const MOST_BYTES: u64 = 1 << 30;

/// What all entries are called by.
const EXTENSION: &str = "native";

/// What is being written, or was when the program was killed.
const UNFINISHED: &str = "part";

/// Entries that this process has written, for names of files that no two threads share.
static WRITES: AtomicU64 = AtomicU64::new(0);

/// Entries that were not used for so long are removed when another one is written.
const UNUSED: Duration = Duration::from_secs(30 * 86_400);

/// A use is noted once in so long.
const NOTED: Duration = Duration::from_secs(86_400);

/// A folder of entries, `{digest}-{engine}.native`.
pub(crate) struct NativeCode {
    folder: PathBuf,
    key: Hmac<Sha256>,
    engine: u64,
}

impl NativeCode {
    pub(crate) fn new(folder: PathBuf, secret: &[u8], engine: &Engine) -> Self {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let mut key = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
        key.update(b"fettle native code");
        Self { folder, key, engine: hasher.finish() }
    }

    /// The entry of a component where there is a sound one.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path(digest);
        let code = self.read(&path, digest)?;
        match loaded(engine, &code) {
            Ok(component) => {
                note_use(&path);
                Some(component)
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), "native code is rebuilt: {error:#}");
                None
            }
        }
    }

    /// Keeps the code of a component, if the folder can be written.
    pub(crate) fn keep(&self, digest: &str, code: &[u8]) {
        let path = self.path(digest);
        if let Err(error) = self.write(&path, digest, code) {
            tracing::warn!(path = %path.display(), "native code is not kept: {error}");
        }
        self.sweep();
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}-{:016x}.{EXTENSION}", self.engine))
    }

    fn read(&self, path: &Path, digest: &str) -> Option<Vec<u8>> {
        let mut entry = match read(path) {
            Ok(entry) => entry,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), "native code cannot be read and is rebuilt: {error}");
                return None;
            }
        };
        if entry.len() < MAC_BYTES {
            tracing::warn!(path = %path.display(), "native code is cut short and rebuilt");
            return None;
        }
        let code = entry.split_off(MAC_BYTES);
        if self.mac(digest, &code).verify_slice(&entry).is_err() {
            tracing::warn!(path = %path.display(), "native code is not what was written, and rebuilt");
            return None;
        }
        Some(code)
    }

    fn write(&self, path: &Path, digest: &str, code: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut entry = self.mac(digest, code).finalize().into_bytes().to_vec();
        entry.extend_from_slice(code);
        // Whole or not at all, also beside another thread or process that writes the same.
        let write = WRITES.fetch_add(1, Ordering::Relaxed);
        let unfinished = path.with_extension(format!("{}-{write}.{UNFINISHED}", std::process::id()));
        fs::write(&unfinished, entry)?;
        // An empty folder in its place is in the way; anything else is replaced.
        let _ = fs::remove_dir(path);
        fs::rename(&unfinished, path)
    }

    /// Removes entries that were not used for long, of other versions and of plugins that are gone. One that stays
    /// behind costs space alone.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let is_entry =
                path.extension().is_some_and(|extension| extension == EXTENSION || extension == UNFINISHED);
            if is_entry && age(&path).is_some_and(|age| age > UNUSED) {
                let _ = fs::remove_file(&path);
            }
        }
    }

    fn mac(&self, digest: &str, code: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(digest.as_bytes());
        mac.update(&self.engine.to_le_bytes());
        mac.update(code);
        mac
    }
}

/// An entry, whole. A pipe or a device might never end, and is none.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Before it is opened: to open a pipe is to wait for somebody who writes.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    if bytes > MOST_BYTES {
        return Err(io::Error::other(format!("it has {bytes} bytes; at most {MOST_BYTES} are read")));
    }
    let mut entry = Vec::with_capacity(bytes as usize);
    file.take(MOST_BYTES).read_to_end(&mut entry)?;
    Ok(entry)
}

/// Makes an entry as young as its use.
fn note_use(path: &Path) {
    if age(path).is_some_and(|age| age > NOTED) {
        // Where the folder cannot be written, it is not swept either.
        let _ = File::options().write(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
    }
}

fn age(path: &Path) -> Option<Duration> {
    fs::metadata(path).and_then(|file| file.modified()).ok()?.elapsed().ok()
}

/// A component of native code that this program has compiled, in this process or in its child.
pub(crate) fn loaded(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: this program compiled it: in this process, in a child whose pipe nobody else holds, or in an earlier one
    // whose MAC says so. wasmtime checks that it is for this engine.
    #[expect(unsafe_code, reason = "code that this program compiled is loaded")]
    unsafe {
        Component::deserialize(engine, code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest component: the magic number and the version, nothing in it.
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

    fn entry_of(folder: &Path) -> PathBuf {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    }

    #[test]
    fn an_entry_that_was_tampered_with_is_not_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let kept = NativeCode::new(folder.path().into(), b"secret", &engine);
        assert!(kept.load(&engine, "digest").is_none(), "there is none yet");
        let code = engine.precompile_component(COMPONENT).unwrap();
        kept.keep("digest", &code);
        assert!(kept.load(&engine, "digest").is_some());
        let path = entry_of(folder.path());
        let sound = fs::read(&path).unwrap();
        let mut flipped = sound.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for damaged in
            [&sound[..20], &sound[..sound.len() - 1], b"", &[sound.as_slice(), b"x"].concat(), &flipped]
        {
            fs::write(&path, damaged).unwrap();
            assert!(kept.load(&engine, "digest").is_none());
            kept.keep("digest", &code);
            assert!(kept.load(&engine, "digest").is_some(), "it was written again");
        }
        assert!(kept.read(&path, "another digest").is_none());
        let stranger = NativeCode::new(folder.path().into(), b"another secret", &engine);
        assert!(stranger.load(&engine, "digest").is_none());
    }
}
