//! The index of datasets.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};

use super::SqliteStore;
use super::text::{count, read_json, read_time, time};
use crate::dataset::{dataset_id, utc_date};
use crate::{Conflict, DatasetEntry, DatasetFilter, DatasetIndex, MetadataError, Page, Paged};

/// What [`read_entry`] reads, up to a condition.
macro_rules! select_datasets {
    ($condition:literal) => {
        concat!(
            "SELECT dataset_id, model_code, created_by, job_id, digest, train_samples, val_samples,
                feature_count, summary, created_at
            FROM t_ai_dataset ",
            $condition
        )
    };
}

const RESERVE: &str = "INSERT INTO t_ai_dataset_day (utc_date, last_number) VALUES (?1, 1)
    ON CONFLICT (utc_date) DO UPDATE SET last_number = last_number + 1
    RETURNING last_number";

const INSERT: &str = "INSERT INTO t_ai_dataset (dataset_id, model_code, created_by, job_id, digest,
        train_samples, val_samples, feature_count, summary, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT DO NOTHING";

const BY_ID: &str = select_datasets!("WHERE dataset_id = ?1");
const BY_JOB: &str = select_datasets!("WHERE job_id = ?1");

const LIST: &str = select_datasets!("ORDER BY id DESC LIMIT ?1 OFFSET ?2");
const COUNT: &str = "SELECT COUNT(*) FROM t_ai_dataset";

pub(super) const LIST_OF_MODEL: &str =
    select_datasets!("WHERE model_code = ?3 ORDER BY id DESC LIMIT ?1 OFFSET ?2");
const COUNT_OF_MODEL: &str = "SELECT COUNT(*) FROM t_ai_dataset WHERE model_code = ?1";

const DELETE: &str = "DELETE FROM t_ai_dataset WHERE dataset_id = ?1";

#[async_trait]
impl DatasetIndex for SqliteStore {
    async fn reserve_dataset_id(&self, now: Timestamp) -> Result<String, MetadataError> {
        let date = utc_date(now);
        let number = sqlx::query_scalar(RESERVE).bind(&date).fetch_one(&self.pool).await?;
        Ok(dataset_id(&date, number))
    }

    async fn insert_dataset(&self, entry: &DatasetEntry) -> Result<(), MetadataError> {
        let query = sqlx::query(INSERT).bind(&entry.id).bind(&entry.model_code).bind(&entry.created_by);
        let query = query.bind(&entry.job_id).bind(&entry.digest).bind(count(entry.train_samples));
        let query = query.bind(count(entry.val_samples)).bind(count(entry.feature_count));
        let query = query.bind(Value::Object(entry.summary.clone()).to_string());
        let inserted = query.bind(time(entry.created_at)).execute(&self.pool).await?;
        if inserted.rows_affected() == 0 {
            return Err(Conflict::DatasetExists(entry.id.clone()).into());
        }
        Ok(())
    }

    async fn dataset(&self, id: &str) -> Result<Option<DatasetEntry>, MetadataError> {
        let query = sqlx::query(BY_ID).bind(id).try_map(|row| read_entry(&row));
        Ok(query.fetch_optional(&self.pool).await?)
    }

    async fn dataset_of_job(&self, job_id: &str) -> Result<Option<DatasetEntry>, MetadataError> {
        let query = sqlx::query(BY_JOB).bind(job_id).try_map(|row| read_entry(&row));
        Ok(query.fetch_optional(&self.pool).await?)
    }

    async fn datasets(
        &self,
        filter: &DatasetFilter,
        page: Page,
    ) -> Result<Paged<DatasetEntry>, MetadataError> {
        Ok(list(&self.pool, filter, page).await?)
    }

    async fn delete_dataset(&self, id: &str) -> Result<bool, MetadataError> {
        Ok(sqlx::query(DELETE).bind(id).execute(&self.pool).await?.rows_affected() == 1)
    }

    async fn datasets_using(&self, model_code: &str) -> Result<u64, MetadataError> {
        Ok(sqlx::query_scalar(COUNT_OF_MODEL).bind(model_code).fetch_one(&self.pool).await?)
    }
}

/// Counts and reads in one state of the database.
async fn list(pool: &SqlitePool, filter: &DatasetFilter, page: Page) -> sqlx::Result<Paged<DatasetEntry>> {
    let mut snapshot = pool.begin().await?;
    let (limit, offset) = (page.size.get(), count(page.offset()));
    let (total, items) = match &filter.model_code {
        None => (sqlx::query_scalar(COUNT), sqlx::query(LIST).bind(limit).bind(offset)),
        Some(model_code) => (
            sqlx::query_scalar(COUNT_OF_MODEL).bind(model_code),
            sqlx::query(LIST_OF_MODEL).bind(limit).bind(offset).bind(model_code),
        ),
    };
    let total: i64 = total.fetch_one(&mut *snapshot).await?;
    let items = items.try_map(|row| read_entry(&row)).fetch_all(&mut *snapshot).await?;
    Ok(Paged::counted(items, page, total.unsigned_abs()))
}

fn read_entry(row: &SqliteRow) -> sqlx::Result<DatasetEntry> {
    Ok(DatasetEntry {
        id: row.try_get("dataset_id")?,
        model_code: row.try_get("model_code")?,
        created_by: row.try_get("created_by")?,
        job_id: row.try_get("job_id")?,
        created_at: read_time(row, "created_at")?,
        digest: row.try_get("digest")?,
        train_samples: row.try_get("train_samples")?,
        val_samples: row.try_get("val_samples")?,
        feature_count: row.try_get("feature_count")?,
        summary: read_json(row, "summary")?,
    })
}
