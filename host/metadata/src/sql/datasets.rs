//! The index of datasets.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value as Json;
use sqlx::Row as _;

use super::dialect::{self, Connection, Row, Store, is_storable, json, time};
use super::lists::{self, List, Value};
use super::text::{count, read_count, read_json, read_time};
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

const RESERVE: &str = "INSERT INTO t_ai_dataset_day (utc_date, last_number) VALUES ($1, 1)
    ON CONFLICT (utc_date) DO UPDATE SET last_number = t_ai_dataset_day.last_number + 1
    RETURNING last_number";

const INSERT: &str = "INSERT INTO t_ai_dataset (dataset_id, model_code, created_by, job_id, digest,
        train_samples, val_samples, feature_count, summary, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT DO NOTHING";

const BY_ID: &str = select_datasets!("WHERE dataset_id = $1");
const BY_JOB: &str = select_datasets!("WHERE job_id = $1");

const ALL: List = List {
    page: select_datasets!("ORDER BY id DESC LIMIT $1 OFFSET $2"),
    count: dialect::count_of!("FROM t_ai_dataset"),
};

pub(in super::super) const OF_MODEL: List = List {
    page: select_datasets!("WHERE model_code = $1 ORDER BY id DESC LIMIT $2 OFFSET $3"),
    count: dialect::count_of!("FROM t_ai_dataset WHERE model_code = $1"),
};

const COUNT_OF_MODEL: &str = "SELECT COUNT(*) AS datasets FROM t_ai_dataset WHERE model_code = $1";

const DELETE: &str = "DELETE FROM t_ai_dataset WHERE dataset_id = $1";

#[async_trait]
impl DatasetIndex for Store {
    async fn reserve_dataset_id(&self, now: Timestamp) -> Result<String, MetadataError> {
        statement!(self, connection => reserve(connection, now))
    }

    async fn insert_dataset(&self, entry: &DatasetEntry) -> Result<(), MetadataError> {
        statement!(self, connection => insert(connection, entry))
    }

    async fn dataset(&self, id: &str) -> Result<Option<DatasetEntry>, MetadataError> {
        statement!(self, connection => find(connection, BY_ID, id))
    }

    async fn dataset_of_job(&self, job_id: &str) -> Result<Option<DatasetEntry>, MetadataError> {
        statement!(self, connection => find(connection, BY_JOB, job_id))
    }

    async fn datasets(
        &self,
        filter: &DatasetFilter,
        page: Page,
    ) -> Result<Paged<DatasetEntry>, MetadataError> {
        snapshot!(self, connection => list(connection, filter, page))
    }

    async fn delete_dataset(&self, id: &str) -> Result<bool, MetadataError> {
        statement!(self, connection => delete(connection, id))
    }

    async fn datasets_using(&self, model_code: &str) -> Result<u64, MetadataError> {
        statement!(self, connection => count_of_model(connection, model_code))
    }
}

async fn reserve(connection: &mut Connection, now: Timestamp) -> sqlx::Result<String> {
    let date = utc_date(now);
    let row = sqlx::query(RESERVE).bind(&date).fetch_one(connection).await?;
    Ok(dataset_id(&date, read_count(&row, "last_number")?))
}

async fn insert(connection: &mut Connection, entry: &DatasetEntry) -> Result<(), MetadataError> {
    let query = sqlx::query(INSERT).bind(&entry.id).bind(&entry.model_code).bind(&entry.created_by);
    let query = query.bind(&entry.job_id).bind(&entry.digest).bind(count(entry.train_samples));
    let query = query.bind(count(entry.val_samples)).bind(count(entry.feature_count));
    let query = query.bind(json(&Json::Object(entry.summary.clone()))).bind(time(entry.created_at));
    if query.execute(connection).await?.rows_affected() == 0 {
        return Err(Conflict::DatasetExists(entry.id.clone()).into());
    }
    Ok(())
}

async fn find(
    connection: &mut Connection,
    query: &'static str,
    key: &str,
) -> sqlx::Result<Option<DatasetEntry>> {
    if !is_storable(key) {
        return Ok(None);
    }
    sqlx::query(query).bind(key).try_map(|row| read_entry(&row)).fetch_optional(connection).await
}

async fn list(
    connection: &mut Connection,
    filter: &DatasetFilter,
    page: Page,
) -> sqlx::Result<Paged<DatasetEntry>> {
    match filter.model_code.as_deref() {
        None => lists::read(connection, &ALL, &[], page, read_entry).await,
        Some(code) if !is_storable(code) => Ok(Paged::counted(Vec::new(), page, 0)),
        Some(code) => lists::read(connection, &OF_MODEL, &[Value::Text(code)], page, read_entry).await,
    }
}

async fn delete(connection: &mut Connection, id: &str) -> sqlx::Result<bool> {
    if !is_storable(id) {
        return Ok(false);
    }
    Ok(sqlx::query(DELETE).bind(id).execute(connection).await?.rows_affected() == 1)
}

async fn count_of_model(connection: &mut Connection, model_code: &str) -> sqlx::Result<u64> {
    if !is_storable(model_code) {
        return Ok(0);
    }
    let row = sqlx::query(COUNT_OF_MODEL).bind(model_code).fetch_one(connection).await?;
    read_count(&row, "datasets")
}

fn read_entry(row: &Row) -> sqlx::Result<DatasetEntry> {
    Ok(DatasetEntry {
        id: row.try_get("dataset_id")?,
        model_code: row.try_get("model_code")?,
        created_by: row.try_get("created_by")?,
        job_id: row.try_get("job_id")?,
        created_at: read_time(row, "created_at")?,
        digest: row.try_get("digest")?,
        train_samples: read_count(row, "train_samples")?,
        val_samples: read_count(row, "val_samples")?,
        feature_count: read_count(row, "feature_count")?,
        summary: read_json(row, "summary")?,
    })
}
