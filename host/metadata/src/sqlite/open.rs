//! Opening a database: settings, pool, migrations.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Connection, SqlitePool};

use super::SqliteStore;
use super::dialect::WRITE;
use crate::MetadataError;
use crate::failure::is_busy;

/// How long a writer waits for another one. A registration of a thousand fields takes some ten milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Pause between two attempts to open a file that is being opened elsewhere.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// How long a call waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections of one handle. Each is a thread; reads take microseconds, and there is one writer at a time.
const CONNECTIONS: u32 = 4;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

impl SqliteStore {
    /// Opens the database at `path`, creates it if it is missing (not the folder that it lies in), and brings its
    /// tables up to date. On Unix a new file can be read by its owner alone, for it holds password hashes.
    pub async fn open(path: &Path) -> Result<Self, MetadataError> {
        let failed = |cause| MetadataError::Open { database: path.display().to_string(), cause };
        create_private(path).map_err(|error| failed(error.into()))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = connect(&options).await.map_err(|error| failed(error.into()))?;
        migrate(&pool).await.map_err(failed)?;
        Ok(Self { pool })
    }

    /// A database in memory that ends with its last handle, for tests and trials.
    pub async fn in_memory() -> Result<Self, MetadataError> {
        let failed = |cause| MetadataError::Open { database: ":memory:".to_owned(), cause };
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        // Each connection to :memory: is a database of its own, so there is only one, and it is never closed.
        let pool = pool(1).connect_with(options).await.map_err(|error| failed(error.into()))?;
        migrate(&pool).await.map_err(failed)?;
        Ok(Self { pool })
    }
}

/// A local file gains nothing from closing and opening it again, so connections are kept.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
}

/// Opens the first connection. Where several open a new file at once, each wants to switch it to write-ahead logging,
/// and for that alone SQLite does not wait: it answers that the file is busy, and asking again is left to us.
async fn connect(options: &SqliteConnectOptions) -> sqlx::Result<SqlitePool> {
    let mut waited = Duration::ZERO;
    loop {
        match pool(CONNECTIONS).connect_with(options.clone()).await {
            Err(error) if is_busy(&error) && waited < BUSY_TIMEOUT => {
                tokio::time::sleep(RETRY_INTERVAL).await;
                waited += RETRY_INTERVAL;
            }
            result => return result,
        }
    }
}

/// Creates the file where it is missing; SQLite gives its log files the same rights. A file that exists must not even
/// be opened and closed here: that would end all locks which this process holds on it through other handles.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result.map(drop),
    }
}

/// Runs all missing migrations in one transaction that holds the write lock from its start: of two processes that
/// open a new database at once, one does it and the other finds it done.
async fn migrate(pool: &SqlitePool) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin_with(WRITE).await?;
    // `run`, which calls this, is generic in a way that makes the future of every caller `!Send`.
    MIGRATIONS.run_direct(None, &mut *transaction, false).await?;
    transaction.commit().await?;
    Ok(())
}
