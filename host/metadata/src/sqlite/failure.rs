//! What SQLite's failures mean to a caller.

use sqlx::error::DatabaseError;

use crate::MetadataError;

/// Primary result codes: <https://www.sqlite.org/rescode.html>.
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
            | sqlx::Error::Io(_) => MetadataError::Unavailable(error.into()),
            sqlx::Error::Database(database) => match primary_code(database.as_ref()) {
                Some(BUSY | LOCKED | IO_ERROR | CANNOT_OPEN) => MetadataError::Unavailable(error.into()),
                Some(FULL) => MetadataError::StorageFull(error.into()),
                _ => MetadataError::Backend(error.into()),
            },
            _ => MetadataError::Backend(error.into()),
        }
    }
}

/// Whether someone else holds the file.
pub fn is_busy(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(database) if primary_code(database.as_ref()) == Some(BUSY))
}

/// The low byte of an extended result code.
fn primary_code(error: &dyn DatabaseError) -> Option<i32> {
    error.code()?.parse::<i32>().ok().map(|code| code & 0xff)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::{
        DeviceFilter, MetadataError, MetadataStore, NewDevice, NewDeviceType, Page, Registration, SqliteStore,
    };

    #[tokio::test]
    async fn a_full_disk_is_told_apart_and_what_was_there_stays() {
        let store = SqliteStore::in_memory().await.unwrap();
        sqlx::query("PRAGMA max_page_count = 60").execute(&store.pool).await.unwrap();
        let device = |number| NewDevice { code: format!("D{number}"), name: "x".repeat(1000) };
        let mut registration = Registration {
            device_type: NewDeviceType { code: "welder".into(), name: "Welder".into() },
            fields: vec![],
            devices: vec![device(0)],
            models: vec![],
        };
        store.register(&registration, Timestamp::UNIX_EPOCH).await.unwrap();
        registration.devices.extend((1..1000).map(device));
        let error = store.register(&registration, Timestamp::UNIX_EPOCH).await.unwrap_err();
        assert!(matches!(error, MetadataError::StorageFull(_)), "{error:?}");
        assert_eq!(store.devices(&DeviceFilter::default(), Page::ALL).await.unwrap().items.len(), 1);
    }

    #[tokio::test]
    async fn a_store_that_does_not_answer_is_unavailable() {
        let store = SqliteStore::in_memory().await.unwrap();
        store.pool.close().await;
        assert!(matches!(store.ping().await, Err(MetadataError::Unavailable(_))));
    }
}
