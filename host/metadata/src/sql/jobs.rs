//! Jobs. A change of state is one statement with its condition inside, so that of several who try it at once exactly
//! one succeeds.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row as _;

use super::dialect::{self, Connection, Json, Row, Store, is_storable, json, read_optional_time, time};
use super::lists::{self, List, Value};
use super::text::{count, read, read_count, read_json, read_optional_json, read_time};
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
    VALUES ($1, $2, $3, $4, FALSE, 'queued', $5)
    RETURNING"
);

const BEGIN_ATTENDED: &str = job_columns_after!(
    "INSERT INTO t_job (job_id, kind, owner, request, attended, state, created_at,
        attempts, lease_holder, lease_expires_at, started_at)
    VALUES ($1, $2, $3, $4, TRUE, 'running', $5, 1, $6, $7, $5)
    RETURNING"
);

/// Of a job whose lease expired, the right to another attempt is a matter of its own; see [`END_ABANDONED`]. A job that
/// has left its dataset always has it: all that is missing is a note that it is done.
pub(in super::super) const CLAIM: &str = concat!(
    "UPDATE t_job SET state = 'running', attempts = attempts + 1, lease_holder = $1, lease_expires_at = $2,
        devices_done = 0, devices_total = 0, windows_done = 0, started_at = $3
    WHERE id = (
        SELECT id FROM t_job
        WHERE state IN ('queued', 'running') AND (
            state = 'queued'
            OR (lease_expires_at <= $3 AND attended = FALSE AND cancel_requested = FALSE AND (
                attempts < $4
                OR EXISTS (SELECT 1 FROM t_ai_dataset WHERE t_ai_dataset.job_id = t_job.job_id)
            ))
        )
        ORDER BY id LIMIT 1 ",
    dialect::skip_locked!(),
    job_columns_after!(") RETURNING")
);

pub(in super::super) const END_ABANDONED: &str =
    "UPDATE t_job SET lease_holder = NULL, lease_expires_at = NULL,
        finished_at = $1, state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'failed' END,
        error = CASE WHEN cancel_requested THEN NULL WHEN attended THEN $3 ELSE $4 END
    WHERE state IN ('queued', 'running') AND lease_expires_at <= $1
        AND (cancel_requested OR attended OR (
            attempts >= $2
            AND NOT EXISTS (SELECT 1 FROM t_ai_dataset WHERE t_ai_dataset.job_id = t_job.job_id)
        ))";

const HEARTBEAT: &str = "UPDATE t_job SET lease_expires_at = $4,
        devices_done = $5, devices_total = $6, windows_done = $7
    WHERE job_id = $1 AND state = 'running' AND lease_holder = $2 AND attempts = $3
    RETURNING cancel_requested";

const FINISH: &str = "UPDATE t_job SET state = $4, result = $5, error = $6, lease_holder = NULL,
        lease_expires_at = NULL, devices_done = $7, devices_total = $8, windows_done = $9, finished_at = $10
    WHERE job_id = $1 AND state = 'running' AND lease_holder = $2 AND attempts = $3";

const RELEASE: &str =
    "UPDATE t_job SET lease_holder = NULL, lease_expires_at = NULL, attempts = attempts - 1,
        devices_done = 0, devices_total = 0, windows_done = 0, started_at = NULL,
        state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'queued' END,
        finished_at = CASE WHEN cancel_requested THEN $4 END
    WHERE job_id = $1 AND state = 'running' AND lease_holder = $2 AND attempts = $3 AND attended = FALSE";

const REQUEST_CANCEL: &str = job_columns_after!(
    "UPDATE t_job SET cancel_requested = TRUE,
        state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
        finished_at = CASE state WHEN 'queued' THEN $2 END
    WHERE job_id = $1 AND state IN ('queued', 'running')
    RETURNING"
);

const BY_ID: &str = job_columns_after!("SELECT", "FROM t_job WHERE job_id = $1");

const ALL: List = List {
    page: job_columns_after!("SELECT", "FROM t_job ORDER BY id DESC LIMIT $1 OFFSET $2"),
    count: dialect::count_of!("FROM t_job"),
};

pub(in super::super) const OF_OWNER: List = List {
    page: job_columns_after!("SELECT", "FROM t_job WHERE owner = $1 ORDER BY id DESC LIMIT $2 OFFSET $3"),
    count: dialect::count_of!("FROM t_job WHERE owner = $1"),
};

const FORGET: &str = "DELETE FROM t_job WHERE finished_at < $1";

#[async_trait]
impl JobStore for Store {
    async fn create_job(&self, job: &NewJob, now: Timestamp) -> Result<Job, MetadataError> {
        statement!(self, connection => create(connection, job, now))
    }

    async fn begin_attended_job(
        &self,
        job: &NewJob,
        holder: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<ClaimedJob, MetadataError> {
        statement!(self, connection => begin_attended(connection, job, holder, until, now))
    }

    async fn claim_job(
        &self,
        holder: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<ClaimedJob>, MetadataError> {
        statement!(self, connection => claim(connection, holder, until, now))
    }

    async fn end_abandoned_jobs(&self, now: Timestamp) -> Result<u64, MetadataError> {
        statement!(self, connection => end_abandoned(connection, now))
    }

    async fn heartbeat(
        &self,
        lease: &Lease,
        until: Timestamp,
        progress: JobProgress,
    ) -> Result<Heartbeat, MetadataError> {
        statement!(self, connection => heartbeat(connection, lease, until, progress))
    }

    async fn finish_job(
        &self,
        lease: &Lease,
        outcome: &JobOutcome,
        progress: JobProgress,
        now: Timestamp,
    ) -> Result<bool, MetadataError> {
        statement!(self, connection => finish(connection, lease, outcome, progress, now))
    }

    async fn release_job(&self, lease: &Lease, now: Timestamp) -> Result<bool, MetadataError> {
        statement!(self, connection => release(connection, lease, now))
    }

    async fn request_cancel(&self, job_id: &str, now: Timestamp) -> Result<Option<Job>, MetadataError> {
        statement!(self, connection => request_cancel(connection, job_id, now))
    }

    async fn job(&self, job_id: &str) -> Result<Option<Job>, MetadataError> {
        statement!(self, connection => by_id(connection, job_id))
    }

    async fn jobs(&self, filter: &JobFilter, page: Page) -> Result<Paged<Job>, MetadataError> {
        snapshot!(self, connection => list(connection, filter, page))
    }

    async fn forget_jobs(&self, before: Timestamp) -> Result<u64, MetadataError> {
        statement!(self, connection => forget(connection, before))
    }
}

async fn create(connection: &mut Connection, job: &NewJob, now: Timestamp) -> sqlx::Result<Job> {
    let query = sqlx::query(CREATE).bind(&job.id).bind(job.kind.as_str()).bind(&job.owner);
    let query = query.bind(json(&job.request)).bind(time(now));
    query.try_map(|row| read_job(&row)).fetch_one(connection).await
}

async fn begin_attended(
    connection: &mut Connection,
    job: &NewJob,
    holder: &str,
    until: Timestamp,
    now: Timestamp,
) -> sqlx::Result<ClaimedJob> {
    let query = sqlx::query(BEGIN_ATTENDED).bind(&job.id).bind(job.kind.as_str()).bind(&job.owner);
    let query = query.bind(json(&job.request)).bind(time(now)).bind(holder).bind(time(until));
    let job = query.try_map(|row| read_job(&row)).fetch_one(connection).await?;
    Ok(claimed(job, holder))
}

async fn claim(
    connection: &mut Connection,
    holder: &str,
    until: Timestamp,
    now: Timestamp,
) -> sqlx::Result<Option<ClaimedJob>> {
    let query = sqlx::query(CLAIM).bind(holder).bind(time(until)).bind(time(now));
    let query = query.bind(i64::from(Job::MAX_ATTEMPTS));
    let job = query.try_map(|row| read_job(&row)).fetch_optional(connection).await?;
    Ok(job.map(|job| claimed(job, holder)))
}

async fn end_abandoned(connection: &mut Connection, now: Timestamp) -> sqlx::Result<u64> {
    let query = sqlx::query(END_ABANDONED).bind(time(now)).bind(i64::from(Job::MAX_ATTEMPTS));
    let query = query.bind(failure(&JobFailure::unattended())).bind(failure(&JobFailure::given_up()));
    Ok(query.execute(connection).await?.rows_affected())
}

async fn heartbeat(
    connection: &mut Connection,
    lease: &Lease,
    until: Timestamp,
    progress: JobProgress,
) -> sqlx::Result<Heartbeat> {
    let query = sqlx::query_scalar(HEARTBEAT).bind(&lease.job_id).bind(&lease.holder);
    let query = query.bind(i64::from(lease.attempt)).bind(time(until)).bind(count(progress.devices_done));
    let query = query.bind(count(progress.devices_total)).bind(count(progress.windows_done));
    let held = query.fetch_optional(connection).await?;
    Ok(held.map_or(Heartbeat::Lost, |cancel_requested| Heartbeat::Held { cancel_requested }))
}

async fn finish(
    connection: &mut Connection,
    lease: &Lease,
    outcome: &JobOutcome,
    progress: JobProgress,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let (state, result, error) = match outcome {
        JobOutcome::Done(result) => (JobState::Done, Some(json(result)), None),
        JobOutcome::Failed(reason) => (JobState::Failed, None, Some(failure(reason))),
        JobOutcome::Cancelled => (JobState::Cancelled, None, None),
    };
    let query = sqlx::query(FINISH).bind(&lease.job_id).bind(&lease.holder).bind(i64::from(lease.attempt));
    let query = query.bind(state.as_str()).bind(result).bind(error).bind(count(progress.devices_done));
    let query = query.bind(count(progress.devices_total)).bind(count(progress.windows_done));
    Ok(query.bind(time(now)).execute(connection).await?.rows_affected() == 1)
}

async fn release(connection: &mut Connection, lease: &Lease, now: Timestamp) -> sqlx::Result<bool> {
    let query = sqlx::query(RELEASE).bind(&lease.job_id).bind(&lease.holder).bind(i64::from(lease.attempt));
    Ok(query.bind(time(now)).execute(connection).await?.rows_affected() == 1)
}

async fn request_cancel(
    connection: &mut Connection,
    job_id: &str,
    now: Timestamp,
) -> sqlx::Result<Option<Job>> {
    if !is_storable(job_id) {
        return Ok(None);
    }
    let query = sqlx::query(REQUEST_CANCEL).bind(job_id).bind(time(now));
    match query.try_map(|row| read_job(&row)).fetch_optional(&mut *connection).await? {
        Some(job) => Ok(Some(job)),
        None => by_id(connection, job_id).await,
    }
}

async fn by_id(connection: &mut Connection, job_id: &str) -> sqlx::Result<Option<Job>> {
    if !is_storable(job_id) {
        return Ok(None);
    }
    sqlx::query(BY_ID).bind(job_id).try_map(|row| read_job(&row)).fetch_optional(connection).await
}

async fn list(connection: &mut Connection, filter: &JobFilter, page: Page) -> sqlx::Result<Paged<Job>> {
    match filter.owner.as_deref() {
        None => lists::read(connection, &ALL, &[], page, read_job).await,
        Some(owner) if !is_storable(owner) => Ok(Paged::counted(Vec::new(), page, 0)),
        Some(owner) => lists::read(connection, &OF_OWNER, &[Value::Text(owner)], page, read_job).await,
    }
}

async fn forget(connection: &mut Connection, before: Timestamp) -> sqlx::Result<u64> {
    Ok(sqlx::query(FORGET).bind(time(before)).execute(connection).await?.rows_affected())
}

fn claimed(job: Job, holder: &str) -> ClaimedJob {
    let lease = Lease { job_id: job.id.clone(), holder: holder.to_owned(), attempt: job.attempts };
    ClaimedJob { job, lease }
}

fn failure(failure: &JobFailure) -> Json {
    json(&serde_json::to_value(failure).expect("a struct of texts and JSON is JSON"))
}

/// A job from the columns of [`job_columns_after`].
fn read_job(row: &Row) -> sqlx::Result<Job> {
    Ok(Job {
        id: row.try_get("job_id")?,
        kind: read_kind(row)?,
        owner: row.try_get("owner")?,
        request: read_json(row, "request")?,
        attended: row.try_get("attended")?,
        state: read_state(row)?,
        attempts: u32::try_from(read_count(row, "attempts")?).unwrap_or(u32::MAX),
        cancel_requested: row.try_get("cancel_requested")?,
        progress: JobProgress {
            devices_done: read_count(row, "devices_done")?,
            devices_total: read_count(row, "devices_total")?,
            windows_done: read_count(row, "windows_done")?,
        },
        result: read_optional_json(row, "result")?,
        failure: read_optional_json(row, "error")?,
        created_at: read_time(row, "created_at")?,
        started_at: read_optional_time(row, "started_at")?,
        finished_at: read_optional_time(row, "finished_at")?,
    })
}

fn read_kind(row: &Row) -> sqlx::Result<JobKind> {
    read(row, "kind", |text| {
        [JobKind::DatasetBuild, JobKind::DatasetReplay].into_iter().find(|kind| kind.as_str() == text)
    })
}

fn read_state(row: &Row) -> sqlx::Result<JobState> {
    use JobState::{Cancelled, Done, Failed, Queued, Running};
    read(row, "state", |text| {
        [Queued, Running, Done, Failed, Cancelled].into_iter().find(|state| state.as_str() == text)
    })
}
