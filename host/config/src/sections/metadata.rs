use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{or_not_set, seen_from, shown_if_set};
use crate::BackendUrl;
use crate::problem::Problems;

/// `[metadata]`: the database of models, devices, users and jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metadata {
    /// A PostgreSQL database; the SQLite file in the data folder where it is not set. After loading with its password, and
    /// also where it came from the environment.
    #[serde(serialize_with = "or_not_set")]
    pub url: Option<BackendUrl>,
    /// A file with the password. A relative path is seen from the settings file's folder.
    #[serde(serialize_with = "shown_if_set")]
    pub password_file: Option<PathBuf>,
    /// Connections that are open at once, at most.
    pub max_connections: u32,
    /// Connections that are kept open while nobody asks.
    pub min_connections: u32,
    /// How long a call waits for a connection, in milliseconds.
    pub acquire_timeout_ms: u32,
    /// How long the server may take to let a connection in, in milliseconds.
    pub connect_timeout_ms: u32,
    /// How long a statement may take, in milliseconds.
    pub statement_timeout_ms: u32,
    /// What the server calls the connections.
    pub application_name: String,
}

impl Default for Metadata {
    fn default() -> Self {
        Self {
            url: None,
            password_file: None,
            max_connections: 10,
            min_connections: 1,
            acquire_timeout_ms: 2_000,
            connect_timeout_ms: 2_000,
            statement_timeout_ms: 5_000,
            application_name: "fettle".to_owned(),
        }
    }
}

impl Metadata {
    /// What a URL of PostgreSQL begins with.
    pub(crate) const SCHEMES: [&str; 2] = ["postgres", "postgresql"];

    /// What a URL has to be.
    pub(crate) const URL_RULE: &str = "must be postgres://user@host:port/database";

    /// The environment variable that takes the place of `url` and `password_file`.
    pub(crate) const VARIABLE: &str = "FETTLE_METADATA_URL";

    /// How long a call waits for a connection.
    pub fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(self.acquire_timeout_ms.into())
    }

    /// How long the server may take to let a connection in.
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms.into())
    }

    /// How long a statement may take.
    pub fn statement_timeout(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms.into())
    }

    pub(crate) fn resolve(&mut self, base: &Path) {
        if let Some(file) = &mut self.password_file {
            seen_from(base, file);
        }
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        if self.url.as_ref().is_some_and(|url| !url.is_of(&Self::SCHEMES)) {
            problems.add("metadata.url", Self::URL_RULE);
        }
        problems.check_range("metadata.max_connections", self.max_connections, 1..=1000);
        problems.check_range(
            "metadata.min_connections",
            self.min_connections,
            0..=self.max_connections.max(1),
        );
        problems.check_range("metadata.acquire_timeout_ms", self.acquire_timeout_ms, 100..=60_000);
        problems.check_range("metadata.connect_timeout_ms", self.connect_timeout_ms, 100..=60_000);
        problems.check_range("metadata.statement_timeout_ms", self.statement_timeout_ms, 100..=3_600_000);
        if self.application_name.is_empty()
            || self.application_name.len() > 63
            || !self.application_name.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        {
            // PostgreSQL cuts longer ones off and replaces other characters.
            problems.add("metadata.application_name", "must be 1 to 63 printable ASCII characters");
        }
    }
}
