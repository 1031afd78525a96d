//! The threads that guest code runs on, a fixed number of them, apart from the async workers.
//!
//! A request is one job on one thread. Where its columns can be treated alone, that thread offers them to idle ones,
//! works on them itself meanwhile, and waits only for those who took some: it never takes up another request's work
//! in between, so that a slow plugin holds up nobody but those who asked for it.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// The job panicked; the panic is in the log.
#[derive(Debug, thiserror::Error)]
#[error("a job on a guest thread panicked")]
pub struct Panicked;

/// A fixed number of threads.
pub struct GuestThreads {
    queue: Arc<Queue>,
    threads: usize,
}

#[derive(Default)]
struct Queue {
    jobs: Mutex<Jobs>,
    arrived: Condvar,
}

#[derive(Default)]
struct Jobs {
    /// Parts of requests that run already: they go first.
    parts: VecDeque<Job>,
    requests: VecDeque<Job>,
    closed: bool,
}

impl GuestThreads {
    /// Starts `threads` of them, at least one. Each calls `rest` when it has run out of work, before it waits for more.
    pub fn start(threads: usize, rest: Option<fn()>) -> Self {
        let threads = threads.max(1);
        let queue = Arc::new(Queue::default());
        for index in 0..threads {
            let queue = Arc::clone(&queue);
            thread::Builder::new()
                .name(format!("guest-{index}"))
                .spawn(move || queue.work(rest))
                .expect("the operating system starts a few threads");
        }
        Self { queue, threads }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.threads
    }

    /// Runs `job` on one of them.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let (sender, receiver) = oneshot::channel();
        self.queue.push(|jobs| {
            // A receiver that is gone has lost interest; nobody is left to tell.
            jobs.requests.push_back(Box::new(move || drop(sender.send(job()))));
        });
        receiver.await.map_err(|_| Panicked)
    }

    /// Has `work` called by this thread and by idle ones, until all of `items` are claimed; returns when all who
    /// claimed some have ended. To be called on one of the threads.
    pub(crate) fn share(&self, items: usize, work: impl Fn(&Claims) + Send + Sync + 'static) {
        let work = Arc::new(work);
        let shared =
            Arc::new(Shared { claims: Claims::new(items), busy: Mutex::new(0), ended: Condvar::new() });
        self.queue.push(|jobs| {
            for _ in 1..items.min(self.threads) {
                let (shared, work) = (Arc::clone(&shared), Arc::clone(&work));
                jobs.parts.push_back(Box::new(move || shared.join(&*work)));
            }
        });
        work(&shared.claims);
        let mut busy = lock(&shared.busy);
        while *busy > 0 {
            busy = shared.ended.wait(busy).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for GuestThreads {
    fn drop(&mut self) {
        self.queue.push(|jobs| jobs.closed = true);
    }
}

impl Queue {
    fn push(&self, add: impl FnOnce(&mut Jobs)) {
        add(&mut lock(&self.jobs));
        self.arrived.notify_all();
    }

    fn work(&self, rest: Option<fn()>) {
        while let Some(job) = self.next(rest) {
            if catch_unwind(AssertUnwindSafe(job)).is_err() {
                tracing::error!("a job on a guest thread panicked");
            }
        }
    }

    fn next(&self, mut rest: Option<fn()>) -> Option<Job> {
        let mut jobs = lock(&self.jobs);
        loop {
            let next = jobs.parts.pop_front().or_else(|| jobs.requests.pop_front());
            if next.is_some() || jobs.closed {
                return next;
            }
            if let Some(rest) = rest.take() {
                drop(jobs);
                rest();
                jobs = lock(&self.jobs);
                continue;
            }
            jobs = self.arrived.wait(jobs).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Hands out the items 0, 1, … of shared work, each to one thread.
pub(crate) struct Claims {
    next: AtomicUsize,
    items: usize,
}

impl Claims {
    fn new(items: usize) -> Self {
        Self { next: AtomicUsize::new(0), items }
    }

    /// The next item, if there is one left.
    pub(crate) fn next(&self) -> Option<usize> {
        let item = self.next.fetch_add(1, Ordering::SeqCst);
        (item < self.items).then_some(item)
    }

    /// Lets nobody claim any more.
    pub(crate) fn close(&self) {
        self.next.fetch_max(self.items, Ordering::SeqCst);
    }
}

struct Shared {
    claims: Claims,
    /// How many other threads are at it.
    busy: Mutex<usize>,
    ended: Condvar,
}

impl Shared {
    fn join(&self, work: &(dyn Fn(&Claims) + Send + Sync)) {
        // Counted before anything is claimed: whoever finds all claimed finds those who claimed counted.
        *lock(&self.busy) += 1;
        if catch_unwind(AssertUnwindSafe(|| work(&self.claims))).is_err() {
            tracing::error!("a part of a job on a guest thread panicked");
        }
        *lock(&self.busy) -= 1;
        self.ended.notify_all();
    }
}

/// A panic while one of these locks is held is impossible but for memory exhaustion, and leaves counters sound.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    #[tokio::test]
    async fn every_item_is_worked_on_once() {
        let threads = Arc::new(GuestThreads::start(4, None));
        let inner = Arc::clone(&threads);
        let counts = threads
            .run(move || {
                let counts: Arc<Vec<AtomicUsize>> = Arc::new((0..100).map(|_| AtomicUsize::new(0)).collect());
                let shared = Arc::clone(&counts);
                inner.share(100, move |claims| {
                    while let Some(item) = claims.next() {
                        shared[item].fetch_add(1, Ordering::SeqCst);
                        thread::sleep(Duration::from_micros(50));
                    }
                });
                counts.iter().map(|count| count.load(Ordering::SeqCst)).collect::<Vec<_>>()
            })
            .await
            .unwrap();
        assert_eq!(counts, vec![1; 100]);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_thread_goes_on() {
        let threads = GuestThreads::start(1, None);
        assert!(threads.run(|| panic!("on purpose")).await.is_err());
        assert_eq!(threads.run(|| 7).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn shared_work_does_not_wait_for_another_request() {
        let threads = Arc::new(GuestThreads::start(2, None));
        let release = Arc::new(AtomicBool::new(false));
        let held = Arc::clone(&release);
        let slow = {
            let threads = Arc::clone(&threads);
            tokio::spawn(async move {
                threads
                    .run(move || {
                        while !held.load(Ordering::SeqCst) {
                            thread::sleep(Duration::from_millis(1));
                        }
                    })
                    .await
            })
        };
        tokio::task::yield_now().await;
        let inner = Arc::clone(&threads);
        threads.run(move || inner.share(8, |claims| while claims.next().is_some() {})).await.unwrap();
        release.store(true, Ordering::SeqCst);
        slow.await.unwrap().unwrap();
    }
}
