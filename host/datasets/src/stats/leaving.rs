//! That nobody waits any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Progress;

/// Held by who waits for work: once it is dropped, the work is to end.
#[derive(Debug, Default)]
pub(super) struct Leaving(Arc<AtomicBool>);

/// What the work asks.
#[derive(Debug)]
pub(super) struct Waiting(Arc<AtomicBool>);

impl Leaving {
    pub(super) fn progress(&self) -> Waiting {
        Waiting(Arc::clone(&self.0))
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Progress for Waiting {
    fn begin(&self, _devices: u64) {}

    fn device_done(&self, _windows: u64) {}

    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
