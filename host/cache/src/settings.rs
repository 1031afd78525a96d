//! What an operator can set about the cache.

use std::fmt;
use std::time::Duration;

/// What is kept, for how long, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheSettings {
    /// Models with their fields resolved.
    pub models: Keeping,
    /// The fields of device types.
    pub mappings: Keeping,
    /// Devices.
    pub devices: Keeping,
    /// The second level; without it, each host has its memory alone.
    pub redis: Option<RedisSettings>,
}

/// How one kind of value is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// How long, on both levels together. Changes are noticed long before; this is for those that nothing tells of, such
    /// as what another program writes into tables without triggers.
    pub lifetime: Duration,
    /// How many, in memory. Those that were not asked for the longest go first.
    pub entries: u64,
}

/// Where Redis is, and how long it is waited for.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisSettings {
    /// `redis://` or, with TLS, `rediss://`; with user and password where it takes them. No `Debug` shows it.
    pub url: String,
    /// What all keys and the channel begin with: hosts of one database have it in common, and nobody else has it.
    pub prefix: String,
    /// How long one operation may take. An operation that takes longer counts as failed, and Redis as away.
    pub timeout: Duration,
}

impl Default for CacheSettings {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Self {
            models: Keeping { lifetime: hours(24), entries: 100 },
            mappings: Keeping { lifetime: hours(6), entries: 100 },
            devices: Keeping { lifetime: Duration::from_secs(600), entries: 10_000 },
            redis: None,
        }
    }
}

impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSettings")
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
