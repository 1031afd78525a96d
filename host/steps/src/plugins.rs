//! The plugins of a server: loaded as a file says, reloaded as it changes, rolled back.
//!
//! A reload prepares, which may fail, and commits, which cannot. All plugins of the file are admitted beside those that
//! run; those that have not changed are taken over. Whatever goes wrong, the generation in force stays in force, and it
//! is kept on disk with all its components, so that it outlives the program whatever becomes of the files.

mod changes;
mod kept;
mod look;
mod prepare;
mod watch;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwapOption;
use fettle_config::{PluginSource, Problem};
use fettle_observe::Metrics;
use tokio::sync::Mutex;

pub use self::changes::{Changed, Changes};
use self::kept::{Kept, Record, State};
use self::look::{Look, look};
use self::prepare::{Prepared, Ready, prepare, restore};
use crate::{CurrentCatalogue, Generation, Sandbox};

/// Where plugins come from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// `plugins.toml`; without it, all built-in plugins are loaded.
    pub file: Option<PathBuf>,
    /// Name and component of each plugin that is part of the program.
    pub builtin: Vec<(&'static str, &'static [u8])>,
    /// The folder where the last good generation is kept.
    pub kept: Option<PathBuf>,
    /// Whether that folder may be written to: there is one server that does, and commands that look.
    pub keeps: bool,
}

/// Why a reload was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// The program starts.
    Start,
    /// The file or a plugin has changed.
    Change,
    /// SIGHUP.
    Signal,
    /// Somebody asked for it.
    Request,
    /// Somebody asked for the generation before.
    Rollback,
}

/// What came of a reload, or would come of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The number of the generation that is in force now.
    pub generation: u64,
    /// Whether that is the one that was prepared.
    pub committed: bool,
    /// How what was prepared differs from what was in force. Where something was refused, as far as could be seen.
    pub changes: Changes,
    /// Why not; nothing where all is well.
    pub refusals: Vec<Refusal>,
}

/// One thing that is wrong with a plugin or with the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What the operator calls the plugin; `None` where it is the file as a whole.
    pub plugin: Option<String>,
    /// Where that comes from.
    pub source: Option<PluginSource>,
    /// The line of the file, counted from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

/// A reload that failed, until one succeeds.
#[derive(Debug, Clone)]
pub struct Failure {
    /// When it was tried.
    pub at: SystemTime,
    /// Why it was tried.
    pub trigger: Trigger,
    /// What was wrong.
    pub refusals: Vec<Refusal>,
}

/// There is nothing that could be loaded: neither what the file says nor what was loaded last.
#[derive(Debug, thiserror::Error)]
#[error("the plugins cannot be loaded: {}", told(.0))]
pub struct StartError(pub Vec<Refusal>);

/// The plugins of a server.
pub struct Plugins {
    sandbox: Arc<Sandbox>,
    sources: Sources,
    metrics: Arc<Metrics>,
    current: CurrentCatalogue,
    kept: Option<Kept>,
    /// One reload at a time.
    door: Mutex<Before>,
    failure: ArcSwapOption<Failure>,
    /// What was tried last.
    tried: StdMutex<Tried>,
}

/// What a rollback returns to.
#[derive(Default)]
struct Before {
    record: Option<Record>,
    /// The same with its plugins, where this process has had it in force.
    generation: Option<Arc<Generation>>,
}

#[derive(Default)]
struct Tried {
    fingerprint: String,
    /// Files that are worth a look.
    paths: Vec<PathBuf>,
}

