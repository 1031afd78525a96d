//! Taking turns at plugins that few threads may run at the same time.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Limits, Step};

/// The right to run some steps over rows on one thread, until it is dropped. Held by the job itself: see
/// [`during`](Self::during).
///
/// It is waited for before a job goes to the guest threads, so that those who wait hold up no thread. Further threads
/// join in where turns are left.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "they are held")] Vec<OwnedSemaphorePermit>);

impl Turn {
    /// Waits for a turn at the plugins of `steps`.
    pub async fn at(steps: impl IntoIterator<Item = &Step>) -> Self {
        let mut limited: Vec<&Arc<Semaphore>> =
            steps.into_iter().filter_map(|step| step.plugin.turns.0.as_ref()).collect();
        // All who wait do so in the same order, and each once for a plugin, so that nobody waits for ever.
        limited.sort_by_key(|turns| Arc::as_ptr(turns));
        limited.dedup_by(|a, b| Arc::ptr_eq(a, b));
        let mut held = Vec::with_capacity(limited.len());
        for turns in limited {
            // They are never closed.
            held.extend(Arc::clone(turns).acquire_owned().await);
        }
        Self(held)
    }

    /// The job, which holds the turn to its end: also where whoever waits for it has gone by then.
    pub fn during<T>(self, job: impl FnOnce() -> T) -> impl FnOnce() -> T {
        move || {
            let _turn = self;
            job()
        }
    }
}

/// The turns at a plugin; `None` where any number of threads may run it.
#[derive(Debug)]
pub(crate) struct Turns(Option<Arc<Semaphore>>);

impl Turns {
    pub(crate) fn of(limits: &Limits) -> Self {
        Self(limits.concurrency.map(|threads| Arc::new(Semaphore::new(threads))))
    }

    /// A turn for one thread more, if there is one.
    pub(crate) fn another(&self) -> Option<Option<OwnedSemaphorePermit>> {
        match &self.0 {
            None => Some(None),
            Some(turns) => Arc::clone(turns).try_acquire_owned().ok().map(Some),
        }
    }
}
