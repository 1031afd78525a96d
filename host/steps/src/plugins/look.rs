//! One look at the file and at the plugins that it names, so that nothing that changes meanwhile is torn.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fettle_config::{PluginSource, PluginsFile};
use sha2::{Digest, Sha256};

use super::{Refusal, Sources, Subject};

/// Bytes of the file: there are some hundred plugins at most.
const FILE_BYTES: usize = 1 << 20;

/// What was seen.
pub(super) struct Look {
    pub(super) file: Result<PluginsFile, Vec<Refusal>>,
    /// The components that it names, or why they cannot be had.
    pub(super) components: BTreeMap<PluginSource, Result<Component, String>>,
    /// Of all that was seen: the same for the same contents.
    pub(super) fingerprint: String,
    /// The files that it depends on.
    pub(super) paths: Vec<PathBuf>,
}

/// A component and what is known of it.
#[derive(Clone)]
pub(super) struct Component {
    pub(super) bytes: Arc<[u8]>,
    pub(super) digest: String,
    /// Whether it is part of this program.
    pub(super) trusted: bool,
}

impl Component {
    /// Hashes it: for a thread that may block.
    pub(super) fn of(bytes: Arc<[u8]>, sources: &Sources) -> Self {
        let trusted = sources.builtin.iter().any(|(_, builtin)| **builtin == *bytes);
        Self { digest: hex::encode(Sha256::digest(&bytes)), bytes, trusted }
    }
}

impl Look {
    /// What the file forbids, as far as it can be read.
    pub(super) fn forbidden(&self) -> BTreeSet<String> {
        self.file.as_ref().map(|file| file.forbidden.clone()).unwrap_or_default()
    }
}

/// Looks at everything; components may have `most` bytes.
pub(super) async fn look(sources: &Sources, most: usize) -> Look {
    let sources = sources.clone();
    let looked = tokio::task::spawn_blocking(move || look_now(&sources, most)).await;
    looked.unwrap_or_else(|error| Look {
        file: Err(vec![Refusal::of(Subject::Server, error.to_string())]),
        components: BTreeMap::new(),
        fingerprint: String::new(),
        paths: Vec::new(),
    })
}

fn look_now(sources: &Sources, most: usize) -> Look {
    let mut fingerprint = Sha256::new();
    let mut paths = Vec::new();
    let file = match &sources.file {
        None => Ok(PluginsFile::of_builtin(sources.builtin.iter().map(|(name, _)| *name))),
        Some(path) => {
            paths.push(path.clone());
            file_at(path, &mut fingerprint)
        }
    };
    let mut components = BTreeMap::new();
    for entry in file.iter().flat_map(|file| &file.plugins).filter(|entry| entry.enabled) {
        if components.contains_key(&entry.source) {
            continue;
        }
        let component = match &entry.source {
            // Another version of the program brings others under the same names.
            PluginSource::Builtin(name) => builtin(sources, name),
            PluginSource::File(path) => {
                paths.push(path.clone());
                read(path, most).map_err(|problem| format!("{}: {problem}", path.display()))
            }
        };
        let component = component.map(|bytes| Component::of(bytes, sources));
        match &component {
            Ok(component) => fingerprint.update(&component.digest),
            Err(problem) => fingerprint.update(problem.as_bytes()),
        }
        components.insert(entry.source.clone(), component);
    }
    Look { file, components, fingerprint: hex::encode(fingerprint.finalize()), paths }
}

/// What the file at a path says.
fn file_at(path: &Path, fingerprint: &mut Sha256) -> Result<PluginsFile, Vec<Refusal>> {
    let text = read(path, FILE_BYTES).and_then(|bytes| {
        fingerprint.update(Sha256::digest(&bytes));
        String::from_utf8(bytes.to_vec()).map_err(|_| "it is not UTF-8".to_owned())
    });
    let text =
        text.map_err(|problem| vec![Refusal::of(Subject::File, format!("{}: {problem}", path.display()))])?;
    let base = path.parent().unwrap_or(Path::new(""));
    PluginsFile::parse(&text, base)
        .map_err(|problems| problems.into_iter().map(Refusal::from).collect::<Vec<_>>())
}

fn builtin(sources: &Sources, name: &str) -> Result<Arc<[u8]>, String> {
    match sources.builtin.iter().find(|(known, _)| *known == name) {
        Some((_, bytes)) => Ok(Arc::from(*bytes)),
        None => {
            let known: Vec<&str> = sources.builtin.iter().map(|(name, _)| *name).collect();
            Err(format!("there is no built-in plugin `{name}`; there are: {}", known.join(", ")))
        }
    }
}

/// A file of at most `most` bytes. A larger one is not read.
fn read(path: &Path, most: usize) -> Result<Arc<[u8]>, String> {
    // A pipe or a device might never end, and already to open a pipe is to wait for somebody who writes.
    if !fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("it is not a file".to_owned());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    let too_large = |bytes: u64| format!("the file has {bytes} bytes; at most {most} are allowed");
    if metadata.len() > most as u64 {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > most {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes.into())
}
