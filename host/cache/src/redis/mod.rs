//! The second level: Redis, which may be away, slow or wrong at any time without anybody noticing more than a miss.
//!
//! One task ([`keep_connected`](connecting::keep_connected)) connects, listens and notices when Redis is gone. Requests use
//! the connection while there is one. The first of their operations that fails for want of an answer ends it for all, so
//! that those which come after do not wait for the same; the task then tries again until there is another.

mod changes;
mod connecting;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fettle_observe::Metrics;
use redis::aio::MultiplexedConnection;
use redis::{Client, FromRedisValue, Pipeline, RedisError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

pub use self::changes::Change;
pub use self::connecting::keep_connected;
use crate::entry::{Unusable, decode, encode};
use crate::settings::RedisSettings;

/// Entries that are sent at once; some hundred kilobytes.
const CHUNK: usize = 100;

/// A URL that the client cannot use. It is not shown: there may be a password in it.
#[derive(Debug, thiserror::Error)]
#[error("the URL of Redis cannot be used: it must be redis://host:port/number, or rediss:// for TLS")]
pub struct RedisUrlError(#[source] RedisError);

/// A Redis server.
pub struct Redis {
    client: Client,
    prefix: String,
    timeout: Duration,
    metrics: Arc<Metrics>,
    line: Mutex<Line>,
    /// Tells the task that connects that an operation has ended the connection.
    broken: Notify,
}

/// The connection that operations use, and what was said about it in the log.
struct Line {
    /// Counts connections: an operation must not end another one than it failed on.
    number: u64,
    connection: Option<MultiplexedConnection>,
    /// Until then other hosts may not have found Redis again.
    settled: Option<Instant>,
    /// It was said that Redis is away, and not yet that it is back.
    is_away_said: bool,
    /// It was said that this connection's server refuses something.
    is_refusal_said: bool,
}

impl Redis {
    /// A server that nobody has connected to yet.
    pub fn new(settings: &RedisSettings, metrics: Arc<Metrics>) -> Result<Self, RedisUrlError> {
        let client = Client::open(settings.url.as_str()).map_err(RedisUrlError)?;
        let line =
            Line { number: 0, connection: None, settled: None, is_away_said: false, is_refusal_said: false };
        Ok(Self {
            client,
            prefix: settings.prefix.clone(),
            timeout: settings.timeout,
            metrics,
            line: Mutex::new(line),
            broken: Notify::new(),
        })
    }

    /// Whether there is a connection.
    pub fn is_here(&self) -> bool {
        self.line().connection.is_some()
    }

    /// The value under a key, if there is one that is good under `version`, and how long it may be kept.
    pub async fn get<T: DeserializeOwned>(&self, key: &str, version: i64) -> Option<(T, Duration)> {
        let full = self.full(key);
        let mut commands = redis::pipe();
        commands.get(&full).pttl(&full);
        let (bytes, left): (Option<Vec<u8>>, i64) = self.ask("get", &commands).await?;
        match decode(key, version, &bytes?) {
            Ok(value) => Some((value, time_left(left))),
            Err(Unusable::OtherVersion) => None,
            Err(Unusable::Unreadable) => {
                self.metrics.cache_failed("get", "unreadable");
                None
            }
        }
    }

    /// Puts a value that was loaded under `version` in the place of whatever is there.
    pub async fn put<T: Serialize>(&self, key: &str, value: &T, version: i64, lifetime: Duration) {
        let mut commands = redis::pipe();
        self.add_put(&mut commands, key, value, version, lifetime);
        self.ask::<()>("set", &commands).await;
    }

    /// The same for many.
    pub async fn put_all<T: Serialize>(
        &self,
        entries: &[(String, Arc<T>)],
        version: i64,
        lifetime: Duration,
    ) {
        for chunk in entries.chunks(CHUNK) {
            let mut commands = redis::pipe();
            for (key, value) in chunk {
                self.add_put(&mut commands, key, &**value, version, lifetime);
            }
            if self.ask::<()>("set", &commands).await.is_none() {
                return;
            }
        }
    }

    fn add_put<T: Serialize>(
        &self,
        commands: &mut Pipeline,
        key: &str,
        value: &T,
        version: i64,
        lifetime: Duration,
    ) {
        let milliseconds = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
        commands.pset_ex(self.full(key), encode(key, version, value), milliseconds).ignore();
    }

    /// A key as Redis knows it.
    fn full(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// The answer to `commands`, if there is a connection and they succeed in time.
    async fn ask<A: FromRedisValue>(&self, operation: &'static str, commands: &Pipeline) -> Option<A> {
        let (number, mut connection) = {
            let line = self.line();
            (line.number, line.connection.clone()?)
        };
        // It answers with an error when its time is over.
        match commands.query_async(&mut connection).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.failed(operation, number, &error);
                None
            }
        }
    }

    /// An operation failed. Where that says something about the connection, nobody uses it any more.
    fn failed(&self, operation: &'static str, number: u64, error: &RedisError) {
        let trouble = Trouble::of(error);
        self.metrics.cache_failed(operation, trouble.name());
        match trouble {
            Trouble::Timeout | Trouble::Connection => {
                if self.is_lost(number, error) {
                    self.broken.notify_one();
                }
            }
            Trouble::Refused => self.is_refused(operation, error),
        }
    }

    /// Ends a connection, unless that has happened already; `true` where it has not.
    fn is_lost(&self, number: u64, cause: &dyn fmt::Display) -> bool {
        let mut line = self.line();
        if line.number != number || line.connection.take().is_none() {
            return false;
        }
        line.say_away(cause);
        true
    }

    /// Said once a connection, for it would be said at every operation.
    fn is_refused(&self, operation: &'static str, error: &RedisError) {
        if !std::mem::replace(&mut self.line().is_refusal_said, true) {
            tracing::warn!(operation, %error, "Redis refuses an operation of the cache; further ones are only counted");
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Said once, until Redis is back.
    fn say_away(&mut self, cause: &dyn fmt::Display) {
        if !std::mem::replace(&mut self.is_away_said, true) {
            tracing::warn!(%cause, "Redis is away; the cache goes on in memory alone");
        }
    }
}

/// What PTTL says. It is -1 where somebody has made an entry stay for ever, and -2 where it has just expired.
fn time_left(milliseconds: i64) -> Duration {
    match milliseconds {
        -1 => Duration::MAX,
        left => Duration::from_millis(u64::try_from(left).unwrap_or(0)),
    }
}

/// What a failure says about Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// No answer in time.
    Timeout,
    /// The connection is gone, or what comes over it makes no sense.
    Connection,
    /// An answer that is an error: a value of another type, a server that may not be written to.
    Refused,
}

impl Trouble {
    fn of(error: &RedisError) -> Self {
        if error.is_timeout() {
            Trouble::Timeout
        } else if error.is_io_error() || error.is_unrecoverable_error() {
            Trouble::Connection
        } else {
            Trouble::Refused
        }
    }

    /// What metrics call it.
    fn name(self) -> &'static str {
        match self {
            Trouble::Timeout => "timeout",
            Trouble::Connection => "connection",
            Trouble::Refused => "refused",
        }
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
