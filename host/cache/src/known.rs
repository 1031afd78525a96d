//! What this host knows of the store: which version it has, and whether it answers.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What this host knows of the store.
#[derive(Debug)]
pub struct Known {
    /// Written under `changes` alone, read without it.
    version: AtomicI64,
    era: AtomicU64,
    /// How often the version has changed here.
    changes: Mutex<u64>,
    is_away: AtomicBool,
    again: Notify,
}

/// Under what an entry in memory was loaded. It is good under the same stamp, and under no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The store's version.
    pub version: i64,
    /// A new one begins when all that is in memory is to be asked for again, whatever the version.
    era: u64,
}

/// How often the known version had changed when the store was asked for it.
#[derive(Debug, Clone, Copy)]
pub struct Asked(u64);

impl Known {
    /// A store that answers and has this version.
    pub fn new(version: i64) -> Self {
        Self {
            version: version.into(),
            era: AtomicU64::new(0),
            changes: Mutex::new(0),
            is_away: AtomicBool::new(false),
            again: Notify::new(),
        }
    }

    /// What entries are good under at this moment; to be taken before anything is loaded.
    pub fn stamp(&self) -> Stamp {
        Stamp { version: self.version.load(Ordering::SeqCst), era: self.era.load(Ordering::SeqCst) }
    }

    /// The store had this version at some moment until now: it has it still or a later one.
    pub fn learn(&self, version: i64) {
        let mut changes = self.changes();
        if version > self.version.load(Ordering::SeqCst) {
            self.version.store(version, Ordering::SeqCst);
            *changes += 1;
        }
    }

    /// To be called before the store is asked for its version.
    pub fn asking(&self) -> Asked {
        Asked(*self.changes())
    }

    /// The store answered, with this version. An earlier one than is known is either an answer that something newer has
    /// overtaken, or a database that was put back to a former state. `true` where it was put back.
    pub fn answered(&self, version: i64, asked: Asked) -> bool {
        self.is_away.store(false, Ordering::SeqCst);
        self.learn(version);
        let mut changes = self.changes();
        let put_back = version < self.version.load(Ordering::SeqCst) && asked.0 == *changes;
        if put_back {
            // Versions will come again that entries were loaded under before.
            self.begin_era();
            self.version.store(version, Ordering::SeqCst);
            *changes += 1;
        }
        put_back
    }

    /// The store did not answer. `true` where it did before.
    pub fn did_not_answer(&self) -> bool {
        !self.is_away.swap(true, Ordering::SeqCst)
    }

    /// Something was missed, or may have been: the store is to be asked for its version at once.
    pub fn ask_again(&self) {
        self.again.notify_one();
    }

    /// Waits until it is.
    pub async fn is_to_be_asked(&self) {
        self.again.notified().await;
    }

    /// Whether the store did not answer when it was last asked for its version.
    pub fn is_away(&self) -> bool {
        self.is_away.load(Ordering::SeqCst)
    }

    /// From now on, all that is in memory is asked for again.
    pub fn begin_era(&self) {
        self.era.fetch_add(1, Ordering::SeqCst);
    }

    fn changes(&self) -> MutexGuard<'_, u64> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_learnt_forwards() {
        let known = Known::new(5);
        let first = known.stamp();
        known.learn(4);
        assert_eq!(known.stamp(), first);
        known.learn(7);
        assert_eq!(known.stamp().version, 7);
    }

    #[test]
    fn an_answer_that_a_change_has_overtaken_counts_for_nothing() {
        let known = Known::new(5);
        let asked = known.asking();
        known.learn(6);
        assert!(!known.answered(5, asked));
        assert_eq!(known.stamp().version, 6);
    }

    #[test]
    fn a_database_that_was_put_back_is_believed_and_nothing_of_before_is_good() {
        let known = Known::new(5);
        let before = known.stamp();
        assert!(known.answered(3, known.asking()));
        known.learn(5);
        assert_eq!(known.stamp().version, before.version);
        assert_ne!(known.stamp(), before);
    }

    #[test]
    fn being_away_is_told_once() {
        let known = Known::new(1);
        assert!(known.did_not_answer() && !known.did_not_answer() && known.is_away());
        known.answered(1, known.asking());
        assert!(!known.is_away() && known.did_not_answer());
    }
}
