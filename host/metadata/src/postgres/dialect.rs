//! What is PostgreSQL's own in queries that both databases share: how values stand in columns, and how callers wait for
//! each other.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::Row as _;
use sqlx::pool::PoolConnection;
use tokio::time::timeout;

pub use super::PostgresStore as Store;
pub use super::total::{Count, total};
use super::values::{Id, Moment};
use crate::MetadataError;
use crate::failure::is_worth_repeating;

pub use super::values::Json;

pub type Database = sqlx::Postgres;
pub type Connection = sqlx::PgConnection;
pub type Row = sqlx::postgres::PgRow;

/// Sees one state of the database throughout.
pub const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Each statement sees what others have committed by then; who needs more takes a lock first.
pub const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE";

/// How often something is tried that others get in the way of.
const ATTEMPTS: u32 = 5;

const LOCK_METADATA: &str = "SELECT version FROM t_metadata_version FOR UPDATE";

/// The time in microseconds, or the number before and one: no number ever stands for two states, not even of a database
/// that was put back to a former one.
const COUNT_CHANGE: &str = "UPDATE t_metadata_version
    SET version = greatest(version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)";

/// Not the lock against everything: other tables may refer to the user meanwhile.
const LOCK_USER: &str = "SELECT id FROM t_user WHERE id = $1 FOR NO KEY UPDATE";

const LOCK_USER_OF_TOKEN: &str = "SELECT id FROM t_user
    WHERE id = (SELECT user_id FROM t_refresh_token WHERE token_digest = $1) FOR NO KEY UPDATE";

/// A condition that a text column holds one of the texts of a [`list`], which is a parameter.
macro_rules! one_of {
    ($column:literal, $parameter:literal) => {
        concat!($column, " = ANY(", $parameter, ")")
    };
}
pub(super) use one_of;

/// The lock of a row that is about to be changed; a row that another is about to change is none of ours.
macro_rules! skip_locked {
    () => {
        "FOR UPDATE SKIP LOCKED"
    };
}
pub(super) use skip_locked;

/// A condition that a model's type is one of ours. A table that was there before us may hold models of others, which
/// mean nothing here.
macro_rules! is_known_type {
    ($column:literal) => {
        concat!($column, " IN ('realtime', 'statistics', 'ai_analysis')")
    };
}
pub(super) use is_known_type;

/// What counts the rows that `$from`, a text in parts, lets through.
macro_rules! count_of {
    ($($from:expr),+) => {
        dialect::Count {
            // One more than what is counted exactly.
            some: concat!("SELECT COUNT(*) FROM (SELECT 1 ", $($from),+, " LIMIT 10001) AS counted"),
            plan: concat!("EXPLAIN (FORMAT JSON) SELECT 1 ", $($from),+),
        }
    };
}
pub(super) use count_of;

impl Store {
    /// Does what a call asks for: again where others were in the way, and no longer than its time.
    pub async fn run<T, W: Future<Output = Result<T, MetadataError>>>(
        &self,
        work: impl Fn() -> W,
    ) -> Result<T, MetadataError> {
        let attempts = async {
            for _ in 1..ATTEMPTS {
                match work().await {
                    Err(error) if is_worth_repeating(&error) => self.reach.learn(&error),
                    result => return result,
                }
            }
            work().await
        };
        // What is given up in the middle leaves a connection that nobody can use; see `open::pool`.
        timeout(self.limit, attempts).await.unwrap_or_else(|_| Err(self.reach.no_answer(self.limit)))
    }

    /// A connection.
    pub async fn connection(&self) -> Result<PoolConnection<Database>, MetadataError> {
        self.reach.acquire(&self.pool).await
    }
}

/// Keeps others from changing device types, devices and models until the transaction ends.
pub async fn lock_metadata(connection: &mut Connection) -> sqlx::Result<()> {
    sqlx::query(LOCK_METADATA).execute(connection).await.map(drop)
}

/// Tells caches of a change, once the transaction that made it is through.
pub async fn count_change(connection: &mut Connection) -> sqlx::Result<()> {
    sqlx::query(COUNT_CHANGE).execute(connection).await.map(drop)
}

/// Keeps others from changing a user and their tokens until the transaction ends.
pub async fn lock_user(connection: &mut Connection, user_id: i64) -> sqlx::Result<()> {
    sqlx::query(LOCK_USER).bind(user_id).execute(connection).await.map(drop)
}

/// Likewise, for the user that the token of a digest was given to.
pub async fn lock_user_of_token(connection: &mut Connection, digest: &str) -> sqlx::Result<()> {
    sqlx::query(LOCK_USER_OF_TOKEN).bind(digest).execute(connection).await.map(drop)
}

/// Whether a text could stand in the database.
pub fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

/// A time to the microsecond; finer digits are cut off.
pub fn time(instant: Timestamp) -> Moment {
    Moment(instant)
}

/// A time column that may be NULL.
pub fn read_optional_time(row: &Row, column: &str) -> sqlx::Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<Moment>, _>(column)?.map(|moment| moment.0))
}

/// A JSON value as its column takes it.
pub fn json(value: &Value) -> Json {
    Json::of(value)
}

/// The text of a JSON column that may be NULL.
pub fn read_json_text(row: &Row, column: &str) -> sqlx::Result<Option<String>> {
    Ok(row.try_get::<Option<Json>, _>(column)?.map(|json| json.0))
}

/// The column of a row's number.
pub fn read_id(row: &Row, column: &str) -> sqlx::Result<i64> {
    Ok(row.try_get::<Id, _>(column)?.0)
}

/// Texts for [`one_of`]: a list of any length in one parameter.
pub type List = Vec<String>;

/// Texts for [`one_of`].
pub fn list<'a>(texts: impl Iterator<Item = &'a str>) -> List {
    texts.map(str::to_owned).collect()
}
