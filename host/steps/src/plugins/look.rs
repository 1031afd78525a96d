//! One look at the file and at the plugins that it names, so that nothing that changes meanwhile is torn.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fettle_config::{PluginSource, PluginsFile};
use sha2::{Digest, Sha256};

use super::{Refusal, Sources};

/// Bytes of the file: there are some hundred plugins at most.
const FILE_BYTES: usize = 1 << 20;

/// What was seen.
pub(super) struct Look {
    pub(super) file: Result<PluginsFile, Vec<Refusal>>,
    /// The components in files, or why they cannot be read.
    pub(super) components: BTreeMap<PathBuf, Result<Arc<[u8]>, String>>,
    /// Of all that was seen: the same for the same contents.
    pub(super) fingerprint: String,
    /// The files that it depends on.
    pub(super) paths: Vec<PathBuf>,
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
        file: Err(vec![Refusal::of_all(error.to_string())]),
        components: BTreeMap::new(),
        fingerprint: String::new(),
        paths: Vec::new(),
    })
}

fn look_now(sources: &Sources, most: usize) -> Look {
    let mut fingerprint = Sha256::new();
    let Some(path) = &sources.file else {
        let names = sources.builtin.iter().map(|(name, _)| *name);
        let file = Ok(PluginsFile::of_builtin(names));
        return Look {
            file,
            components: BTreeMap::new(),
            fingerprint: "built in".to_owned(),
            paths: Vec::new(),
        };
    };
    let text = read(path, FILE_BYTES).and_then(|bytes| {
        fingerprint.update(Sha256::digest(&bytes));
        String::from_utf8(bytes.to_vec()).map_err(|_| "it is not UTF-8".to_owned())
    });
    let base = path.parent().unwrap_or(Path::new(""));
    let file = match text {
        Ok(text) => PluginsFile::parse(&text, base)
            .map_err(|problems| problems.into_iter().map(Refusal::from).collect::<Vec<_>>()),
        Err(problem) => Err(vec![Refusal::of_all(format!("{}: {problem}", path.display()))]),
    };
    let mut paths = vec![path.clone()];
    let mut components = BTreeMap::new();
    for entry in file.iter().flat_map(|file| &file.plugins).filter(|entry| entry.enabled) {
        let PluginSource::File(path) = &entry.source else { continue };
        if components.contains_key(path) {
            continue;
        }
        let component = read(path, most);
        match &component {
            Ok(bytes) => fingerprint.update(Sha256::digest(bytes)),
            Err(problem) => fingerprint.update(problem.as_bytes()),
        }
        components.insert(path.clone(), component);
        paths.push(path.clone());
    }
    Look { file, components, fingerprint: hex::encode(fingerprint.finalize()), paths }
}

/// A file of at most `most` bytes. A larger one is not read.
fn read(path: &Path, most: usize) -> Result<Arc<[u8]>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        // A pipe or a device might never end.
        return Err("it is not a file".to_owned());
    }
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