impl Plugins {
    /// Loads what the file says. Where that fails, or was rolled back, the last good generation is loaded instead.
    pub async fn start(
        sandbox: Arc<Sandbox>,
        sources: Sources,
        metrics: Arc<Metrics>,
    ) -> Result<Arc<Self>, StartError> {
        // What is part of the program needs no keeping.
        let kept = sources.kept.clone().filter(|_| sources.file.is_some()).map(Kept::new);
        let state = kept.as_ref().and_then(Kept::state);
        let seen = look(&sources, sandbox.limits().file_bytes).await;
        let rolled_back =
            state.as_ref().filter(|state| state.rolled_back.as_ref() == Some(&seen.fingerprint));
        let was_rolled_back = rolled_back.is_some();
        let prepared = match rolled_back {
            Some(_) => Prepared::refused("what the file says was rolled back, and it has not changed since"),
            None => prepare(&sandbox, &sources, &seen, &[]).await,
        };
        let (ready, forbidden, refusals) = match (prepared.ready(), &state) {
            (Ok(ready), _) => (ready, seen.forbidden(), Vec::new()),
            (Err(refusals), None) => return Err(StartError(refusals)),
            (Err(refusals), Some(state)) => {
                let forbidden = seen.forbidden().union(&state.generation.forbidden).cloned().collect();
                let last =
                    restore(&sandbox, &sources, kept.as_ref(), &state.generation, &forbidden, &[]).await;
                match last.ready() {
                    Ok(ready) => (ready, forbidden, refusals),
                    Err(more) => return Err(StartError(refusals.into_iter().chain(more).collect())),
                }
            }
        };
        let Ready { members, catalogue } = ready;
        let (number, since) = (1, SystemTime::now());
        let mut generation = Generation { number, since, catalogue, members, forbidden };
        let mut before = Before::default();
        if let Some(state) = state {
            if state.generation.is_of(&generation) {
                // A restart brings nothing new.
                (generation.number, generation.since) = (state.generation.number, state.generation.since());
                before.record = state.before;
            } else {
                generation.number = state.generation.number + 1;
                before.record = Some(state.generation);
            }
        }
        let plugins = Self {
            tried: StdMutex::new(Tried { fingerprint: seen.fingerprint, paths: seen.paths }),
            sandbox,
            sources,
            metrics,
            current: CurrentCatalogue::new(generation.clone()),
            kept,
            door: Mutex::new(before),
            failure: ArcSwapOption::empty(),
        };
        plugins.begin(&generation, refusals, was_rolled_back).await;
        Ok(Arc::new(plugins))
    }

