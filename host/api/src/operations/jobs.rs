//! Jobs: builds and replays that nobody waits for, and those that somebody does.

pub(crate) mod cancel;
pub(crate) mod document;
pub(crate) mod events;
pub(crate) mod list;
pub(crate) mod show;

use fettle_jobs::Job;

use crate::ApiState;
use crate::auth::Caller;
use crate::problem::{FieldProblem, Problem};

/// A job that `caller` may see.
async fn job_of(state: &ApiState, caller: &Caller, job_id: &str) -> Result<Job, Problem> {
    let job = state.jobs().job(job_id).await?.ok_or_else(|| missing(job_id))?;
    caller.require_own(&job.owner, &format!("job `{job_id}`"))?;
    Ok(job)
}

fn missing(job_id: &str) -> Problem {
    let detail = format!("there is no job `{job_id}`");
    Problem::not_found(detail.as_str()).about(vec![FieldProblem::new("job_id", detail)])
}
