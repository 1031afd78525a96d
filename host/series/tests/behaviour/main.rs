//! What callers of the series store rely on.

#![expect(clippy::unwrap_used, reason = "a test ends where its premises fail")]

mod delete;
mod interruptions;
mod newest;
mod rows;
mod store;
