//! How a PostgreSQL database is reached.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

/// How a PostgreSQL database is reached. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresSettings {
    /// `postgres://user:password@host:port/database`, with `sslmode`, `sslrootcert` and so on as libpq has them.
    pub url: String,
    /// Connections that are open at once, at most. At least 1.
    pub max_connections: u32,
    /// Connections that are kept open while nobody asks.
    pub min_connections: u32,
    /// How long a call waits for one of them to be free, or for a new one.
    pub acquire_timeout: Duration,
    /// How long the server may take to let a connection in before it counts as away.
    pub connect_timeout: Duration,
    /// How long a statement may take. The server ends it then; if it does not, the connection is given up a moment
    /// later.
    pub statement_timeout: Duration,
    /// What the server calls our connections in `pg_stat_activity`.
    pub application_name: String,
}

impl PostgresSettings {
    /// The database at `url`, and for the rest what suits a host beside others.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 10,
            min_connections: 1,
            acquire_timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(5),
            application_name: "fettle".to_owned(),
        }
    }

    /// The database without what opens it: `postgres://user@host:port/database`.
    pub fn database(&self) -> String {
        self.options().map_or_else(
            // What cannot be read may have a password anywhere.
            |_| "postgres://(not a URL)".to_owned(),
            |options| {
                let (user, port) = (options.get_username(), options.get_port());
                let place = options
                    .get_socket()
                    .map_or_else(|| options.get_host().to_owned(), |socket| socket.display().to_string());
                let name = options.get_database().unwrap_or(user);
                format!("postgres://{user}@{place}:{port}/{name}")
            },
        )
    }

    fn options(&self) -> sqlx::Result<PgConnectOptions> {
        // sqlx itself takes any scheme.
        if !["postgres://", "postgresql://"].iter().any(|scheme| self.url.starts_with(scheme)) {
            return Err(sqlx::Error::Configuration("the URL must begin with `postgres://`".into()));
        }
        PgConnectOptions::from_str(&self.url)
    }

    /// What the URL says, and what every connection is to be.
    pub(super) fn connect_options(&self) -> sqlx::Result<PgConnectOptions> {
        let options = self.options()?;
        let limit = self.statement_timeout.as_millis().max(1).to_string();
        Ok(options.application_name(&self.application_name).options([
            ("statement_timeout", limit.as_str()),
            // A host that stops in the middle of a transaction must not hold others up.
            ("idle_in_transaction_session_timeout", limit.as_str()),
        ]))
    }
}

impl fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url: _, max_connections, min_connections, acquire_timeout, connect_timeout, .. } = self;
        f.debug_struct("PostgresSettings")
            .field("database", &self.database())
            .field("max_connections", max_connections)
            .field("min_connections", min_connections)
            .field("acquire_timeout", acquire_timeout)
            .field("connect_timeout", connect_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("application_name", &self.application_name)
            .finish()
    }
}
