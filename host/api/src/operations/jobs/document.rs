//! A job as it is answered.

use fettle_jobs::{Job, JobFailure, JobKind};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::document::BASE_PATH;
use crate::problem::{FieldProblem, field_problems};

/// A job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobDocument {
    /// Its id.
    #[schema(example = "job_0199f3a2-6c1d-4f0e-8a7b-3c2d1e0f9a8b")]
    job_id: String,
    /// `dataset_build` or `dataset_replay`.
    #[schema(example = "dataset_build")]
    kind: &'static str,
    /// `queued`, `running`, `done`, `failed` or `cancelled`; the last three are final.
    #[schema(example = "running")]
    state: &'static str,
    /// Devices that are through.
    #[schema(example = 3)]
    devices_done: u64,
    /// Devices in all; 0 until the work has begun.
    #[schema(example = 10)]
    devices_total: u64,
    /// Windows that are through.
    #[schema(example = 1200)]
    windows_done: u64,
    /// Seconds that it will still take, if the devices to come are like those that are through; `null` where that
    /// cannot be told.
    #[schema(example = 14.0)]
    eta_s: Option<f64>,
    /// What came of it: what the operation answers where the client waits. `null` unless it is done.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// Why it failed, where it did.
    error: Option<JobError>,
    /// When it was asked for.
    #[schema(example = "2025-11-03T08:00:00.000000Z")]
    created_at: String,
    /// When the attempt that runs, or ran last, began.
    #[schema(example = "2025-11-03T08:00:00.250000Z")]
    started_at: Option<String>,
    /// When it came to its final state.
    #[schema(example = json!(null))]
    finished_at: Option<String>,
}

/// Why a job failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobError {
    /// Which error it is, for programs: a `code` of a problem.
    #[schema(example = "insufficient_data")]
    code: String,
    /// What is wrong, for people.
    #[schema(example = "60 rows make no window of 100 rows")]
    message: String,
    /// The fields of the request that are at fault, where it is about fields.
    errors: Vec<FieldProblem>,
}

impl JobDocument {
    /// The job as it is now.
    pub(crate) fn of(job: &Job) -> Self {
        Self {
            job_id: job.id.clone(),
            kind: job.kind.as_str(),
            state: job.state.as_str(),
            devices_done: job.progress.devices_done,
            devices_total: job.progress.devices_total,
            windows_done: job.progress.windows_done,
            eta_s: job.remaining(Timestamp::now()).map(|remaining| remaining.as_secs_f64()),
            result: result_of(job),
            error: job.failure.as_ref().map(JobError::of),
            created_at: written(job.created_at),
            started_at: job.started_at.map(written),
            finished_at: job.finished_at.map(written),
        }
    }
}

impl JobError {
    fn of(failure: &JobFailure) -> Self {
        Self { code: failure.code.clone(), message: failure.message.clone(), errors: field_problems(failure) }
    }
}

/// What came of a job; of a build with the place where its files are handed out.
pub(crate) fn result_of(job: &Job) -> Option<Value> {
    let mut result = job.result.clone()?;
    if job.kind == JobKind::DatasetBuild
        && let Some(dataset_id) = result["dataset_id"].as_str()
    {
        result["download_url"] = download_url(dataset_id).into();
    }
    Some(result)
}

/// Where the files of a dataset are handed out.
pub(crate) fn download_url(dataset_id: &str) -> String {
    format!("{BASE_PATH}/ai/datasets/{dataset_id}/download")
}

/// To the microsecond, which is what is kept: all times of an answer have the same fraction digits.
fn written(time: Timestamp) -> String {
    format!("{time:.6}")
}
