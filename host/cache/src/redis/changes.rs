//! Telling other hosts of a change, and hearing of theirs.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Redis;

/// Time between two looks whether everybody has heard.
const INTERVAL: Duration = Duration::from_millis(2);

/// How long the count of those who have heard is kept; far longer than anybody looks at it.
const LIFETIME_MS: i64 = 60_000;

/// The channel, behind the prefix.
const CHANNEL: &str = "changes";

/// A change of metadata, as it is published: JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The store's version after it.
    pub version: i64,
    /// The keys of what has changed, without the prefix.
    pub keys: Vec<String>,
    /// Where those who have heard of it count themselves.
    id: String,
}

impl Change {
    /// A change of what is kept under `keys`.
    pub fn new(version: i64, keys: Vec<String>) -> Self {
        Self { version, keys, id: Uuid::new_v4().simple().to_string() }
    }
}

impl Redis {
    /// The channel that changes are published in.
    pub(super) fn channel(&self) -> String {
        self.full(CHANNEL)
    }

    /// Removes the entries of what has changed, and tells all hosts. `true` once all have heard; `false` where some may not
    /// have at `until`, or are only just finding Redis again.
    pub async fn announce(&self, change: &Change, until: Instant) -> bool {
        let Ok(message) = serde_json::to_string(change) else { return false };
        let mut commands = redis::pipe();
        for key in &change.keys {
            commands.del(self.full(key)).ignore();
        }
        commands.publish(self.channel(), message);
        let Some((listeners,)) = self.ask::<(u64,)>("announce", &commands).await else { return false };
        let mut look = redis::pipe();
        look.get(self.heard_key(change));
        loop {
            let Some((heard,)) = self.ask::<(Option<u64>,)>("announce", &look).await else { return false };
            if heard.unwrap_or(0) >= listeners {
                return self.is_settled();
            }
            if Instant::now() >= until {
                return false;
            }
            sleep(INTERVAL).await;
        }
    }

    /// Says that this host has heard of a change, and from now on answers accordingly.
    pub async fn heard(&self, change: &Change) {
        let key = self.heard_key(change);
        let mut commands = redis::pipe();
        commands.incr(&key, 1).ignore().pexpire(&key, LIFETIME_MS).ignore();
        self.ask::<()>("hear", &commands).await;
    }

    fn is_settled(&self) -> bool {
        self.line().settled.is_none_or(|settled| settled <= std::time::Instant::now())
    }

    fn heard_key(&self, change: &Change) -> String {
        self.full(&format!("heard:{}", change.id))
    }
}
