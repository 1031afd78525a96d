//! Jobs: work that a host does for a user, and that outlives requests and hosts.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Unique id, `job_` and a UUID.
    pub id: String,
    /// What is to be done.
    pub kind: JobKind,
    /// Name of the user who asked for it.
    pub owner: String,
    /// What was asked for; only the work itself understands it.
    pub request: Value,
    /// Whether a client waits for the answer, on a connection of the host that runs the job.
    pub attended: bool,
    /// Where it stands.
    pub state: JobState,
    /// How often it was begun and not given back: 0 while it is queued for the first time, 1 while it runs then.
    pub attempts: u32,
    /// Whether somebody wants it cancelled.
    pub cancel_requested: bool,
    /// How far the attempt that runs, or ran last, has come.
    pub progress: JobProgress,
    /// What came of it, where it is done.
    pub result: Option<Value>,
    /// Why it failed, where it did.
    pub failure: Option<JobFailure>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the attempt that runs, or ran last, began.
    pub started_at: Option<Timestamp>,
    /// When it was done, failed or was cancelled.
    pub finished_at: Option<Timestamp>,
}

/// A job to create.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Unique id, `job_` and a UUID.
    pub id: String,
    /// What is to be done.
    pub kind: JobKind,
    /// Name of the user who asks for it.
    pub owner: String,
    /// What is asked for.
    pub request: Value,
}

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Builds a training dataset.
    DatasetBuild,
    /// Builds a dataset anew and compares.
    DatasetReplay,
}

/// Where a job stands. The last three are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for a host.
    Queued,
    /// A host has it.
    Running,
    /// There is a result.
    Done,
    /// There is a failure.
    Failed,
    /// Somebody no longer wanted it.
    Cancelled,
}

/// How far a job has come. All zero until its work says something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobProgress {
    /// Devices that are through.
    pub devices_done: u64,
    /// Devices in all.
    pub devices_total: u64,
    /// Windows that are through.
    pub windows_done: u64,
}

/// Why a job failed, as its owner is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobFailure {
    /// A code of the API, such as `insufficient_data`.
    pub code: String,
    /// What went wrong.
    pub message: String,
    /// What a program can make use of beyond that, such as the fields at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// How a job ends.
#[derive(Debug, Clone, PartialEq)]
pub enum JobOutcome {
    /// With a result.
    Done(Value),
    /// With a failure.
    Failed(JobFailure),
    /// Because somebody no longer wanted it.
    Cancelled,
}

/// Which jobs to list; the default lets all of them through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Jobs of this user alone.
    pub owner: Option<String>,
}

/// The right to work on a job, good until it expires or is taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Id of the job.
    pub job_id: String,
    /// Who has it: a name that no other process has, and no other run of the same program.
    pub holder: String,
    /// The job's [`attempts`](Job::attempts) with this one. It tells a holder who lost a job and got it again from
    /// that holder's earlier self.
    pub attempt: u32,
}

/// A job that its holder is to work on now.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedJob {
    /// The job, running.
    pub job: Job,
    /// The right to do so.
    pub lease: Lease,
}

/// What a holder learns from a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heartbeat {
    /// The job is still the holder's.
    Held {
        /// Somebody wants it cancelled.
        cancel_requested: bool,
    },
    /// The lease had expired and somebody else has the job, or it has ended. Whatever is done about it now is in vain.
    Lost,
}

impl Job {
    /// How often a job is begun before it is given up: one that ends its host every time must not do so for ever.
    pub const MAX_ATTEMPTS: u32 = 5;

    /// How long it will still take, if the devices to come are like those that are through. `None` unless it runs and
    /// a device is through.
    pub fn remaining(&self, now: Timestamp) -> Option<Duration> {
        let JobProgress { devices_done, devices_total, .. } = self.progress;
        if self.state != JobState::Running || devices_done == 0 {
            return None;
        }
        let elapsed = Duration::try_from(now.duration_since(self.started_at?)).ok()?;
        let to_come = devices_total.saturating_sub(devices_done);
        Duration::try_from_secs_f64(elapsed.as_secs_f64() * to_come as f64 / devices_done as f64).ok()
    }
}

impl JobFailure {
    /// A failure with nothing to add.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), details: None }
    }

    /// Of an attended job whose host died: its client is gone, so nobody needs the answer any more.
    pub(crate) fn unattended() -> Self {
        let message = "the server ended while it worked on this and its client waited; ask again";
        Self::new("backend_unavailable", message)
    }

    /// Of a job that was begun [`Job::MAX_ATTEMPTS`] times and outlived every host.
    pub(crate) fn given_up() -> Self {
        let attempts = Job::MAX_ATTEMPTS;
        Self::new("internal", format!("given up: the server ended in each of {attempts} attempts at this"))
    }
}

impl JobKind {
    /// Its name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            JobKind::DatasetBuild => "dataset_build",
            JobKind::DatasetReplay => "dataset_replay",
        }
    }
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl JobState {
    /// Its name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            JobState::Queued => "queued",
            JobState::Running => "running",
            JobState::Done => "done",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
        }
    }

    /// Whether nothing will change any more.
    pub fn is_final(self) -> bool {
        matches!(self, JobState::Done | JobState::Failed | JobState::Cancelled)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
