//! `plugins.toml`: which plugins are loaded, and how each of them may run.

mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Problem;

/// What stands before the name of a built-in plugin.
const BUILTIN: &str = "builtin:";

/// What `plugins.toml` says, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PluginsFile {
    /// SHA-256 (hex, lower case) of components that are never loaded.
    pub forbidden: BTreeSet<String>,
    /// At least one, no name twice, in the order of the file.
    pub plugins: Vec<PluginEntry>,
}

/// A plugin of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginEntry {
    /// What operators call it.
    pub name: String,
    /// Where its component comes from.
    pub source: PluginSource,
    /// The SHA-256 (hex, lower case) that the component must have; any, where it is not pinned.
    pub sha256: Option<String>,
    /// Whether it is loaded at all.
    pub enabled: bool,
    /// Whether it may import WASI, of which it then sees an empty world.
    pub wasi: bool,
    /// What each of its calls may use, where that differs from `[steps]`.
    pub limits: PluginLimits,
    /// Parameters by method, in force where a request does not give them.
    pub defaults: BTreeMap<String, Map<String, Value>>,
    /// Where it stands in the file, counted from 1; `None` for one that stands in no file.
    #[serde(skip)]
    pub line: Option<usize>,
}

/// Where a component comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum PluginSource {
    /// The program itself.
    Builtin(String),
    /// A file.
    File(PathBuf),
}

/// Limits of one plugin. What is not set is as `[steps]` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PluginLimits {
    /// Most memory of one instance, in MiB, beside eight bytes for each byte that it is given.
    pub memory_mib: Option<u32>,
    /// Time that any call may take, in milliseconds …
    pub time_base_ms: Option<u32>,
    /// … and for each cell that it is given, in nanoseconds, on top of that.
    pub time_per_cell_ns: Option<u32>,
    /// Most that one call may give back, in MiB.
    pub output_mib: Option<u32>,
    /// Threads that may run it at the same time.
    pub concurrency: Option<usize>,
}

impl PluginsFile {
    /// Checks the text of a file in the folder `base`; relative paths are seen from there. All mistakes come together,
    /// in the order of their lines.
    pub fn parse(text: &str, base: &Path) -> Result<Self, Vec<Problem>> {
        read::file(text, base)
    }

    /// Every built-in plugin under its own name, for a server that has no such file.
    pub fn of_builtin(names: impl IntoIterator<Item = &'static str>) -> Self {
        let entry = |name: &str| PluginEntry {
            source: PluginSource::Builtin(name.to_owned()),
            ..PluginEntry::named(name)
        };
        Self { forbidden: BTreeSet::new(), plugins: names.into_iter().map(entry).collect() }
    }
}

impl PluginEntry {
    /// An entry that says nothing but a name, of a file that is nowhere.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            source: PluginSource::File(PathBuf::new()),
            sha256: None,
            enabled: true,
            wasi: false,
            limits: PluginLimits::default(),
            defaults: BTreeMap::new(),
            line: None,
        }
    }
}

impl fmt::Display for PluginSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PluginSource::Builtin(name) => write!(f, "{BUILTIN}{name}"),
            PluginSource::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl From<String> for PluginSource {
    fn from(text: String) -> Self {
        match text.strip_prefix(BUILTIN) {
            Some(name) => PluginSource::Builtin(name.to_owned()),
            None => PluginSource::File(text.into()),
        }
    }
}

impl From<PluginSource> for String {
    fn from(source: PluginSource) -> Self {
        source.to_string()
    }
}
