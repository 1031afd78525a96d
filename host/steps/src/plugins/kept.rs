//! The last good generation on disk: its components by their digests, and a small file that lists it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fettle_config::PluginEntry;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Plugin;
use crate::generation::{Generation, Member, Presence, Previous};

/// What the state file says of its own form. Another is not read.
const FORMAT: u32 = 1;

/// The file that lists the generation.
const STATE: &str = "generation.json";

/// A folder of components, `{digest}.wasm`, and [`STATE`].
#[derive(Debug, Clone)]
pub(super) struct Kept {
    folder: PathBuf,
}

/// What the state file holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct State {
    format: u32,
    /// The last good one.
    pub(super) generation: Record,
    /// What a rollback returns to.
    pub(super) before: Option<Record>,
    /// The fingerprint of what was rolled back: it is not loaded again by a restart.
    pub(super) rolled_back: Option<String>,
}

/// A generation without its plugins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) number: u64,
    since_unix_s: u64,
    pub(super) forbidden: BTreeSet<String>,
    pub(super) plugins: Vec<PluginRecord>,
}

/// A plugin of a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PluginRecord {
    pub(super) entry: PluginEntry,
    /// SHA-256 of the component; `None` where it was disabled.
    pub(super) digest: Option<String>,
}

impl State {
    pub(super) fn new(generation: Record, before: Option<Record>, rolled_back: Option<String>) -> Self {
        Self { format: FORMAT, generation, before, rolled_back }
    }
}

impl Record {
    pub(super) fn of(generation: &Generation) -> Self {
        let since = generation.since.duration_since(UNIX_EPOCH).unwrap_or_default();
        let plugin = |member: &Member| PluginRecord {
            entry: PluginEntry { line: None, ..member.entry.clone() },
            digest: match &member.presence {
                Presence::Loaded(plugin) => Some(plugin.digest().to_owned()),
                Presence::Forbidden { digest } => Some(digest.clone()),
                Presence::Disabled => None,
            },
        };
        Self {
            number: generation.number,
            since_unix_s: since.as_secs(),
            forbidden: generation.forbidden.clone(),
            plugins: generation.members.iter().map(plugin).collect(),
        }
    }

    pub(super) fn since(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.since_unix_s)
    }

    /// Whether a generation has the same plugins, loaded in the same way.
    pub(super) fn is_of(&self, generation: &Generation) -> bool {
        let loaded = |record: &Record| -> Vec<_> {
            let loaded = record.plugins.iter().filter(|plugin| plugin.digest.is_some());
            let mut loaded: Vec<_> = loaded
                .map(|plugin| {
                    let PluginEntry { name, limits, wasi, defaults, .. } = plugin.entry.clone();
                    (name, plugin.digest.clone(), limits, wasi, defaults)
                })
                .collect();
            loaded.sort_by(|a, b| a.0.cmp(&b.0));
            loaded
        };
        let other = Self::of(generation);
        self.forbidden == other.forbidden && loaded(self) == loaded(&other)
    }

    /// What a rollback to it would load, where so much is forbidden.
    pub(super) fn previous(&self, forbidden: &BTreeSet<String>) -> Previous {
        let is_forbidden = |digest: &String| forbidden.contains(digest) || self.forbidden.contains(digest);
        let loaded = |plugin: &PluginRecord| {
            let digest = plugin.digest.clone().filter(|digest| !is_forbidden(digest))?;
            Some((plugin.entry.name.clone(), digest))
        };
        Previous { number: self.number, plugins: self.plugins.iter().filter_map(loaded).collect() }
    }

    fn digests(&self) -> impl Iterator<Item = &str> {
        self.plugins.iter().filter_map(|plugin| plugin.digest.as_deref())
    }
}

impl Kept {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What was kept last; `None` where nothing was, or nothing that can be read.
    pub(super) fn state(&self) -> Option<State> {
        let path = self.folder.join(STATE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::error!(path = %path.display(), "the last good generation of plugins is lost: {error}");
                return None;
            }
        };
        match serde_json::from_slice::<State>(&text) {
            Ok(state) if state.format == FORMAT => Some(state),
            Ok(state) => {
                let format = state.format;
                tracing::error!(path = %path.display(), format, "the last good generation is of another version");
                None
            }
            Err(error) => {
                tracing::error!(path = %path.display(), "the last good generation of plugins is lost: {error}");
                None
            }
        }
    }

    /// The component of a digest, checked against it.
    pub(super) fn component(&self, digest: &str) -> Result<Arc<[u8]>, String> {
        let path = self.path(digest);
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let found = hex::encode(Sha256::digest(&bytes));
        if found != digest {
            return Err(format!("{}: it is damaged: its sha256 is {found}", path.display()));
        }
        Ok(bytes.into())
    }

    /// Writes the components that are not there yet, then the state, which makes them count, and removes those that no
    /// longer do. Whatever stops it half way, the state on disk is one that was good.
    pub(super) fn write(&self, state: &State, plugins: &[Arc<Plugin>]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        for plugin in plugins {
            if self.component(plugin.digest()).is_err() {
                self.replace(&self.path(plugin.digest()), plugin.component())?;
            }
        }
        self.replace(&self.folder.join(STATE), &serde_json::to_vec_pretty(state).map_err(io::Error::other)?)?;
        let records = [Some(&state.generation), state.before.as_ref()];
        let counts: BTreeSet<&str> = records.into_iter().flatten().flat_map(Record::digests).collect();
        self.sweep(&counts);
        Ok(())
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}.wasm"))
    }

    /// Writes a file that appears whole or not at all, also when the machine stops.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        File::open(&self.folder)?.sync_all()
    }

    /// Removes components that no generation has. One that stays behind costs space alone.
    fn sweep(&self, counts: &BTreeSet<&str>) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let digest = path.file_stem().and_then(|stem| stem.to_str());
            let is_component = path.extension().is_some_and(|extension| extension == "wasm");
            if is_component && digest.is_none_or(|digest| !counts.contains(digest)) {
                let _ = fs::remove_file(&path);
            }
        }
    }
}
