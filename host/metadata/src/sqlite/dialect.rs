//! What is SQLite's own in queries that both databases share: how values stand in columns, and how callers wait for
//! each other.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::Row as _;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteArguments;

pub use super::SqliteStore as Store;
use crate::{MetadataError, Total};

pub type Database = sqlx::Sqlite;
pub type Connection = sqlx::SqliteConnection;
pub type Row = sqlx::sqlite::SqliteRow;

/// Begins a transaction that sees one state of the database throughout.
pub const READ: &str = "BEGIN";

/// Begins a transaction that will write. Taking the write lock first means to wait for it where waiting is possible:
/// a transaction that has read already and then wants to write is turned away at once if another wrote in between.
pub const WRITE: &str = "BEGIN IMMEDIATE";

/// A condition that a text column holds one of the texts of a [`list`], which is a parameter.
macro_rules! one_of {
    ($column:literal, $parameter:literal) => {
        concat!($column, " IN (SELECT value FROM json_each(", $parameter, "))")
    };
}
pub(super) use one_of;

/// The lock of a row that is about to be changed. One who writes has the whole database.
macro_rules! skip_locked {
    () => {
        ""
    };
}
pub(super) use skip_locked;

/// A condition that a model's type is one of ours. Here the table itself sees to that.
macro_rules! is_known_type {
    ($column:literal) => {
        "TRUE"
    };
}
pub(super) use is_known_type;

/// What counts the rows that `$from`, a text in parts, lets through.
macro_rules! count_of {
    ($($from:expr),+) => {
        concat!("SELECT COUNT(*) ", $($from),+)
    };
}
pub(super) use count_of;

/// What counts a list's items.
pub type Count = &'static str;

/// A list's items: always as many as there are.
pub async fn total(
    connection: &mut Connection,
    count: Count,
    arguments: impl Fn() -> sqlx::Result<SqliteArguments>,
) -> sqlx::Result<Total> {
    let count: i64 = sqlx::query_scalar_with(count, arguments()?).fetch_one(connection).await?;
    Ok(Total { count: count.unsigned_abs(), is_estimate: false })
}

impl Store {
    /// Does what a call asks for. A local file has neither to be reached again nor to be given up.
    pub async fn run<T, W: Future<Output = Result<T, MetadataError>>>(
        &self,
        work: impl Fn() -> W,
    ) -> Result<T, MetadataError> {
        work().await
    }

    /// A connection.
    pub async fn connection(&self) -> Result<PoolConnection<Database>, MetadataError> {
        Ok(self.pool.acquire().await?)
    }
}

/// Keeps others from changing device types, devices and models: whoever writes has the whole database.
pub async fn lock_metadata(_: &mut Connection) -> sqlx::Result<()> {
    Ok(())
}

/// Tells caches of a change: triggers do it, whoever makes the change.
pub async fn count_change(_: &mut Connection) -> sqlx::Result<()> {
    Ok(())
}

/// Keeps others from changing a user and their tokens: whoever writes has the whole database.
pub async fn lock_user(_: &mut Connection, _user_id: i64) -> sqlx::Result<()> {
    Ok(())
}

/// Likewise, for the user that the token of a digest was given to.
pub async fn lock_user_of_token(_: &mut Connection, _digest: &str) -> sqlx::Result<()> {
    Ok(())
}

/// Whether a text could stand in the database.
pub fn is_storable(_: &str) -> bool {
    true
}

/// UTC with six digits of a second, so that times sort as texts; finer digits are cut off.
pub fn time(instant: Timestamp) -> String {
    format!("{instant:.6}")
}

/// A time column that may be NULL.
pub fn read_optional_time(row: &Row, column: &str) -> sqlx::Result<Option<Timestamp>> {
    row.try_get::<Option<&str>, _>(column)?.map(|text| decoded(column, text.parse())).transpose()
}

/// A JSON value as its column takes it.
pub type Json = String;

/// A JSON value as its column takes it.
pub fn json(value: &Value) -> Json {
    value.to_string()
}

/// The text of a JSON column that may be NULL.
pub fn read_json_text(row: &Row, column: &str) -> sqlx::Result<Option<String>> {
    row.try_get(column)
}

/// The column of a row's number.
pub fn read_id(row: &Row, column: &str) -> sqlx::Result<i64> {
    row.try_get(column)
}

/// Texts for [`one_of`]: a list of any length in one parameter.
pub type List = String;

/// Texts for [`one_of`].
pub fn list<'a>(texts: impl Iterator<Item = &'a str>) -> List {
    texts.collect::<Value>().to_string()
}

fn decoded<T>(column: &str, result: Result<T, jiff::Error>) -> sqlx::Result<T> {
    result.map_err(|error| sqlx::Error::ColumnDecode { index: column.to_owned(), source: error.into() })
}
