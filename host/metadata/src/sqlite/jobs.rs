//! Jobs. A change of state is one statement with its condition inside, so that of several who try it at once exactly
//! one succeeds.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};

use super::SqliteStore;
use super::text::{count, read, read_json, read_optional_json, read_optional_time, read_time, time};
use crate::{
    ClaimedJob, Heartbeat, Job, JobFailure, JobFilter, JobKind, JobOutcome, JobProgress, JobState, JobStore,
    Lease, MetadataError, NewJob, Page, Paged,
};

/// A statement that ends in the columns of [`read_job`].
macro_rules! job_columns_after {
    ($statement:literal $(, $rest:literal)?) => {
        concat!(
            $statement,
            " job_id, kind, owner, request, attended, state, attempts, cancel_requested,
            devices_done, devices_total, windows_done, result, error, created_at, started_at, finished_at"
            $(, " ", $rest)?
        )
    };
}

const CREATE: &str = job_columns_after!(
    "INSERT INTO t_job (job_id, kind, owner, request, attended, state, created_at)
    VALUES (?1, ?2, ?3, ?4, FALSE, 'queued', ?5)
    RETURNING"
);

const BEGIN_ATTENDED: &str = job_columns_after!(
    "INSERT INTO t_job (job_id, kind, owner, request, attended, state, created_at,
        attempts, lease_holder, lease_expires_at, started_at)
    VALUES (?1, ?2, ?3, ?4, TRUE, 'running', ?5, 1, ?6, ?7, ?5)
    RETURNING"
);

/// Of a job whose lease expired, the right to another attempt is a matter of its own; see [`END_ABANDONED`]. A job that
/// has left its dataset always has it: all that is missing is a note that it is done.
pub(super) const CLAIM: &str = job_columns_after!(
    "UPDATE t_job SET state = 'running', attempts = attempts + 1, lease_holder = ?1, lease_expires_at = ?2,
        devices_done = 0, devices_total = 0, windows_done = 0, started_at = ?3
    WHERE id = (
        SELECT id FROM t_job
        WHERE state IN ('queued', 'running') AND (
            state = 'queued'
            OR (lease_expires_at <= ?3 AND attended = FALSE AND cancel_requested = FALSE AND (
                attempts < ?4
                OR EXISTS (SELECT 1 FROM t_ai_dataset WHERE t_ai_dataset.job_id = t_job.job_id)
            ))
        )
        ORDER BY id LIMIT 1
    )
    RETURNING"
);

pub(super) const END_ABANDONED: &str = "UPDATE t_job SET lease_holder = NULL, lease_expires_at = NULL,
        finished_at = ?1, state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'failed' END,
        error = CASE WHEN cancel_requested THEN NULL WHEN attended THEN ?3 ELSE ?4 END
    WHERE state IN ('queued', 'running') AND lease_expires_at <= ?1
        AND (cancel_requested OR attended OR (
            attempts >= ?2
            AND NOT EXISTS (SELECT 1 FROM t_ai_dataset WHERE t_ai_dataset.job_id = t_job.job_id)
        ))";

const HEARTBEAT: &str = "UPDATE t_job SET lease_expires_at = ?4,
        devices_done = ?5, devices_total = ?6, windows_done = ?7
    WHERE job_id = ?1 AND state = 'running' AND lease_holder = ?2 AND attempts = ?3
    RETURNING cancel_requested";

const FINISH: &str = "UPDATE t_job SET state = ?4, result = ?5, error = ?6, lease_holder = NULL,
        lease_expires_at = NULL, devices_done = ?7, devices_total = ?8, windows_done = ?9, finished_at = ?10
    WHERE job_id = ?1 AND state = 'running' AND lease_holder = ?2 AND attempts = ?3";

const RELEASE: &str =
    "UPDATE t_job SET lease_holder = NULL, lease_expires_at = NULL, attempts = attempts - 1,
        devices_done = 0, devices_total = 0, windows_done = 0, started_at = NULL,
        state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'queued' END,
        finished_at = CASE WHEN cancel_requested THEN ?4 END
    WHERE job_id = ?1 AND state = 'running' AND lease_holder = ?2 AND attempts = ?3 AND attended = FALSE";

