//! `POST /ai/features/dataset`

mod body;
pub(crate) mod summary;

use axum::extract::State;
use axum::response::Response;
use fettle_datasets::DatasetRequest;
use fettle_features::Output;
use fettle_jobs::{JobKind, Submission};

use self::body::DatasetBody;
use self::summary::SummaryDocument;
use super::jobs::document::JobDocument;
use super::{attended, extract};
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Analyst;
use crate::document::{FEATURES, problem_responses};
use crate::passage::TimeLimit;
use crate::problem::Problem;
use crate::request::{Fields, MOST_VALUES, ObjectBody, PrefersAsync, ReadFields};

problem_responses!(DatasetProblems at "/ai/features/dataset":
    BadRequest, Unauthorized, Forbidden, NotFound, NotAcceptable, Conflict, PayloadTooLarge, UnsupportedMediaType,
    InvalidParameter, InsufficientData, StepFailed, Internal, PluginFault, BackendUnavailable,
    PluginUnavailable, StepTimeout, StorageFull);

/// Build a training dataset
///
/// Reads the rows of many devices in `[start_time, end_time)`, cleans them, cuts them into windows, gives each a label,
/// parts them into training and validation, fits what is to be fitted on training alone, and stores the features as one
/// table. The same request over the same rows gives another `dataset_id` and the same `digest`.
///
/// Answers when the dataset is there, unless the client prefers `respond-async` or the rows are more than the server
/// takes while a client waits: then it answers a job at once, and `Location` says where to look after it. A client that
/// waits and leaves cancels the build.
#[utoipa::path(
    post,
    path = "/ai/features/dataset",
    tag = FEATURES,
    security(("bearer" = [])),
    params(("Prefer" = Option<String>, Header, description = "`respond-async`: a job at once rather than a dataset later.",
        example = "respond-async")),
    request_body(content = DatasetBody, description = "What to build, and how.", example = json!({
        "model_code": "welding_ai_model", "device_codes": ["WLD001", "WLD002"],
        "start_time": "2025-11-01T00:00:00", "end_time": "2025-11-02T00:00:00",
        "label_column": "quality_label", "window_size": 100, "overlap": 0.5, "val_split": 0.2, "random_state": 42,
    })),
    responses(
        (status = 200, description = "The dataset.", body = Success<SummaryDocument>),
        (status = 202, description = "The job that builds it.", body = Success<JobDocument>, headers(
            ("Location" = String, description = "Path of the job."),
            ("Preference-Applied" = String, description = "`respond-async`, where that was preferred."),
        )),
        DatasetProblems,
    ),
)]
pub(crate) async fn dataset(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    Analyst(caller): Analyst,
    prefers_async: PrefersAsync,
    limit: TimeLimit,
    ObjectBody(object): ObjectBody<MOST_VALUES>,
) -> Result<Response, Problem> {
    let mut fields = Fields::of(object, &state.settings().time_zone);
    let body = DatasetBody::read(&mut fields);
    let problems = fields.finish();
    let request = DatasetRequest::from(body);
    if !problems.is_empty() {
        let asked = Some((request.model_code, request.steps));
        let problems = extract::all_problems(&state, problems, asked, Output::Features).await;
        return Err(Problem::invalid_parameter(problems));
    }
    let submission = Submission {
        kind: JobKind::DatasetBuild,
        owner: caller.username().to_owned(),
        request: serde_json::to_value(&request).map_err(|error| Problem::internal(&error))?,
    };
    let recipe = state.datasets().check(request).await?;
    let waits =
        !prefers_async.0 && state.datasets().count_rows(&recipe).await? <= state.settings().attended_rows;
    if waits {
        attended::run(&state, &answer, &limit, submission).await
    } else {
        attended::queue(&state, &answer, prefers_async, submission).await
    }
}
