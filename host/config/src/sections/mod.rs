//! The sections of the settings: a file each, with defaults, units and bounds.

mod auth;
mod cache;
mod data;
mod datasets;
mod jobs;
mod limits;
mod log;
mod metadata;
mod metrics;
mod server;
mod steps;

pub use auth::Auth;
pub use cache::Cache;
pub use data::Data;
pub use datasets::Datasets;
pub use jobs::Jobs;
pub use limits::Limits;
pub use log::{Log, LogFormat, LogLevel};
pub use metadata::Metadata;
pub use metrics::Metrics;
pub use server::Server;
pub use steps::Steps;

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

/// Bytes of a mebibyte.
const MIB: u64 = 1 << 20;

/// Stands for a key that is not set, so that a listing names every key.
const NOT_SET: &str = "(not set)";

/// Shows a path, of which what is not UTF-8 is replaced: a listing is for people.
fn shown<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    path.to_string_lossy().serialize(serializer)
}

/// Shows a path that need not be set.
fn shown_if_set<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map_or(NOT_SET.into(), |path| path.to_string_lossy()).serialize(serializer)
}

/// Shows whatever need not be set.
fn or_not_set<S: Serializer>(value: &Option<impl Serialize>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => value.serialize(serializer),
        None => NOT_SET.serialize(serializer),
    }
}

/// A path that stands in the settings, seen from `base`; an absolute one is left alone.
fn seen_from(base: &Path, path: &mut PathBuf) {
    *path = base.join(&*path);
}
