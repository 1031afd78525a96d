//! What the databases' failures mean to a caller.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

use crate::{Invalid, MetadataError};

/// SQLite's primary result codes: <https://www.sqlite.org/rescode.html>.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const IO_ERROR: i32 = 10;
const FULL: i32 = 13;
const CANNOT_OPEN: i32 = 14;

impl From<sqlx::Error> for MetadataError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Tls(_)
            | sqlx::Error::BeginFailed
            | sqlx::Error::Io(_) => MetadataError::Unavailable(error.into()),
            sqlx::Error::Database(database) => match meaning(database.as_ref()) {
                Meaning::Unavailable => MetadataError::Unavailable(error.into()),
                Meaning::StorageFull => MetadataError::StorageFull(error.into()),
                Meaning::Invalid(invalid) => MetadataError::Invalid(invalid),
                Meaning::Other => MetadataError::Backend(error.into()),
            },
            _ => MetadataError::Backend(error.into()),
        }
    }
}

enum Meaning {
    Unavailable,
    StorageFull,
    Invalid(Invalid),
    Other,
}

fn meaning(error: &dyn DatabaseError) -> Meaning {
    match error.try_downcast_ref::<PgDatabaseError>() {
        Some(postgres) => meaning_in_postgres(postgres.code()),
        None => match primary_code(error) {
            Some(BUSY | LOCKED | IO_ERROR | CANNOT_OPEN) => Meaning::Unavailable,
            Some(FULL) => Meaning::StorageFull,
            _ => Meaning::Other,
        },
    }
}

/// By SQLSTATE: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn meaning_in_postgres(code: &str) -> Meaning {
    match code {
        // Lost connections; too many of them, or out of memory; ended or not ready, or a statement that took too long;
        // a lock that took too long; others were faster, again and again; a replica; a failing disk.
        _ if code.starts_with("08") => Meaning::Unavailable,
        "53000" | "53200" | "53300" | "53400" | "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "57014"
        | "55P03" | "40001" | "40P01" | "25006" | "58000" | "58030" => Meaning::Unavailable,
        "53100" => Meaning::StorageFull,
        "22001" => Meaning::Invalid(Invalid::TooLong),
        "22021" | "22P05" => Meaning::Invalid(Invalid::Nul),
        _ => Meaning::Other,
    }
}

/// Whether doing the same once more may go well: others wrote at the same time, or changed a table's columns.
pub fn is_worth_repeating(error: &MetadataError) -> bool {
    let (MetadataError::Unavailable(cause) | MetadataError::Backend(cause)) = error else { return false };
    matches!(sql_state(cause.as_ref()), Some("40001" | "40P01" | "23505" | "0A000"))
}

/// Whether a connection could not be made because there is no server, or one that is not ready.
pub fn is_away(error: &sqlx::Error) -> bool {
    match error {
        // A certificate that does not convince comes as invalid data.
        sqlx::Error::Io(error) => error.kind() != std::io::ErrorKind::InvalidData,
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(database) => database
            .try_downcast_ref::<PgDatabaseError>()
            .is_some_and(|error| error.code().starts_with("57P0") || error.code().starts_with("08")),
        _ => false,
    }
}

/// PostgreSQL's SQLSTATE, where a cause is one of its answers.
pub fn sql_state<'a>(cause: &'a (dyn std::error::Error + Send + Sync + 'static)) -> Option<&'a str> {
    match cause.downcast_ref::<sqlx::Error>()? {
        sqlx::Error::Database(database) => Some(database.try_downcast_ref::<PgDatabaseError>()?.code()),
        _ => None,
    }
}

/// Whether someone else holds SQLite's file.
pub fn is_busy(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(database) if primary_code(database.as_ref()) == Some(BUSY))
}

/// The low byte of one of SQLite's extended result codes.
fn primary_code(error: &dyn DatabaseError) -> Option<i32> {
    error.code()?.parse::<i32>().ok().map(|code| code & 0xff)
}