    /// Where they run.
    pub fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
    }

    /// The catalogue in force, to be looked up by each request.
    pub fn current(&self) -> CurrentCatalogue {
        self.current.clone()
    }

    /// The last reload, if it failed.
    pub fn failure(&self) -> Option<Arc<Failure>> {
        self.failure.load_full()
    }

    /// What a reload would do at this moment; it does nothing.
    pub async fn dry_run(&self) -> Outcome {
        let before = self.door.lock().await;
        let seen = look(&self.sources, self.sandbox.limits().file_bytes).await;
        let current = self.current.generation();
        let prepared = self.prepare(&seen, &current, &before).await;
        let changes = Changes::between(&current, &prepared.members);
        Outcome { generation: current.number, committed: false, changes, refusals: prepared.refusals }
    }

    /// Loads what the file says at this moment, all of it or nothing.
    pub async fn reload(&self, trigger: Trigger) -> Outcome {
        let mut before = self.door.lock().await;
        let seen = look(&self.sources, self.sandbox.limits().file_bytes).await;
        self.try_out(seen, trigger, &mut before).await
    }

    /// Returns to the generation before; a further time, to this one again. It stays in force, over restarts too, until
    /// the file or a plugin that it names changes, or a reload is asked for.
    pub async fn rollback(&self) -> Outcome {
        let mut before = self.door.lock().await;
        let current = self.current.generation();
        let Some(record) = before.record.clone() else {
            let refusals = vec![Refusal::of_all("there is no generation before this one")];
            let changes = Changes::between(&current, &current.members);
            return Outcome { generation: current.number, committed: false, changes, refusals };
        };
        let seen = look(&self.sources, self.sandbox.limits().file_bytes).await;
        self.note_tried(&seen);
        // What is forbidden now was not forbidden by mistake.
        let forbidden = current.forbidden.union(&record.forbidden).cloned().collect();
        let at_hand: Vec<&Generation> = before.generation.as_deref().into_iter().chain([&*current]).collect();
        let kept = self.kept.as_ref();
        let prepared = restore(&self.sandbox, &self.sources, kept, &record, &forbidden, &at_hand).await;
        let rolled_back = Some(seen.fingerprint);
        self.commit(prepared, forbidden, rolled_back, Trigger::Rollback, &mut before).await
    }

    /// Says what the first generation is, and keeps it if it is what the file says.
    async fn begin(&self, generation: &Generation, refusals: Vec<Refusal>, rolled_back: bool) {
        let number = generation.number;
        self.metrics.plugin_generation(number);
        if refusals.is_empty() {
            let before = self.door.lock().await.record.clone();
            if let Err(refusal) = self.keep(generation, before, None).await {
                // It serves all the same; it would not outlive a broken file.
                tracing::error!("the last good generation is not kept: {refusal}");
            }
            tracing::info!(generation = number, "plugins loaded");
        } else if rolled_back {
            tracing::warn!(generation = number, "{}: the generation before it serves", told(&refusals));
        } else {
            self.failed(Trigger::Start, refusals);
            tracing::error!(generation = number, "the last good generation of plugins serves instead");
        }
    }

    async fn prepare(&self, seen: &Look, current: &Generation, before: &Before) -> Prepared {
        let at_hand: Vec<&Generation> = [current].into_iter().chain(before.generation.as_deref()).collect();
        prepare(&self.sandbox, &self.sources, seen, &at_hand).await
    }

    async fn try_out(&self, seen: Look, trigger: Trigger, before: &mut Before) -> Outcome {
        self.note_tried(&seen);
        let current = self.current.generation();
        let prepared = self.prepare(&seen, &current, before).await;
        self.commit(prepared, seen.forbidden(), None, trigger, before).await
    }

    /// Puts what was prepared in force, if all is well with it.
    async fn commit(
        &self,
        prepared: Prepared,
        forbidden: BTreeSet<String>,
        rolled_back: Option<String>,
        trigger: Trigger,
        before: &mut Before,
    ) -> Outcome {
        let current = self.current.generation();
        let changes = Changes::between(&current, &prepared.members);
        let refused = |refusals: Vec<Refusal>| {
            self.failed(trigger, refusals.clone());
            Outcome { generation: current.number, committed: false, changes: changes.clone(), refusals }
        };
        let Ready { members, catalogue } = match prepared.ready() {
            Ok(ready) => ready,
            Err(refusals) => return refused(refusals),
        };
        let (mut number, mut since, mut next_before) = (current.number, current.since, before.record.clone());
        if !changes.is_empty() {
            (number, since) = (current.number + 1, SystemTime::now());
            next_before = Some(Record::of(&current));
        }
        let next = Generation { number, since, catalogue, members, forbidden };
        if let Err(refusal) = self.keep(&next, next_before.clone(), rolled_back).await {
            return refused(vec![refusal]);
        }
        // From here on nothing fails.
        self.current.set(next);
        self.failure.store(None);
        self.metrics.plugin_generation(number);
        if changes.is_empty() {
            self.metrics.plugins_reloaded("unchanged");
            tracing::info!(generation = number, %trigger, "plugins reloaded: nothing has changed");
        } else {
            *before = Before { record: next_before, generation: Some(current) };
            self.metrics.plugins_reloaded(if trigger == Trigger::Rollback {
                "rolled_back"
            } else {
                "committed"
            });
            tracing::info!(generation = number, %trigger, "plugins reloaded: {changes}");
        }
        Outcome { generation: number, committed: true, changes, refusals: Vec::new() }
    }

    /// Keeps a generation on disk as the last good one.
    async fn keep(
        &self,
        generation: &Generation,
        before: Option<Record>,
        rolled_back: Option<String>,
    ) -> Result<(), Refusal> {
        let Some(kept) = self.kept.clone().filter(|_| self.sources.keeps) else { return Ok(()) };
        let state = State::new(Record::of(generation), before, rolled_back);
        let plugins: Vec<_> =
            generation.members.iter().filter_map(|member| member.plugin().cloned()).collect();
        let written = tokio::task::spawn_blocking(move || kept.write(&state, &plugins)).await;
        let problem = match written {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        Err(Refusal::of_all(format!("it cannot be kept for a restart: {problem}")))
    }

    fn failed(&self, trigger: Trigger, refusals: Vec<Refusal>) {
        self.metrics.plugins_reloaded("refused");
        for refusal in &refusals {
            tracing::error!(%trigger, "plugins not reloaded: {refusal}");
        }
        self.failure.store(Some(Arc::new(Failure { at: SystemTime::now(), trigger, refusals })));
    }

    fn note_tried(&self, seen: &Look) {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        tried.fingerprint.clone_from(&seen.fingerprint);
        tried.paths.clone_from(&seen.paths);
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trigger::Start => "start",
            Trigger::Change => "change",
            Trigger::Signal => "signal",
            Trigger::Request => "request",
            Trigger::Rollback => "rollback",
        })
    }
}

impl fmt::Debug for Plugins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugins").field("sources", &self.sources).finish_non_exhaustive()
    }
}

impl Refusal {
    pub(crate) fn of_all(message: impl Into<String>) -> Self {
        Self { plugin: None, source: None, line: None, message: message.into() }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let Problem { line, key, message } = problem;
        let message = if key.is_empty() { message } else { format!("{key}: {message}") };
        Self { plugin: None, source: None, line, message }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(plugin) = &self.plugin {
            write!(f, "plugin `{plugin}`: ")?;
        }
        f.write_str(&self.message)
    }
}

fn told(refusals: &[Refusal]) -> String {
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
