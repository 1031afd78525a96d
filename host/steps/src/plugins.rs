//! The plugins of a server: loaded as a file says, reloaded as it changes, rolled back.
//!
//! A reload prepares, which may fail, and commits, which cannot. All plugins of the file are admitted beside those that
//! run; those that have not changed are taken over. Whatever goes wrong, the generation in force stays in force, and it
//! is kept on disk with all its components, so that it outlives the program whatever becomes of the files.

mod apart;
mod changes;
mod kept;
mod look;
mod outcome;
mod prepare;
mod start;
mod watch;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwapOption;
use fettle_observe::Metrics;
use tokio::sync::Mutex;

pub use self::changes::{Changed, Changes};
use self::kept::{Kept, Record, State};
use self::look::{Look, look};
pub use self::outcome::{Failure, Outcome, Refusal, StartError, Subject, Trigger};
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
            let refusals = vec![Refusal::of(Subject::Previous, "there is no generation before this one")];
            let changes = Changes::between(&current, &current.members);
            return Outcome { generation: current.number, committed: false, changes, refusals };
        };
        let seen = look(&self.sources, self.sandbox.limits().file_bytes).await;
        // What is forbidden now was not forbidden by mistake, nor what the file forbids since.
        let forbidden = [&current.forbidden, &record.forbidden, &seen.forbidden()];
        let forbidden: BTreeSet<String> = forbidden.into_iter().flatten().cloned().collect();
        let at_hand: Vec<_> = before.generation.iter().chain([&current]).cloned().collect();
        let kept = self.kept.as_ref();
        let prepared = restore(&self.sandbox, &self.sources, kept, &record, &forbidden, &at_hand).await;
        // Who undoes a rollback wants what the file says.
        let rolled_back = (!current.rolled_back).then(|| seen.fingerprint.clone());
        let outcome = self.commit(prepared, forbidden, rolled_back, Trigger::Rollback, &mut before).await;
        if outcome.committed {
            // What the file says at this moment is what was rolled back. A rollback that is refused leaves it to be
            // tried.
            self.note_tried(&seen);
        }
        outcome
    }

    async fn prepare(&self, seen: &Look, current: &Arc<Generation>, before: &Before) -> Prepared {
        let at_hand: Vec<_> = [current].into_iter().chain(&before.generation).cloned().collect();
        prepare(&self.sandbox, seen, &at_hand).await
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
        let previous = next_before.as_ref().map(|record| record.previous(&forbidden));
        let is_rolled_back = rolled_back.is_some();
        let next = Generation {
            number,
            since,
            catalogue,
            members,
            forbidden,
            rolled_back: is_rolled_back,
            previous,
        };
        if let Err(refusal) = self.keep(&next, next_before.clone(), rolled_back).await {
            return refused(vec![refusal]);
        }
        // From here on nothing fails.
        self.metrics.plugins_swapped(&current.described(), &next.described());
        self.current.set(next);
        self.failure.store(None);
        self.metrics.plugin_generation(number);
        self.metrics.plugins_rolled_back(is_rolled_back);
        self.metrics.plugin_reload_failed(false);
        if changes.is_empty() {
            self.metrics.plugins_reloaded("unchanged");
            tracing::info!(generation = number, %trigger, "plugins reloaded: nothing has changed");
        } else {
            (before.record, before.generation) = (next_before, Some(current));
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
        Err(Refusal::of(Subject::Kept, format!("it cannot be kept for a restart: {problem}")))
    }

    fn failed(&self, trigger: Trigger, refusals: Vec<Refusal>) {
        self.metrics.plugins_reloaded("refused");
        self.metrics.plugin_reload_failed(true);
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

impl fmt::Debug for Plugins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugins").field("sources", &self.sources).finish_non_exhaustive()
    }
}