const REQUEST_CANCEL: &str = job_columns_after!(
    "UPDATE t_job SET cancel_requested = TRUE,
        state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
        finished_at = CASE state WHEN 'queued' THEN ?2 END
    WHERE job_id = ?1 AND state IN ('queued', 'running')
    RETURNING"
);

const BY_ID: &str = job_columns_after!("SELECT", "FROM t_job WHERE job_id = ?1");

const LIST: &str = job_columns_after!("SELECT", "FROM t_job ORDER BY id DESC LIMIT ?1 OFFSET ?2");
const COUNT: &str = "SELECT COUNT(*) FROM t_job";

pub(super) const LIST_OF_OWNER: &str =
    job_columns_after!("SELECT", "FROM t_job WHERE owner = ?3 ORDER BY id DESC LIMIT ?1 OFFSET ?2");
const COUNT_OF_OWNER: &str = "SELECT COUNT(*) FROM t_job WHERE owner = ?1";

const FORGET: &str = "DELETE FROM t_job WHERE finished_at < ?1";

#[async_trait]
impl JobStore for SqliteStore {
    async fn create_job(&self, job: &NewJob, now: Timestamp) -> Result<Job, MetadataError> {
        let query = sqlx::query(CREATE).bind(&job.id).bind(job.kind.as_str()).bind(&job.owner);
        let query = query.bind(job.request.to_string()).bind(time(now));
        Ok(query.try_map(|row| read_job(&row)).fetch_one(&self.pool).await?)
    }

