//! Generations: the plugins that are in force at one time.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use fettle_config::PluginEntry;

use crate::{Catalogue, Limits, Plugin, Sandbox, Terms};

/// The plugins that are in force from one reload to the next. A value that does not change.
#[derive(Debug, Clone)]
pub struct Generation {
    /// Counts generations, over restarts too.
    pub number: u64,
    /// When it came into force.
    pub since: SystemTime,
    /// Its methods.
    pub catalogue: Arc<Catalogue>,
    /// Every plugin that the operator lists, in that order, those that are not loaded too.
    pub members: Vec<Member>,
    /// SHA-256 (hex, lower case) of components that are never loaded.
    pub forbidden: BTreeSet<String>,
    /// Whether it came by a rollback, and so what the file says is not in force.
    pub rolled_back: bool,
    /// What a rollback would return to.
    pub previous: Option<Previous>,
}

/// A generation that a rollback would return to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Its number when it was in force.
    pub number: u64,
    /// Name and SHA-256 of each plugin that would be loaded.
    pub plugins: Vec<(String, String)>,
}

/// A plugin that the operator lists.
#[derive(Debug, Clone)]
pub struct Member {
    /// What the operator says of it.
    pub entry: PluginEntry,
    /// Loaded or not.
    pub presence: Presence,
}

/// Whether a plugin is loaded.
#[derive(Debug, Clone)]
pub enum Presence {
    /// It is.
    Loaded(Arc<Plugin>),
    /// The operator does not want it to be.
    Disabled,
    /// Its digest is forbidden.
    Forbidden {
        /// SHA-256 of the component.
        digest: String,
    },
}

impl Member {
    /// The plugin, where it is loaded.
    pub fn plugin(&self) -> Option<&Arc<Plugin>> {
        match &self.presence {
            Presence::Loaded(plugin) => Some(plugin),
            Presence::Disabled | Presence::Forbidden { .. } => None,
        }
    }
}

impl Generation {
    /// The member of a name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.entry.name == name)
    }

    /// Whether a component of this digest must not be loaded.
    pub fn forbids(&self, digest: &str) -> bool {
        self.forbidden.contains(digest)
    }

    /// On which terms an older component of the plugin that calls itself `name` is let in: on those of the one that is
    /// loaded, or on the sandbox's where none is.
    pub fn terms(&self, sandbox: &Sandbox, name: &str, digest: &str) -> Terms {
        let terms = Terms { pinned: Some(digest.to_owned()), ..Terms::of(sandbox) };
        let mut loaded = self.members.iter().filter_map(|member| Some((member.plugin()?, member.entry.wasi)));
        match loaded.find(|(plugin, _)| plugin.name() == name) {
            Some((plugin, wasi)) => Terms { limits: *plugin.limits(), wasi, ..terms },
            None => terms,
        }
    }

    /// Name, version and digest of each plugin that is loaded, as it calls itself.
    pub(crate) fn described(&self) -> Vec<[&str; 3]> {
        let loaded = self.members.iter().filter_map(Member::plugin);
        loaded.map(|plugin| [plugin.name(), plugin.version(), plugin.digest()]).collect()
    }

    /// A loaded plugin with these bytes, on these terms.
    pub(crate) fn same(&self, digest: &str, limits: &Limits, wasi: bool) -> Option<&Arc<Plugin>> {
        self.members
            .iter()
            .filter(|member| member.entry.wasi == wasi)
            .filter_map(Member::plugin)
            .find(|plugin| plugin.digest() == digest && plugin.limits() == limits)
    }
}

/// The generation in force, which a reload replaces. A clone looks at the same one.
#[derive(Clone)]
pub struct CurrentCatalogue(Arc<ArcSwap<Generation>>);

impl CurrentCatalogue {
    /// The methods that are in force at this instant. Whoever resolves against them holds on to them: a reload changes
    /// nothing for what is under way.
    pub fn get(&self) -> Arc<Catalogue> {
        Arc::clone(&self.0.load().catalogue)
    }

    /// The generation that is in force at this instant.
    pub fn generation(&self) -> Arc<Generation> {
        self.0.load_full()
    }

    pub(crate) fn new(generation: Generation) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(generation)))
    }

    /// From now on another generation is in force. Cannot fail.
    pub(crate) fn set(&self, generation: Generation) {
        self.0.store(Arc::new(generation));
    }
}

impl From<Arc<Catalogue>> for CurrentCatalogue {
    /// A catalogue that nothing replaces.
    fn from(catalogue: Arc<Catalogue>) -> Self {
        Self::new(Generation {
            number: 0,
            since: SystemTime::now(),
            catalogue,
            members: Vec::new(),
            forbidden: BTreeSet::new(),
            rolled_back: false,
            previous: None,
        })
    }
}

impl fmt::Debug for CurrentCatalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CurrentCatalogue(generation {})", self.0.load().number)
    }
}
