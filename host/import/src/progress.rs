//! How far an import has come.

use std::sync::Arc;

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// Bytes that were read, of all files together.
    pub bytes_read: u64,
    /// Bytes of all files together.
    pub bytes_total: u64,
    /// Rows that were understood.
    pub rows: u64,
}

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading the files.
    Reading,
    /// Bringing the rows into order, and looking for duplicates.
    Ordering,
    /// Writing them to the series store.
    Writing,
    /// All is written.
    Done,
}

/// Is told now and then how far an import has come, from whatever thread it is on; must not wait for anything.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// Counts what was read, and passes it on.
pub(crate) struct Meter {
    told: OnProgress,
    progress: Progress,
    /// Bytes of the files that are done.
    before: u64,
}

/// Rows between two messages.
const ROWS_BETWEEN: u64 = 8_192;

impl Meter {
    pub fn new(told: OnProgress) -> Self {
        let progress = Progress { stage: Stage::Reading, bytes_read: 0, bytes_total: 0, rows: 0 };
        Self { told, progress, before: 0 }
    }

    /// There are `bytes` bytes to read, of all files together.
    pub fn expect(&mut self, bytes: u64) {
        self.progress.bytes_total = bytes;
        self.stage(Stage::Reading);
    }

    /// `bytes` of the present file are read, `rows` rows of all files understood.
    pub fn at(&mut self, bytes: u64, rows: u64) {
        if rows >= self.progress.rows + ROWS_BETWEEN {
            self.tell(bytes, rows);
        }
    }

    /// The present file, of `bytes`, is done.
    pub fn next_file(&mut self, bytes: u64, rows: u64) {
        self.tell(bytes, rows);
        self.before += bytes;
    }

    pub fn stage(&mut self, stage: Stage) {
        self.progress.stage = stage;
        (self.told)(self.progress);
    }

    fn tell(&mut self, bytes: u64, rows: u64) {
        self.progress.bytes_read = self.before + bytes;
        self.progress.rows = rows;
        (self.told)(self.progress);
    }
}
