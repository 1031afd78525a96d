//! The first generation of a process.

use std::sync::{Arc, Mutex as StdMutex};
use std::time::SystemTime;

use arc_swap::ArcSwapOption;
use fettle_observe::Metrics;
use tokio::sync::Mutex;

use super::kept::Kept;
use super::look::look;
use super::outcome::told;
use super::prepare::{Prepared, Ready, prepare, restore};
use super::{Before, Plugins, Refusal, Sources, StartError, Tried, Trigger};
use crate::{CurrentCatalogue, Generation, Sandbox};

impl Plugins {
    /// Loads what the file says. Where that fails, or was rolled back, the last good generation is loaded instead.
    pub async fn start(
        sandbox: Arc<Sandbox>,
        sources: Sources,
        metrics: Arc<Metrics>,
    ) -> Result<Arc<Self>, StartError> {
        // What is part of the program needs no keeping.
        let kept = sources.kept.clone().filter(|_| sources.file.is_some()).map(Kept::new);
        let state = match kept.clone() {
            None => None,
            Some(kept) => tokio::task::spawn_blocking(move || kept.state()).await.ok().flatten(),
        };
        let seen = look(&sources, sandbox.limits().file_bytes).await;
        let rolled_back =
            state.as_ref().filter(|state| state.rolled_back.as_ref() == Some(&seen.fingerprint));
        let was_rolled_back = rolled_back.is_some();
        let prepared = match rolled_back {
            Some(_) => Prepared::refused("what the file says was rolled back, and it has not changed since"),
            None => prepare(&sandbox, &seen, &[]).await,
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
        let mut generation = Generation {
            number,
            since,
            catalogue,
            members,
            forbidden,
            rolled_back: was_rolled_back,
            previous: None,
        };
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
        generation.previous = before.record.as_ref().map(|record| record.previous(&generation.forbidden));
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

    /// Says what the first generation is, and keeps it if it is what the file says.
    async fn begin(&self, generation: &Generation, refusals: Vec<Refusal>, rolled_back: bool) {
        let number = generation.number;
        self.metrics.plugin_generation(number);
        self.metrics.plugins_swapped(&[], &generation.described());
        self.metrics.plugins_rolled_back(rolled_back);
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
}
