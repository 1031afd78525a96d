//! Plugins as they are answered.

use std::collections::BTreeMap;
use std::time::SystemTime;

use fettle_steps::{
    Changes, Failure, Generation, Limits, Member, Method, Outcome, Plugin, Presence, Previous, Refusal,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::problem;
use crate::problem::FieldProblem;

/// The plugins of this server.
#[derive(Serialize, ToSchema)]
pub(crate) struct PluginList {
    /// Number of the generation in force; every reload that changes something makes the next.
    #[schema(example = 7)]
    generation: u64,
    /// When it came into force.
    #[schema(example = "2025-11-03T08:00:00Z")]
    since: String,
    /// Every plugin that the operator lists, in that order, and those that the last reload refused.
    plugins: Vec<PluginDocument>,
    /// The last reload, if it failed: what is loaded is what was loaded before.
    failed_reload: Option<FailedReload>,
    /// Whether what is loaded came by a rollback. What the plugins file says is not in force then, until the file or a
    /// plugin that it names changes, or a reload is asked for.
    rolled_back: bool,
    /// What a rollback would return to; `null` where there is nothing.
    previous_generation: Option<PreviousGeneration>,
}

/// The plugins that a rollback would return to.
#[derive(Serialize, ToSchema)]
pub(crate) struct PreviousGeneration {
    /// Its number when it was in force; a rollback makes it the next.
    #[schema(example = 6)]
    generation: u64,
    /// What would be loaded: no plugin that was disabled then, and none that is forbidden.
    plugins: Vec<PreviousPlugin>,
}

/// A plugin that a rollback would load.
#[derive(Serialize, ToSchema)]
pub(crate) struct PreviousPlugin {
    /// What the operator calls it.
    #[schema(example = "outlier")]
    name: String,
    /// SHA-256 of its bytes, in hex.
    #[schema(example = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752")]
    digest: String,
}

/// A plugin.
#[derive(Serialize, ToSchema)]
#[schema(as = Plugin)]
pub(crate) struct PluginDocument {
    /// What the operator calls it.
    #[schema(example = "outlier")]
    name: String,
    /// What it calls itself, which is what answers and datasets show; `null` unless it is loaded.
    #[schema(example = "outlier")]
    plugin: Option<String>,
    /// Its version; `null` unless it is loaded.
    #[schema(example = "0.1.0")]
    version: Option<String>,
    /// SHA-256 of its bytes, in hex; `null` where they are not known.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: Option<String>,
    /// Where it comes from: `builtin:…` or a path.
    #[schema(example = "builtin:outlier")]
    source: String,
    /// Whether the operator wants it loaded.
    enabled: bool,
    /// `loaded`; `set_aside`: loaded, but faulty too often, and tried again later; `refused`; `disabled`.
    #[schema(example = "loaded")]
    state: &'static str,
    /// Its methods.
    methods: Vec<PluginMethod>,
    /// What it imports of WASI, of which it sees an empty world.
    imports: Vec<String>,
    /// What each of its calls may use; `null` unless it is loaded.
    limits: Option<PluginLimits>,
    /// The operator's parameters by method, in force where a request does not give them.
    #[schema(value_type = Object)]
    defaults: BTreeMap<String, Map<String, Value>>,
    /// Seconds until it is tried again, where it is set aside.
    #[schema(example = json!(null))]
    retry_after_s: Option<u64>,
    /// Why it was refused or set aside, or why another version of it was refused.
    #[schema(example = json!(null))]
    last_error: Option<String>,
}

/// A method of a plugin.
#[derive(Serialize, ToSchema)]
pub(crate) struct PluginMethod {
    /// `missing_value`, `outlier`, `window`, `feature` or `normalize`.
    #[schema(example = "outlier")]
    kind: String,
    /// What a request calls it.
    #[schema(example = "iqr")]
    name: String,
}

/// What each call of a plugin may use.
#[derive(Serialize, ToSchema)]
pub(crate) struct PluginLimits {
    /// Bytes of memory of an instance, beside eight for each byte that goes in.
    #[schema(example = 268_435_456)]
    memory_bytes: usize,
    /// Milliseconds that any call may take …
    #[schema(example = 2000)]
    time_base_ms: u64,
    /// … and nanoseconds for each cell beside it.
    #[schema(example = 1000)]
    time_per_cell_ns: u64,
    /// Bytes that a call may give back.
    #[schema(example = 268_435_456)]
    output_bytes: usize,
    /// Threads that may run it at the same time; `null` for all.
    #[schema(example = json!(null))]
    concurrency: Option<usize>,
}

/// A reload that failed.
#[derive(Serialize, ToSchema)]
pub(crate) struct FailedReload {
    /// When it was tried.
    #[schema(example = "2025-11-03T08:00:00Z")]
    at: String,
    /// Why it was tried: `start`, `change`, `signal`, `request` or `rollback`.
    #[schema(example = "change")]
    trigger: String,
    /// What is wrong; `field` is `plugin.NAME`, `plugins_file`, `kept_plugins` (they cannot be kept for a restart) or
    /// `server`.
    errors: Vec<FieldProblem>,
}

/// What a reload has done, or would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReloadDocument {
    /// Number of the generation that is in force now.
    #[schema(example = 8)]
    generation: u64,
    /// Whether this is only what a reload would do.
    dry_run: bool,
    /// Names of plugins that are loaded from then on.
    #[schema(example = json!(["hampel"]))]
    added: Vec<String>,
    /// Names of plugins that are loaded no more.
    #[schema(example = json!([]))]
    removed: Vec<String>,
    /// Plugins that are loaded in another way.
    changed: Vec<ChangedPlugin>,
    /// Names of plugins that stay as they are.
    #[schema(example = json!(["missing-value", "outlier"]))]
    unchanged: Vec<String>,
    /// Why it could not be done; empty but for a `dry_run`, for a reload that is refused is an error.
    refused: Vec<FieldProblem>,
}

