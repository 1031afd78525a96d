//! The API as its clients meet it: the real router over a real SQLite file and real Parquet files.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

mod access;
mod away;
mod codes;
mod datasets;
mod document;
mod errors;
mod extract;
mod features;
mod hostile;
mod imports;
mod limits;
mod metadata;
mod operation;
mod plugins;
mod realtime;
mod reloads;
mod restless;
mod rows_front;
mod same_bytes;
mod server;
mod stats;
mod stores;
mod windows;
mod zones;
