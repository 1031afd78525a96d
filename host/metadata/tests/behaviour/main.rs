//! What a metadata store does, shown on real SQLite databases.

#![expect(clippy::unwrap_used, reason = "a test ends where its premises fail")]

mod datasets;
mod definitions;
mod files;
mod jobs;
mod leases;
mod registration;
mod support;
mod users;
