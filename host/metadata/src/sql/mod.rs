//! The queries of both databases, compiled once for each. What differs stands in the `dialect` beside this module.

/// Runs `$work` on `$connection`, where it is a single statement, or where it does not matter whether others write in
/// between.
macro_rules! statement {
    ($store:ident, $connection:ident => $work:expr) => {
        $store
            .run(move || async move {
                let mut held = $store.connection().await?;
                let $connection = &mut *held;
                $work.await.map_err(Into::into)
            })
            .await
    };
}

/// Runs `$work`, which only reads, in one state of the database.
macro_rules! snapshot {
    ($store:ident, $connection:ident => $work:expr) => {
        $store
            .run(move || async move {
                let mut held = $store.connection().await?;
                let begin = super::dialect::READ;
                let mut transaction = sqlx::Connection::begin_with(&mut *held, begin).await?;
                let $connection = &mut *transaction;
                let read = $work.await?;
                transaction.commit().await?;
                Ok(read)
            })
            .await
    };
}

/// Runs `$work` as a whole, or, where it fails, not at all.
macro_rules! transaction {
    ($store:ident, $connection:ident => $work:expr) => {
        $store
            .run(move || async move {
                let mut held = $store.connection().await?;
                let begin = super::dialect::WRITE;
                let mut transaction = sqlx::Connection::begin_with(&mut *held, begin).await?;
                let $connection = &mut *transaction;
                let done = $work.await?;
                transaction.commit().await?;
                Ok(done)
            })
            .await
    };
}

mod accounts;
pub(super) mod datasets;
mod defining;
mod devices;
pub(super) mod jobs;
mod lists;
mod metadata;
pub(super) mod models;
mod registering;
mod text;
mod tokens;
mod users;

pub(super) use self::defining::INSERT_MAPPING;
use super::dialect;
