//! What a metadata store does, shown on real databases of both kinds.

#![expect(clippy::unwrap_used, reason = "a test ends where its premises fail")]

mod datasets;
mod defining;
mod faults;
mod files;
mod handles;
mod jobs;
mod leases;
mod lists;
mod registration;
mod support;
mod users;
mod version;
