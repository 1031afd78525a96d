//! The store over one SQLite file. Its SQL stands in `sql`, which it shares with PostgreSQL, and in `migrations/sqlite`.

mod dialect;
#[cfg(test)]
mod failure_tests;
mod open;
#[cfg(test)]
mod plan_tests;
#[path = "../sql/mod.rs"]
#[expect(clippy::duplicate_mod, reason = "compiled once for each database, over its own `dialect`")]
mod sql;

use sqlx::SqlitePool;

/// Metadata in one SQLite file, which several handles and processes may have open at once.
///
/// Readers never wait (write-ahead log); writers wait for each other, ten seconds at most.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
}
