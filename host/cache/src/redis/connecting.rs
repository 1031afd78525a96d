//! Connecting, listening, and noticing when Redis is gone.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use redis::aio::{MultiplexedConnection, PubSub, PubSubSink, PubSubStream};
use redis::{AsyncConnectionConfig, Msg, RedisError, Value};
use tokio::time::{Instant, sleep, timeout};

use super::{Change, Redis, Trouble};
use crate::known::Known;

/// How long it may take to connect and to subscribe.
const LONGEST_CONNECT: Duration = Duration::from_secs(1);

/// Pause between two attempts.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// Time between two looks whether Redis is still there when nobody asks it for anything …
const PING_INTERVAL: Duration = Duration::from_secs(1);

/// … and how long the answer is waited for. No request waits meanwhile.
const LONGEST_PING: Duration = Duration::from_secs(1);

/// When Redis has been away, hosts find it again one after the other, in so long. Until then nobody can be sure that all
/// others hear what is published.
const LONGEST_RETURN: Duration = Duration::from_secs(5);

/// How long entries in memory are good while Redis is away: other hosts' changes are not heard of then.
const LIFETIME_AWAY: Duration = Duration::from_secs(3);

/// A connection that operations use, and a subscription.
pub struct Connected {
    /// Number of the connection.
    number: u64,
    sink: PubSubSink,
    stream: PubSubStream,
}

/// Keeps `redis` connected, for ever, `first` by what has been connected already. What is heard of changes goes to `hear`,
/// one after the other. Everything in memory is asked for again after each further connect, and every few seconds while
/// there is no connection.
pub async fn keep_connected<H: Future<Output = ()>>(
    redis: Arc<Redis>,
    known: Arc<Known>,
    mut first: Option<Connected>,
    hear: impl Fn(Change) -> H,
) -> Infallible {
    loop {
        let mut era = Instant::now();
        let Connected { number, sink, stream } = loop {
            if let Some(connected) = first.take() {
                break connected;
            }
            if let Some(connected) = redis.connect().await {
                // What was published while nobody listened has been missed.
                known.begin_era();
                known.ask_again();
                break connected;
            }
            if era.elapsed() >= LIFETIME_AWAY {
                known.begin_era();
                era = Instant::now();
            }
            sleep(RETRY_INTERVAL).await;
        };
        let cause = redis.listen(sink, stream, &hear).await;
        redis.is_lost(number, &cause);
        sleep(RETRY_INTERVAL).await;
    }
}

/// Why listening ended.
#[derive(Debug, thiserror::Error)]
enum Silence {
    #[error("the subscription has ended")]
    Ended,
    #[error("an operation failed")]
    Broken,
    #[error("no answer to a ping in {} s", LONGEST_PING.as_secs())]
    NoAnswer,
    #[error("{0}")]
    Ping(#[source] RedisError),
}

impl Redis {
    /// Subscribes and connects; from then on operations use the connection. `None`, after it has been counted and said,
    /// where that fails.
    pub async fn connect(&self) -> Option<Connected> {
        let failed = |cause: &dyn fmt::Display, trouble: Trouble| {
            self.metrics.cache_failed("connect", trouble.name());
            self.line().say_away(cause);
        };
        match timeout(LONGEST_CONNECT, self.try_connect()).await {
            Ok(Ok((connection, subscription))) => {
                let (sink, stream) = subscription.split();
                let number = self.is_back(connection);
                return Some(Connected { number, sink, stream });
            }
            Ok(Err(error)) => failed(&error, Trouble::of(&error)),
            Err(elapsed) => failed(&elapsed, Trouble::Timeout),
        }
        None
    }

    async fn try_connect(&self) -> Result<(MultiplexedConnection, PubSub), RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(LONGEST_CONNECT))
            .set_response_timeout(Some(self.timeout));
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let mut subscription = self.client.get_async_pubsub().await?;
        subscription.subscribe(self.channel()).await?;
        // A server that is still reading its files connects and subscribes, and answers nothing else.
        redis::cmd("PING").query_async::<Value>(&mut connection).await?;
        Ok((connection, subscription))
    }

    /// From now on operations use this connection. Answers its number.
    fn is_back(&self, connection: MultiplexedConnection) -> u64 {
        let mut line = self.line();
        line.number += 1;
        line.connection = Some(connection);
        line.is_refusal_said = false;
        line.settled = None;
        if std::mem::replace(&mut line.is_away_said, false) {
            tracing::info!("Redis is back");
            line.settled = Some(std::time::Instant::now() + LONGEST_RETURN);
        }
        line.number
    }

    /// Passes on what is published, until Redis is gone; answers how that was noticed.
    async fn listen<H: Future<Output = ()>>(
        &self,
        mut sink: PubSubSink,
        mut stream: PubSubStream,
        hear: impl Fn(Change) -> H,
    ) -> Silence {
        let mut next_ping = Instant::now() + PING_INTERVAL;
        loop {
            tokio::select! {
                message = stream.next() => match message {
                    Some(message) => self.pass_on(&message, &hear).await,
                    None => return Silence::Ended,
                },
                () = self.broken.notified() => {
                    // It may have been about a connection before this one.
                    if !self.is_here() {
                        return Silence::Broken;
                    }
                }
                () = tokio::time::sleep_until(next_ping) => {
                    match timeout(LONGEST_PING, sink.ping::<Value>()).await {
                        Ok(Ok(_)) => next_ping = Instant::now() + PING_INTERVAL,
                        Ok(Err(error)) => return Silence::Ping(error),
                        Err(_) => return Silence::NoAnswer,
                    }
                }
            }
        }
    }

    async fn pass_on<H: Future<Output = ()>>(&self, message: &Msg, hear: impl Fn(Change) -> H) {
        match serde_json::from_slice::<Change>(message.get_payload_bytes()) {
            Ok(change) => hear(change).await,
            Err(_) => self.metrics.cache_failed("hear", "unreadable"),
        }
    }
}
