//! Opening a database: migrations, the pool.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres};
use tokio::time::timeout;

use super::reach::Reach;
use super::{PostgresSettings, PostgresStore, columns};
use crate::MetadataError;
use crate::error::Cause;
use crate::failure::is_away;

/// Where it is noted which migrations have run. The name that sqlx uses by itself may be taken by another service.
const MIGRATIONS_TABLE: &str = "t_fettle_migration";

/// The advisory lock that keeps hosts which start at once from migrating at once: `fettle` in ASCII.
const MIGRATION_LOCK: i64 = 0x6665_7474_6c65;

/// How long migrations may take, with those of other hosts, and how long they wait for a table. They must not wait
/// for long: whoever wants the table meanwhile waits behind them.
const PREPARE: &str = "SET LOCAL statement_timeout = '10min'; SET LOCAL lock_timeout = '10min';
    SET LOCAL client_min_messages = 'warning'";
const BE_QUICK: &str = "SET LOCAL lock_timeout = '5s'";

const LOCK: &str = "SELECT pg_advisory_xact_lock($1)";

/// How much longer than its statement a call may take before it is given up, along with its connection.
const GRACE: Duration = Duration::from_millis(500);

impl PostgresStore {
    /// Opens a database, adopts what is in it, and brings its tables up to date. The database itself has to exist.
    ///
    /// [`MetadataError::Unavailable`] where it cannot be reached, [`MetadataError::Open`] where it can be and does not
    /// let us in or does not fit.
    pub async fn open(settings: &PostgresSettings) -> Result<Self, MetadataError> {
        let failed = |cause| MetadataError::Open { database: settings.database(), cause };
        let options = settings.connect_options().map_err(|error| failed(error.into()))?;
        let reach = Reach::new(settings.database(), options.clone(), settings.connect_timeout);
        let mut connection = reach.connect().await.map_err(|error| {
            if is_away(&error) { reach.cannot_be_reached(&error) } else { failed(error.into()) }
        })?;
        migrate(&mut connection).await.map_err(failed)?;
        let limit = settings.acquire_timeout + settings.statement_timeout + GRACE;
        let reach = Arc::new(reach);
        Ok(Self { pool: pool(settings, options, &reach), reach, limit })
    }
}

/// A pool that holds no connection yet.
fn pool(settings: &PostgresSettings, options: PgConnectOptions, reach: &Arc<Reach>) -> PgPool {
    let (reach, patience) = (Arc::clone(reach), settings.connect_timeout);
    PoolOptions::<Postgres>::new()
        .max_connections(settings.max_connections.max(1))
        .min_connections(settings.min_connections.min(settings.max_connections))
        .acquire_timeout(settings.acquire_timeout)
        .before_acquire(move |_, connection| {
            let is_fresh = reach.is_fresh(&connection);
            Box::pin(async move { Ok(is_fresh) })
        })
        // A call may have been given up in the middle. Its connection is good again once the server has answered what
        // it was asked, and thrown away where it does not. The pool alone would wait for ever, and so lose it.
        .after_release(move |connection, _| {
            Box::pin(async move {
                let answered = timeout(patience, connection.ping()).await;
                answered.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
            })
        })
        .connect_lazy_with(options)
}

/// Runs all missing migrations in one transaction: of hosts that start at once, one does it and the others find it
/// done; and where one fails, or the tables do not fit, nothing has happened.
async fn migrate(connection: &mut PgConnection) -> Result<(), Cause> {
    let mut migrations = sqlx::migrate!("migrations/postgres");
    migrations.dangerous_set_table_name(MIGRATIONS_TABLE);
    // sqlx's own lock would be anybody's who uses sqlx.
    migrations.set_locking(false);
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(PREPARE).execute(&mut *transaction).await?;
    sqlx::query(LOCK).bind(MIGRATION_LOCK).execute(&mut *transaction).await?;
    sqlx::raw_sql(BE_QUICK).execute(&mut *transaction).await?;
    // `run`, which calls this, is generic in a way that makes the future of every caller `!Send`.
    migrations.run_direct(None, &mut *transaction, false).await?;
    columns::check(&mut transaction).await?;
    transaction.commit().await?;
    Ok(())
}
