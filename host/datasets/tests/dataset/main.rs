//! Datasets from real stores and built-in plugins: built, replayed, served.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

mod bench;
mod building;
mod compiling;
mod refusals;
mod replaying;
mod serving;
