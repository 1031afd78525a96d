//! Whether the database can be reached: found out by one caller, for all.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::pool::{PoolConnection, PoolConnectionMetadata};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres};
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{Instant, sleep, timeout};

use crate::MetadataError;
use crate::failure::{is_away, sql_state};

/// How long a caller waits for a connection before asking whether the database is there at all. The pool itself would
/// go on trying until its own time is over, even where the server's machine has refused at once.
const HESITATION: Duration = Duration::from_millis(100);

/// How long a database that was away is left alone, and how long one that was there is not doubted.
const INTERVAL: Duration = Duration::from_millis(500);

/// The state of one database, as far as it is known.
#[derive(Debug)]
pub struct Reach {
    /// Its URL without the password.
    database: String,
    options: PgConnectOptions,
    connect_timeout: Duration,
    state: Mutex<State>,
    /// Held by the one who asks.
    asking: AsyncMutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Why it cannot be reached, and when it was asked last.
    away: Option<(String, Instant)>,
    /// When it answered last.
    answered: Option<Instant>,
    /// Connections made before this moment are not to be used any more.
    stale: Option<Instant>,
}

impl Reach {
    pub fn new(database: String, options: PgConnectOptions, connect_timeout: Duration) -> Self {
        let (state, asking) = (Mutex::default(), AsyncMutex::default());
        Self { database, options, connect_timeout, state, asking }
    }

    /// A connection of `pool`; [`MetadataError::Unavailable`] at once where the database is known to be away, and as
    /// soon as it is found to be.
    pub async fn acquire(&self, pool: &PgPool) -> Result<PoolConnection<Postgres>, MetadataError> {
        self.come_back().await?;
        let mut acquiring = std::pin::pin!(pool.acquire());
        tokio::select! {
            biased;
            acquired = &mut acquiring => return Ok(acquired?),
            () = sleep(HESITATION) => {}
        }
        tokio::select! {
            biased;
            acquired = &mut acquiring => Ok(acquired?),
            error = self.doubt() => Err(error),
        }
    }

    /// A connection of its own.
    pub async fn connect(&self) -> sqlx::Result<PgConnection> {
        let connection = timeout(self.connect_timeout, PgConnection::connect_with(&self.options)).await;
        connection.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// What its callers are told where a connection could not be made.
    pub fn cannot_be_reached(&self, error: &sqlx::Error) -> MetadataError {
        let reason = match error {
            sqlx::Error::PoolTimedOut => format!("no connection within {:?}", self.connect_timeout),
            error => error.to_string(),
        };
        unavailable(format!("{} cannot be reached: {reason}", self.database))
    }

    /// What a call is told that was given up after `limit`.
    pub fn no_answer(&self, limit: Duration) -> MetadataError {
        unavailable(format!("{} does not answer within {limit:?}", self.database))
    }

    /// Distrusts the connections that there are, where a failure says that they remember what is no longer so: the
    /// types of a table's columns.
    pub fn learn(&self, error: &MetadataError) {
        if let MetadataError::Backend(cause) = error
            && sql_state(cause.as_ref()) == Some("0A000")
        {
            self.state().stale = Some(Instant::now());
        }
    }

    /// Whether a connection may be used.
    pub fn is_fresh(&self, connection: &PoolConnectionMetadata) -> bool {
        let made = Instant::now().checked_sub(connection.age);
        self.state().stale.is_none_or(|stale| made.is_some_and(|made| made > stale))
    }

    /// Asks a database that was away whether it is back, now and then; everybody else is turned away.
    async fn come_back(&self) -> Result<(), MetadataError> {
        let Some((reason, asked)) = self.state().away.clone() else { return Ok(()) };
        match self.asking.try_lock() {
            Ok(_turn) if asked.elapsed() >= INTERVAL => self.ask().await,
            _ => Err(unavailable(reason)),
        }
    }

    /// Ends with an error where the database is away, else never.
    async fn doubt(&self) -> MetadataError {
        let turn = self.asking.lock().await;
        let (away, answered) = {
            let state = self.state();
            (state.away.clone(), state.answered)
        };
        if let Some((reason, _)) = away {
            return unavailable(reason);
        }
        if answered.is_none_or(|answered| answered.elapsed() > INTERVAL)
            && let Err(error) = self.ask().await
        {
            return error;
        }
        drop(turn);
        std::future::pending().await
    }

    /// Finds out whether the database lets connections in. Who is refused for a reason has been answered.
    async fn ask(&self) -> Result<(), MetadataError> {
        let away = match self.connect().await {
            Ok(connection) => {
                // It has served its purpose, however it ends.
                let _ = timeout(HESITATION, connection.close()).await;
                None
            }
            Err(error) => is_away(&error).then(|| self.cannot_be_reached(&error)),
        };
        let mut state = self.state();
        let Some(error) = away else {
            (state.away, state.answered) = (None, Some(Instant::now()));
            return Ok(());
        };
        state.away = Some((reason(&error), Instant::now()));
        Err(error)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock can panic half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reason(error: &MetadataError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn unavailable(reason: String) -> MetadataError {
    MetadataError::Unavailable(reason.into())
}