/// A plugin that is loaded in another way.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedPlugin {
    /// What the operator calls it.
    #[schema(example = "outlier")]
    name: String,
    /// What is not as before: `digest`, `limits`, `defaults`, `wasi`.
    #[schema(example = json!(["digest"]))]
    what: Vec<&'static str>,
    /// SHA-256 of its bytes before.
    #[schema(example = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752")]
    digest_before: String,
    /// SHA-256 of its bytes from then on.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

impl PluginList {
    pub(super) fn of(generation: &Generation, failure: Option<&Failure>) -> Self {
        let refusals = failure.map_or(&[][..], |failure| &failure.refusals);
        let mut plugins: Vec<_> =
            generation.members.iter().map(|member| PluginDocument::of(member, refusals)).collect();
        for refusal in refusals {
            let Some(name) = refusal.plugin() else { continue };
            if !plugins.iter().any(|plugin| plugin.name == name) {
                plugins.push(PluginDocument::refused(name, refusal));
            }
        }
        Self {
            generation: generation.number,
            since: written(generation.since),
            plugins,
            failed_reload: failure.map(|failure| FailedReload {
                at: written(failure.at),
                trigger: failure.trigger.to_string(),
                errors: failure.refusals.iter().map(problem).collect(),
            }),
            rolled_back: generation.rolled_back,
            previous_generation: generation.previous.as_ref().map(PreviousGeneration::of),
        }
    }
}

impl PreviousGeneration {
    fn of(previous: &Previous) -> Self {
        let plugin =
            |(name, digest): &(String, String)| PreviousPlugin { name: name.clone(), digest: digest.clone() };
        Self { generation: previous.number, plugins: previous.plugins.iter().map(plugin).collect() }
    }
}

impl PluginDocument {
    fn of(member: &Member, refusals: &[Refusal]) -> Self {
        let entry = &member.entry;
        let own = refusals.iter().find(|refusal| refusal.plugin() == Some(&entry.name));
        let refused = own.map(|refusal| refusal.message.clone());
        let listed = Self {
            name: entry.name.clone(),
            plugin: None,
            version: None,
            digest: None,
            source: entry.source.to_string(),
            enabled: entry.enabled,
            state: "disabled",
            methods: Vec::new(),
            imports: Vec::new(),
            limits: None,
            defaults: entry.defaults.clone(),
            retry_after_s: None,
            last_error: refused,
        };
        match &member.presence {
            Presence::Disabled => listed,
            Presence::Forbidden { digest } => Self {
                state: "refused",
                digest: Some(digest.clone()),
                last_error: Some("its sha256 is forbidden".to_owned()),
                ..listed
            },
            Presence::Loaded(plugin) => listed.loaded(plugin),
        }
    }

    fn loaded(self, plugin: &Plugin) -> Self {
        let method =
            |method: &Method| PluginMethod { kind: method.kind.to_string(), name: method.name.clone() };
        let set_aside = plugin.set_aside();
        Self {
            plugin: Some(plugin.name().to_owned()),
            version: Some(plugin.version().to_owned()),
            digest: Some(plugin.digest().to_owned()),
            state: if set_aside.is_some() { "set_aside" } else { "loaded" },
            methods: plugin.methods().iter().map(method).collect(),
            imports: plugin.imports().to_vec(),
            limits: Some(PluginLimits::of(plugin.limits())),
            retry_after_s: set_aside.as_ref().map(|aside| aside.retry_after.as_secs_f64().ceil() as u64),
            last_error: set_aside.map(|aside| aside.reason).or(self.last_error),
            ..self
        }
    }

    /// One that has not been loaded yet.
    fn refused(name: &str, refusal: &Refusal) -> Self {
        Self {
            name: name.to_owned(),
            plugin: None,
            version: None,
            digest: None,
            source: refusal.source.as_ref().map(ToString::to_string).unwrap_or_default(),
            enabled: true,
            state: "refused",
            methods: Vec::new(),
            imports: Vec::new(),
            limits: None,
            defaults: BTreeMap::new(),
            retry_after_s: None,
            last_error: Some(refusal.message.clone()),
        }
    }
}

impl PluginLimits {
    fn of(limits: &Limits) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            time_base_ms: u64::try_from(limits.base_time.as_millis()).unwrap_or(u64::MAX),
            time_per_cell_ns: u64::try_from(limits.time_per_cell.as_nanos()).unwrap_or(u64::MAX),
            output_bytes: limits.output_bytes,
            concurrency: limits.concurrency,
        }
    }
}

impl ReloadDocument {
    pub(super) fn of(outcome: Outcome, dry_run: bool) -> Self {
        let Outcome { generation, changes: Changes { added, removed, changed, unchanged }, refusals, .. } =
            outcome;
        let changed = changed.into_iter().map(|changed| ChangedPlugin {
            name: changed.name,
            what: changed.what,
            digest_before: changed.digest_before,
            digest: changed.digest,
        });
        Self {
            generation,
            dry_run,
            added,
            removed,
            changed: changed.collect(),
            unchanged,
            refused: refusals.iter().map(problem).collect(),
        }
    }
}

/// To the second.
fn written(time: SystemTime) -> String {
    Timestamp::try_from(time).map(|time| format!("{time:.0}")).unwrap_or_default()
}
