//! What became of a job that a client waited for, where that is not its result.

use fettle_jobs::{JobFailure, NotRun};
use serde_json::Value;

use super::{Code, FieldProblem, Problem};

impl Problem {
    /// What the failure of the job `job_id` is to the client that waited for it.
    pub(crate) fn of_failure(failure: &JobFailure, job_id: &str) -> Self {
        let JobFailure { code, message, .. } = failure;
        match Code::parse(code) {
            Some(Code::Internal) => Problem::internal_because(format!("job {job_id} failed: {message}")),
            Some(Code::BackendUnavailable) => Problem::backend_unavailable(message),
            Some(code) => Problem::new(code, message).about(field_problems(failure)),
            None if code == "cancelled" => Problem::backend_unavailable("it was cancelled; ask again"),
            None => Problem::internal_because(format!("job {job_id} failed with the code {code}: {message}")),
        }
    }
}

/// The fields that a failure is about.
pub(crate) fn field_problems(failure: &JobFailure) -> Vec<FieldProblem> {
    let errors = failure.details.as_ref().and_then(|details| details["errors"].as_array());
    let text = |error: &Value, member: &str| error[member].as_str().unwrap_or_default().to_owned();
    let entry = |error: &Value| FieldProblem::new(text(error, "field"), text(error, "message"));
    errors.into_iter().flatten().map(entry).collect()
}

impl From<NotRun> for Problem {
    fn from(error: NotRun) -> Self {
        match error {
            NotRun::HostEnds => Problem::backend_unavailable("the server is shutting down; ask again"),
            NotRun::LeaseLost => Problem::backend_unavailable("the work on it was lost; ask again"),
            NotRun::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failure_is_the_problem_that_its_code_names() {
        let mut failure = JobFailure::new("invalid_parameter", "two fields");
        failure.details = Some(json!({"errors": [{"field": "stratify", "message": "is one class"}]}));
        let problem = Problem::of_failure(&failure, "job_1");
        assert_eq!((problem.code, problem.detail.as_str()), (Code::InvalidParameter, "two fields"));
        assert_eq!(problem.errors, [FieldProblem::new("stratify", "is one class")]);
        for (code, expected) in [
            ("insufficient_data", Code::InsufficientData),
            ("storage_full", Code::StorageFull),
            ("cancelled", Code::BackendUnavailable),
            ("internal", Code::Internal),
            ("of another version", Code::Internal),
        ] {
            assert_eq!(Problem::of_failure(&JobFailure::new(code, "so"), "job_1").code, expected);
        }
    }

    #[test]
    fn what_went_wrong_inside_goes_to_the_log_with_the_job() {
        let problem = Problem::of_failure(&JobFailure::new("internal", "the secret"), "job_1");
        assert!(!problem.detail.contains("secret"));
        assert_eq!(problem.cause.as_deref(), Some("job job_1 failed: the secret"));
    }
}
