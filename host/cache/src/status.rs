//! Whether the second level is there.

use std::sync::Arc;

use crate::redis::Redis;

/// Tells how the cache is; a clone tells the same. The default is that of a host without Redis.
#[derive(Debug, Clone, Default)]
pub struct CacheStatus(pub(crate) Option<Arc<Redis>>);

/// How the cache is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheState {
    /// All that is configured is there.
    Ready,
    /// Redis is configured and away: each host has its memory alone, which serves for less long.
    Degraded,
}

impl CacheStatus {
    /// How it is at this moment.
    pub fn state(&self) -> CacheState {
        match &self.0 {
            Some(redis) if !redis.is_here() => CacheState::Degraded,
            _ => CacheState::Ready,
        }
    }
}