    async fn begin_attended_job(
        &self,
        job: &NewJob,
        holder: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<ClaimedJob, MetadataError> {
        let query = sqlx::query(BEGIN_ATTENDED).bind(&job.id).bind(job.kind.as_str()).bind(&job.owner);
        let query = query.bind(job.request.to_string()).bind(time(now)).bind(holder).bind(time(until));
        let job = query.try_map(|row| read_job(&row)).fetch_one(&self.pool).await?;
        Ok(claimed(job, holder))
    }

    async fn claim_job(
        &self,
        holder: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<ClaimedJob>, MetadataError> {
        let query = sqlx::query(CLAIM).bind(holder).bind(time(until)).bind(time(now)).bind(Job::MAX_ATTEMPTS);
        let job = query.try_map(|row| read_job(&row)).fetch_optional(&self.pool).await?;
        Ok(job.map(|job| claimed(job, holder)))
    }

    async fn end_abandoned_jobs(&self, now: Timestamp) -> Result<u64, MetadataError> {
        let query = sqlx::query(END_ABANDONED).bind(time(now)).bind(Job::MAX_ATTEMPTS);
        let query = query.bind(failure_text(&JobFailure::unattended()));
        let query = query.bind(failure_text(&JobFailure::given_up()));
        Ok(query.execute(&self.pool).await?.rows_affected())
    }

    async fn heartbeat(
        &self,
        lease: &Lease,
        until: Timestamp,
        progress: JobProgress,
    ) -> Result<Heartbeat, MetadataError> {
        let query = sqlx::query_scalar(HEARTBEAT).bind(&lease.job_id).bind(&lease.holder).bind(lease.attempt);
        let query = query.bind(time(until)).bind(count(progress.devices_done));
        let query = query.bind(count(progress.devices_total)).bind(count(progress.windows_done));
        let held = query.fetch_optional(&self.pool).await?;
        Ok(held.map_or(Heartbeat::Lost, |cancel_requested| Heartbeat::Held { cancel_requested }))
    }

    async fn finish_job(
        &self,
        lease: &Lease,
        outcome: &JobOutcome,
        progress: JobProgress,
        now: Timestamp,
    ) -> Result<bool, MetadataError> {
        let (state, result, error) = match outcome {
            JobOutcome::Done(result) => (JobState::Done, Some(result.to_string()), None),
            JobOutcome::Failed(failure) => (JobState::Failed, None, Some(failure_text(failure))),
            JobOutcome::Cancelled => (JobState::Cancelled, None, None),
        };
        let query = sqlx::query(FINISH).bind(&lease.job_id).bind(&lease.holder).bind(lease.attempt);
        let query = query.bind(state.as_str()).bind(result).bind(error).bind(count(progress.devices_done));
        let query = query.bind(count(progress.devices_total)).bind(count(progress.windows_done));
        let finished = query.bind(time(now)).execute(&self.pool).await?;
        Ok(finished.rows_affected() == 1)
    }

    async fn release_job(&self, lease: &Lease, now: Timestamp) -> Result<bool, MetadataError> {
        let query = sqlx::query(RELEASE).bind(&lease.job_id).bind(&lease.holder).bind(lease.attempt);
        let released = query.bind(time(now)).execute(&self.pool).await?;
        Ok(released.rows_affected() == 1)
    }

    async fn request_cancel(&self, job_id: &str, now: Timestamp) -> Result<Option<Job>, MetadataError> {
        let query = sqlx::query(REQUEST_CANCEL).bind(job_id).bind(time(now));
        match query.try_map(|row| read_job(&row)).fetch_optional(&self.pool).await? {
            Some(job) => Ok(Some(job)),
            None => self.job(job_id).await,
        }
    }

    async fn job(&self, job_id: &str) -> Result<Option<Job>, MetadataError> {
        let query = sqlx::query(BY_ID).bind(job_id).try_map(|row| read_job(&row));
        Ok(query.fetch_optional(&self.pool).await?)
    }

    async fn jobs(&self, filter: &JobFilter, page: Page) -> Result<Paged<Job>, MetadataError> {
        Ok(list(&self.pool, filter, page).await?)
    }

    async fn forget_jobs(&self, before: Timestamp) -> Result<u64, MetadataError> {
        Ok(sqlx::query(FORGET).bind(time(before)).execute(&self.pool).await?.rows_affected())
    }
}

/// Counts and reads in one state of the database.
async fn list(pool: &SqlitePool, filter: &JobFilter, page: Page) -> sqlx::Result<Paged<Job>> {
    let mut snapshot = pool.begin().await?;
    let (limit, offset) = (page.size.get(), count(page.offset()));
    let (total, items) = match &filter.owner {
        None => (sqlx::query_scalar(COUNT), sqlx::query(LIST).bind(limit).bind(offset)),
        Some(owner) => (
            sqlx::query_scalar(COUNT_OF_OWNER).bind(owner),
            sqlx::query(LIST_OF_OWNER).bind(limit).bind(offset).bind(owner),
        ),
    };
    let total: i64 = total.fetch_one(&mut *snapshot).await?;
    let items = items.try_map(|row| read_job(&row)).fetch_all(&mut *snapshot).await?;
    Ok(Paged::counted(items, page, total.unsigned_abs()))
}

fn claimed(job: Job, holder: &str) -> ClaimedJob {
    let lease = Lease { job_id: job.id.clone(), holder: holder.to_owned(), attempt: job.attempts };
    ClaimedJob { job, lease }
}

fn failure_text(failure: &JobFailure) -> String {
    serde_json::to_string(failure).expect("a struct of texts and JSON is JSON")
}

/// A job from the columns of [`job_columns_after`].
fn read_job(row: &SqliteRow) -> sqlx::Result<Job> {
    Ok(Job {
        id: row.try_get("job_id")?,
        kind: read_kind(row)?,
        owner: row.try_get("owner")?,
        request: read_json(row, "request")?,
        attended: row.try_get("attended")?,
        state: read_state(row)?,
        attempts: row.try_get("attempts")?,
        cancel_requested: row.try_get("cancel_requested")?,
        progress: JobProgress {
            devices_done: row.try_get("devices_done")?,
            devices_total: row.try_get("devices_total")?,
            windows_done: row.try_get("windows_done")?,
        },
        result: read_optional_json(row, "result")?,
        failure: read_optional_json(row, "error")?,
        created_at: read_time(row, "created_at")?,
        started_at: read_optional_time(row, "started_at")?,
        finished_at: read_optional_time(row, "finished_at")?,
    })
}

fn read_kind(row: &SqliteRow) -> sqlx::Result<JobKind> {
    read(row, "kind", |text| {
        [JobKind::DatasetBuild, JobKind::DatasetReplay].into_iter().find(|kind| kind.as_str() == text)
    })
}

fn read_state(row: &SqliteRow) -> sqlx::Result<JobState> {
    use JobState::{Cancelled, Done, Failed, Queued, Running};
    read(row, "state", |text| {
        [Queued, Running, Done, Failed, Cancelled].into_iter().find(|state| state.as_str() == text)
    })
}
