//! The store over a PostgreSQL database. Its SQL stands in `sql`, which it shares with SQLite, and in
//! `migrations/postgres`.

mod columns;
mod dialect;
mod open;
#[cfg(test)]
mod plan_tests;
mod reach;
mod settings;
#[path = "../sql/mod.rs"]
#[expect(clippy::duplicate_mod, reason = "compiled once for each database, over its own `dialect`")]
mod sql;
mod total;
mod values;

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;

use self::reach::Reach;
pub use self::settings::PostgresSettings;

/// Metadata in a PostgreSQL database, which several hosts may share, also with a service that made some of its tables.
///
/// Every call ends within a time that the settings bound, whatever has become of the server. One that cannot be
/// reached is [`Unavailable`](crate::MetadataError::Unavailable) at once to all but the first who ask, until it answers
/// again.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pool: PgPool,
    reach: Arc<Reach>,
    /// How long a call may take in all.
    limit: Duration,
}
