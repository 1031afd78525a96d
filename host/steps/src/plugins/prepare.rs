//! Admits all plugins of a file, or of a generation that was kept, beside those that run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fettle_config::PluginEntry;
use serde_json::Map;

use super::kept::{Kept, Record};
use super::look::{Component, Look};
use super::{Refusal, Sources, Subject};
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

/// What is asked of a plugin of the file, or of a generation that was kept.
enum Wanted {
    Loaded(Component),
    Disabled,
    /// Whoever forbade it need not have it.
    Forbidden {
        digest: String,
    },
}

impl Prepared {
    pub(super) fn refused(message: &str) -> Self {
        Self { refusals: vec![Refusal::of(Subject::File, message)], ..Self::default() }
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
pub(super) async fn prepare(sandbox: &Arc<Sandbox>, seen: &Look, at_hand: &[Arc<Generation>]) -> Prepared {
    let file = match &seen.file {
        Ok(file) => file,
        Err(refusals) => return Prepared { refusals: refusals.clone(), ..Prepared::default() },
    };
    let mut prepared = Prepared::default();
    for entry in &file.plugins {
        let wanted = match seen.components.get(&entry.source) {
            _ if !entry.enabled => Ok(Wanted::Disabled),
            Some(Ok(component)) if file.forbidden.contains(&component.digest) => {
                Ok(Wanted::Forbidden { digest: component.digest.clone() })
            }
            Some(Ok(component)) => Ok(Wanted::Loaded(component.clone())),
            Some(Err(problem)) => Err(problem.clone()),
            None => Err(format!("{}: it was not looked at", entry.source)),
        };
        prepared.add(sandbox, entry, wanted, at_hand).await;
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
    at_hand: &[Arc<Generation>],
) -> Prepared {
    let (sources, kept, forbidden) = (sources.clone(), kept.cloned(), forbidden.clone());
    let (record, own_at_hand) = (record.clone(), at_hand.to_vec());
    let found = tokio::task::spawn_blocking(move || -> Vec<_> {
        let at_hand = components(&sources, &own_at_hand);
        let wanted = |digest: Option<String>| match digest {
            None => Ok(Wanted::Disabled),
            // It was not kept, for it was not loaded.
            Some(digest) if forbidden.contains(&digest) => Ok(Wanted::Forbidden { digest }),
            Some(digest) => component(digest, &at_hand, kept.as_ref()).map(Wanted::Loaded),
        };
        record.plugins.into_iter().map(|plugin| (plugin.entry, wanted(plugin.digest))).collect()
    });
    let mut prepared = Prepared::default();
    match found.await {
        Err(panicked) => prepared.refusals.push(Refusal::of(Subject::Server, panicked.to_string())),
        Ok(found) => {
            for (entry, wanted) in found {
                prepared.add(sandbox, &entry, wanted, at_hand).await;
            }
        }
    }
    prepared.join(sandbox).await
}

impl Prepared {
    /// Admits one plugin, or says why not.
    async fn add(
        &mut self,
        sandbox: &Arc<Sandbox>,
        entry: &PluginEntry,
        wanted: Result<Wanted, String>,
        at_hand: &[Arc<Generation>],
    ) {
        let presence = match wanted {
            Ok(Wanted::Disabled) => Ok(Presence::Disabled),
            Ok(Wanted::Forbidden { digest }) => {
                tracing::warn!(plugin = entry.name, digest, "a forbidden component is not loaded");
                Ok(Presence::Forbidden { digest })
            }
            Ok(Wanted::Loaded(component)) => {
                admit(sandbox, entry, component, at_hand).await.map(Presence::Loaded)
            }
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
        let listed = listed.collect();
        // The schemas of all methods are compiled.
        match tokio::task::spawn_blocking(move || Catalogue::of(listed)).await {
            Err(panicked) => self.refusals.push(Refusal::of(Subject::Server, panicked.to_string())),
            Ok(Err(errors)) => {
                for error in errors {
                    self.refuse(error.plugin(), error.to_string());
                }
            }
            Ok(Ok(catalogue)) => self.try_defaults(sandbox, catalogue).await,
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
            Err(panicked) => self.refusals.push(Refusal::of(Subject::Server, panicked.to_string())),
        }
        self.catalogue = Some(catalogue);
    }
}

fn refusal(entry: &PluginEntry, message: String) -> Refusal {
    let (subject, source) = (Subject::Plugin(entry.name.clone()), Some(entry.source.clone()));
    Refusal { subject, source, line: entry.line, message }
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

/// The components that need not be read, by their digests: of plugins at hand and of the program.
fn components(sources: &Sources, at_hand: &[Arc<Generation>]) -> BTreeMap<String, Component> {
    let loaded = at_hand.iter().flat_map(|generation| &generation.members).filter_map(Member::plugin);
    let loaded = loaded.map(|plugin| Arc::clone(plugin.component()));
    let builtin = sources.builtin.iter().map(|(_, bytes)| (*bytes).into());
    let all = loaded.chain(builtin).map(|bytes| Component::of(bytes, sources));
    all.map(|component| (component.digest.clone(), component)).collect()
}

/// The component of a digest: one at hand, or as it was kept.
fn component(
    digest: String,
    at_hand: &BTreeMap<String, Component>,
    kept: Option<&Kept>,
) -> Result<Component, String> {
    if let Some(component) = at_hand.get(&digest) {
        return Ok(component.clone());
    }
    let kept = kept.ok_or_else(|| format!("the component {digest} was not kept"))?;
    // None of the program's, or it would be at hand.
    Ok(Component { bytes: kept.component(&digest)?, digest, trusted: false })
}

async fn admit(
    sandbox: &Arc<Sandbox>,
    entry: &PluginEntry,
    component: Component,
    at_hand: &[Arc<Generation>],
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
    Plugin::admit_apart(sandbox, bytes, terms)
        .await
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())
}
