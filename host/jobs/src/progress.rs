//! How far a job is, and whether it is to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fettle_metadata::JobProgress;
use tokio::sync::watch;

/// What the work on a job says of itself, and what it is told. Cheap to clone and to update from any thread.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    devices_done: AtomicU64,
    devices_total: AtomicU64,
    windows_done: AtomicU64,
    stop: watch::Sender<Option<Stop>>,
}

/// Why work is to stop. Where there are several reasons, the greatest decides what becomes of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// This host ends.
    HostEnds,
    /// Somebody no longer wants the job.
    Cancelled,
    /// The lease is lost: the job may be another host's by now.
    LeaseLost,
}

impl Progress {
    /// Nothing is done yet, and nothing is to stop.
    pub fn new() -> Self {
        Self::default()
    }

    /// So many devices are through.
    pub fn set_devices_done(&self, devices: u64) {
        self.0.devices_done.store(devices, Ordering::Relaxed);
    }

    /// So many devices there are in all.
    pub fn set_devices_total(&self, devices: u64) {
        self.0.devices_total.store(devices, Ordering::Relaxed);
    }

    /// One more device is through.
    pub fn add_device(&self) {
        self.0.devices_done.fetch_add(1, Ordering::Relaxed);
    }

    /// So many more windows are through.
    pub fn add_windows(&self, windows: u64) {
        self.0.windows_done.fetch_add(windows, Ordering::Relaxed);
    }

    /// All three at this moment, or nearly: they are read one after the other.
    pub fn snapshot(&self) -> JobProgress {
        JobProgress {
            devices_done: self.0.devices_done.load(Ordering::Relaxed),
            devices_total: self.0.devices_total.load(Ordering::Relaxed),
            windows_done: self.0.windows_done.load(Ordering::Relaxed),
        }
    }

    /// Whether the work is to stop, for whatever reason. Never waits, so that a thread can ask often.
    pub fn is_cancelled(&self) -> bool {
        self.0.stop.borrow().is_some()
    }

    /// Returns once the work is to stop.
    pub async fn cancelled(&self) {
        let stopped = self.0.stop.subscribe().wait_for(Option::is_some).await.map(drop);
        stopped.expect("the sender lives in self");
    }

    /// Asks the work to stop, because nobody wants it any more.
    pub fn cancel(&self) {
        self.stop(Stop::Cancelled);
    }

    /// Asks the work to stop.
    pub(crate) fn stop(&self, reason: Stop) {
        self.0.stop.send_if_modified(|stop| {
            let before = *stop;
            *stop = before.max(Some(reason));
            *stop != before
        });
    }

    /// Why the work is to stop, if it is.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        *self.0.stop.borrow()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn threads_count_and_are_stopped_without_waiting() {
        let progress = Progress::new();
        progress.set_devices_total(3);
        let seen = progress.clone();
        let thread = std::thread::spawn(move || {
            seen.add_device();
            seen.add_windows(40);
            while !seen.is_cancelled() {
                std::thread::yield_now();
            }
            seen.add_windows(2);
        });
        progress.cancel();
        progress.cancelled().await;
        thread.join().unwrap();
        let expected = JobProgress { devices_done: 1, devices_total: 3, windows_done: 42 };
        assert_eq!(progress.snapshot(), expected);
    }

    #[test]
    fn a_lost_lease_outweighs_a_cancellation_and_that_the_end_of_the_host() {
        let progress = Progress::new();
        assert_eq!(progress.stopped(), None);
        for (reason, then) in [
            (Stop::HostEnds, Stop::HostEnds),
            (Stop::Cancelled, Stop::Cancelled),
            (Stop::HostEnds, Stop::Cancelled),
            (Stop::LeaseLost, Stop::LeaseLost),
            (Stop::Cancelled, Stop::LeaseLost),
        ] {
            progress.stop(reason);
            assert_eq!(progress.stopped(), Some(then));
        }
    }
}
