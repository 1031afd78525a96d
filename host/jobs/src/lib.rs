//! Runs jobs: work that outlives the request that asked for it.
//!
//! Jobs stand in the metadata database, and any number of hosts take them from there. A host has a job by a lease that
//! it prolongs every second; when it dies, the lease expires and another host begins the job anew. What a job does is
//! none of this crate's business: it hands the request to [`Work`], and stores what comes of it.
//!
//! [`Jobs`] is the way in: [`submit`](Jobs::submit) a job and [`watch`](Jobs::watch) it, or
//! [`run_attended`](Jobs::run_attended) where a client waits for the answer.

mod attempt;
mod jobs;
mod progress;
mod queue;
mod settings;
mod shared;
mod watching;
mod work;

pub use fettle_metadata::{Job, JobFailure, JobFilter, JobKind, JobProgress, JobState};

pub use crate::jobs::{Jobs, NotRun, Submission};
pub use crate::progress::Progress;
pub use crate::settings::Settings;
pub use crate::work::Work;
