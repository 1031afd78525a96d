//! Admits all plugins of a file, or of a generation that was kept, beside those that run.

use std::collections::BTreeSet;
use std::sync::Arc;

use fettle_config::{PluginEntry, PluginSource};
use serde_json::Map;
use sha2::{Digest, Sha256};

use super::kept::{Kept, Record};
use super::look::Look;
use super::{Refusal, Sources};
use crate::admit::Compiled;
use crate::generation::{Member, Presence};
use crate::{Catalogue, Generation, Listed, Plugin, Sandbox, StepError, Terms};

/// Plugins that are ready to be put in force, if nothing was refused.
#[derive(Default)]
pub(super) struct Prepared {
    /// Those that were admitted, and those that are not to be.
    pub(super) members: Vec<Member>,
    /// Their methods; only where nothing was refused.
    pub(super) catalogue: Option<Arc<Catalogue>>,
    pub(super) refusals: Vec<Refusal>,
}

/// Plugins that can be put in force.
pub(super) struct Ready {
    pub(super) members: Vec<Member>,
    pub(super) catalogue: Arc<Catalogue>,
}

/// A component and what is known of it.
struct Component {
    bytes: Arc<[u8]>,
    digest: String,
    /// Whether it is part of this program.
    trusted: bool,
}

impl Prepared {
    pub(super) fn refused(message: &str) -> Self {
        Self { refusals: vec![Refusal::of_all(message)], ..Self::default() }
    }

    /// What can be put in force, or why it cannot.
    pub(super) fn ready(self) -> Result<Ready, Vec<Refusal>> {
        match self.catalogue {
            Some(catalogue) if self.refusals.is_empty() => Ok(Ready { members: self.members, catalogue }),
            _ => Err(self.refusals),
        }
    }
}

/// Admits what the file says. Plugins of `at_hand` that are the same are taken over.
pub(super) async fn prepare(
    sandbox: &Arc<Sandbox>,
    sources: &Sources,
    seen: &Look,
    at_hand: &[&Generation],
) -> Prepared {
    let file = match &seen.file {
        Ok(file) => file,
        Err(refusals) => return Prepared { refusals: refusals.clone(), ..Prepared::default() },
    };
    let mut prepared = Prepared::default();
    for entry in &file.plugins {
        let component = match &entry.source {
            _ if !entry.enabled => Ok(None),
            PluginSource::Builtin(name) => builtin(sources, name).map(Some),
            PluginSource::File(path) => match seen.components.get(path) {
                Some(Ok(bytes)) => Ok(Some(Component::of(Arc::clone(bytes), sources))),
                Some(Err(problem)) => Err(format!("{}: {problem}", path.display())),
                None => Err(format!("{}: it was not looked at", path.display())),
            },
        };
        prepared.add(sandbox, entry, component, &file.forbidden, at_hand).await;
    }
    prepared.join(sandbox).await
}

/// Admits the plugins of a generation again, from what was kept of it.
pub(super) async fn restore(
    sandbox: &Arc<Sandbox>,
    sources: &Sources,
    kept: Option<&Kept>,
    record: &Record,
    forbidden: &BTreeSet<String>,
    at_hand: &[&Generation],
) -> Prepared {
    let mut prepared = Prepared::default();
    for member in &record.plugins {
        let component = match &member.digest {
            None => Ok(None),
            Some(digest) => {
                bytes_of(digest, sources, kept, at_hand).map(|bytes| Some(Component::of(bytes, sources)))
            }
        };
        prepared.add(sandbox, &member.entry, component, forbidden, at_hand).await;
    }
    prepared.join(sandbox).await
}

impl Prepared {
    /// Admits one plugin, or says why not.
    async fn add(
        &mut self,
        sandbox: &Arc<Sandbox>,
        entry: &PluginEntry,
        component: Result<Option<Component>, String>,
        forbidden: &BTreeSet<String>,
        at_hand: &[&Generation],
    ) {
        let presence = match component {
            Ok(None) => Ok(Presence::Disabled),
            Ok(Some(component)) if forbidden.contains(&component.digest) => {
                let name = &entry.name;
                tracing::warn!(
                    plugin = name,
                    digest = component.digest,
                    "a forbidden component is not loaded"
                );
                Ok(Presence::Forbidden { digest: component.digest })
            }
            Ok(Some(component)) => admit(sandbox, entry, component, at_hand).await.map(Presence::Loaded),
            Err(problem) => Err(problem),
        };
        match presence {
            Ok(presence) => self.members.push(Member { entry: entry.clone(), presence }),
            Err(message) => self.refusals.push(refusal(entry, message)),
        }
    }

    /// Refuses a plugin that was admitted.
    fn refuse(&mut self, plugin: &str, message: String) {
        let member = self.members.iter().find(|member| member.entry.name == plugin);
        self.refusals.extend(member.map(|member| refusal(&member.entry, message)));
    }

    /// Puts the methods of all together.
    async fn join(mut self, sandbox: &Arc<Sandbox>) -> Self {
        let listed = self.members.iter().filter_map(|member| {
            let (name, defaults) = (member.entry.name.clone(), member.entry.defaults.clone());
            Some(Listed { name, plugin: Arc::clone(member.plugin()?), defaults })
        });
        match Catalogue::of(listed.collect()) {
            Err(errors) => {
                for error in errors {
                    self.refuse(error.plugin(), error.to_string());
                }
            }
            Ok(catalogue) => self.try_defaults(sandbox, catalogue).await,
        }
        self
    }

