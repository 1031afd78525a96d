use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{or_not_set, seen_from, shown_if_set};
use crate::BackendUrl;
use crate::problem::Problems;

/// `[cache]`: what of the metadata is kept near, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cache {
    /// A Redis server that hosts share; each has its memory alone where it is not set. After loading with its password,
    /// and also where it came from the environment.
    #[serde(serialize_with = "or_not_set")]
    pub redis_url: Option<BackendUrl>,
    /// A file with the password. A relative path is seen from the settings file's folder.
    #[serde(serialize_with = "shown_if_set")]
    pub redis_password_file: Option<PathBuf>,
    /// What all keys in Redis begin with.
    pub prefix: String,
    /// How long one operation on Redis may take, in milliseconds.
    pub redis_timeout_ms: u32,
    /// How long a model is kept, in seconds.
    pub model_ttl_s: u32,
    /// How long the fields of a device type are kept, in seconds.
    pub mappings_ttl_s: u32,
    /// How long a device is kept, in seconds.
    pub device_ttl_s: u32,
    /// Models in memory, at most.
    pub model_entries: u32,
    /// Device types in memory whose fields are kept, at most.
    pub mappings_entries: u32,
    /// Devices in memory, at most.
    pub device_entries: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            redis_url: None,
            redis_password_file: None,
            prefix: "fettle:".to_owned(),
            redis_timeout_ms: 100,
            model_ttl_s: 86_400,
            mappings_ttl_s: 21_600,
            device_ttl_s: 600,
            model_entries: 100,
            mappings_entries: 100,
            device_entries: 10_000,
        }
    }
}

impl Cache {
    /// What a URL of Redis begins with.
    pub(crate) const SCHEMES: [&str; 2] = ["redis", "rediss"];

    /// What a URL has to be.
    pub(crate) const URL_RULE: &str = "must be redis://host:port/number, or rediss:// for TLS";

    /// The environment variable that takes the place of `redis_url` and `redis_password_file`.
    pub(crate) const VARIABLE: &str = "FETTLE_REDIS_URL";

    /// How long one operation on Redis may take.
    pub fn redis_timeout(&self) -> Duration {
        Duration::from_millis(self.redis_timeout_ms.into())
    }

    /// How long a model is kept.
    pub fn model_ttl(&self) -> Duration {
        Duration::from_secs(self.model_ttl_s.into())
    }

    /// How long the fields of a device type are kept.
    pub fn mappings_ttl(&self) -> Duration {
        Duration::from_secs(self.mappings_ttl_s.into())
    }

    /// How long a device is kept.
    pub fn device_ttl(&self) -> Duration {
        Duration::from_secs(self.device_ttl_s.into())
    }

    pub(crate) fn resolve(&mut self, base: &Path) {
        if let Some(file) = &mut self.redis_password_file {
            seen_from(base, file);
        }
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        if self.redis_url.as_ref().is_some_and(|url| !url.is_of(&Self::SCHEMES)) {
            problems.add("cache.redis_url", Self::URL_RULE);
        }
        if self.prefix.len() > 100 || !self.prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
            problems.add("cache.prefix", "must be at most 100 printable ASCII characters without spaces");
        }
        problems.check_range("cache.redis_timeout_ms", self.redis_timeout_ms, 1..=10_000);
        for (key, seconds) in [
            ("cache.model_ttl_s", self.model_ttl_s),
            ("cache.mappings_ttl_s", self.mappings_ttl_s),
            ("cache.device_ttl_s", self.device_ttl_s),
        ] {
            problems.check_range(key, seconds, 1..=31_536_000);
        }
        for (key, entries) in [
            ("cache.model_entries", self.model_entries),
            ("cache.mappings_entries", self.mappings_entries),
            ("cache.device_entries", self.device_entries),
        ] {
            problems.check_range(key, entries, 1..=10_000_000);
        }
    }
}
