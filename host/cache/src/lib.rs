//! Models, field mappings and devices, kept near: in this host's memory, then in Redis where there is one.
//!
//! [`CachedMetadata`] stands in front of a metadata store and is one itself. What it keeps is never the only copy of
//! anything, and no trouble with Redis is an error to whoever asks: it is a miss.
//!
//! What keeps it true is the number that the store gives every state of its tables
//! ([`MetadataStore::version`](fettle_metadata::MetadataStore::version)). An entry carries the version that was known
//! before it was loaded, and is good only as long as that is the version known now. So neither a load that a change
//! overtakes nor a message that is lost leaves something behind that is out of date. A host learns of a new version from
//! its own writes, from Redis (pub/sub) when another host or a command writes, and, whatever else is lost, by asking the
//! store twice a second.

mod cached;
mod entry;
mod failure;
mod known;
mod redis;
mod settings;
mod shelf;
mod status;
mod watch;

pub use crate::cached::{CacheError, CachedMetadata};
pub use crate::redis::RedisUrlError;
pub use crate::settings::{CacheSettings, Keeping, RedisSettings};
pub use crate::status::{CacheState, CacheStatus};