    /// Asks the plugins themselves whether they take the operator's defaults.
    async fn try_defaults(&mut self, sandbox: &Arc<Sandbox>, catalogue: Catalogue) {
        let catalogue = Arc::new(catalogue);
        let with_defaults: Vec<(String, Vec<String>)> = self
            .members
            .iter()
            .filter(|member| member.plugin().is_some() && !member.entry.defaults.is_empty())
            .map(|member| (member.entry.name.clone(), member.entry.defaults.keys().cloned().collect()))
            .collect();
        let own = Arc::clone(&catalogue);
        let tried = sandbox.threads().run(move || {
            let mut refused = Vec::new();
            for (plugin, methods) in with_defaults {
                for (method, _) in own.methods().filter(|(method, _)| methods.contains(&method.name)) {
                    if let Some(problem) = wrong_defaults(&own, method) {
                        refused.push((plugin.clone(), problem));
                    }
                }
            }
            refused
        });
        match tried.await {
            Ok(refused) => {
                for (plugin, problem) in refused {
                    self.refuse(&plugin, problem);
                }
            }
            Err(panicked) => self.refusals.push(Refusal::of_all(panicked.to_string())),
        }
        self.catalogue = Some(catalogue);
    }
}

fn refusal(entry: &PluginEntry, message: String) -> Refusal {
    let (plugin, source) = (Some(entry.name.clone()), Some(entry.source.clone()));
    Refusal { plugin, source, line: entry.line, message }
}

/// What the plugin has against a method's defaults. That they lack something which a request has to give is no mistake,
/// and the schema has been asked before.
fn wrong_defaults(catalogue: &Catalogue, method: &crate::Method) -> Option<String> {
    match catalogue.resolve(method.kind, &method.name, &Map::new()) {
        Ok(_) => None,
        Err(StepError::InvalidParams { errors, .. }) => {
            let wrong: Vec<String> = errors
                .iter()
                .filter(|error| error.message != "is required")
                .map(|error| format!("`{}`: {}", error.path.trim_start_matches('/'), error.message))
                .collect();
            (!wrong.is_empty()).then(|| format!("`defaults.{}`: {}", method.name, wrong.join("; ")))
        }
        Err(error) => Some(format!("`defaults.{}`: {error}", method.name)),
    }
}

impl Component {
    fn of(bytes: Arc<[u8]>, sources: &Sources) -> Self {
        let trusted = sources.builtin.iter().any(|(_, builtin)| **builtin == *bytes);
        Self { digest: hex::encode(Sha256::digest(&bytes)), bytes, trusted }
    }
}

fn builtin(sources: &Sources, name: &str) -> Result<Component, String> {
    match sources.builtin.iter().find(|(known, _)| *known == name) {
        Some((_, bytes)) => Ok(Component::of(Arc::from(*bytes), sources)),
        None => {
            let known: Vec<&str> = sources.builtin.iter().map(|(name, _)| *name).collect();
            Err(format!("there is no built-in plugin `{name}`; there are: {}", known.join(", ")))
        }
    }
}

/// The component of a digest: of a plugin at hand, of the program, or as it was kept.
fn bytes_of(
    digest: &str,
    sources: &Sources,
    kept: Option<&Kept>,
    at_hand: &[&Generation],
) -> Result<Arc<[u8]>, String> {
    let loaded = at_hand.iter().flat_map(|generation| &generation.members).filter_map(Member::plugin);
    if let Some(plugin) = loaded.into_iter().find(|plugin| plugin.digest() == digest) {
        return Ok(Arc::clone(plugin.component()));
    }
    let is_it = |bytes: &[u8]| hex::encode(Sha256::digest(bytes)) == digest;
    if let Some((_, bytes)) = sources.builtin.iter().find(|(_, bytes)| is_it(bytes)) {
        return Ok(Arc::from(*bytes));
    }
    let kept = kept.ok_or_else(|| format!("the component {digest} was not kept"))?;
    kept.component(digest)
}

async fn admit(
    sandbox: &Arc<Sandbox>,
    entry: &PluginEntry,
    component: Component,
    at_hand: &[&Generation],
) -> Result<Arc<Plugin>, String> {
    let Component { bytes, digest, trusted } = component;
    if let Some(pinned) = entry.sha256.as_ref().filter(|pinned| **pinned != digest) {
        return Err(format!("the file has sha256 {digest}, not {pinned}"));
    }
    let limits = sandbox.limits().with(entry.limits);
    if let Some(plugin) = at_hand.iter().find_map(|generation| generation.same(&digest, &limits, entry.wasi))
    {
        return Ok(Arc::clone(plugin));
    }
    let terms = Terms { pinned: Some(digest), limits, wasi: entry.wasi, trusted };
    let own = Arc::clone(sandbox);
    // Compiling runs no guest code, and takes long: no thread of the guests is held up by it.
    let compiled = tokio::task::spawn_blocking(move || Compiled::of(&own, &bytes, &terms));
    let compiled = compiled.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let admitted = sandbox.threads().run(move || compiled.admit()).await;
    admitted.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}
