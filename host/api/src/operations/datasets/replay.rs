//! `POST /ai/datasets/{dataset_id}/replay`

use axum::extract::State;
use axum::response::Response;
use fettle_datasets::ReplayRequest;
use fettle_jobs::{JobKind, Submission};
use utoipa::ToSchema;

use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Analyst;
use crate::document::{DATASETS, problem_responses};
use crate::operations::attended;
use crate::operations::jobs::document::JobDocument;
use crate::passage::TimeLimit;
use crate::problem::Problem;
use crate::request::{ItemId, NoBody, PrefersAsync};

/// What came of building a dataset again.
#[derive(ToSchema)]
#[schema(as = Replayed)]
#[expect(dead_code, reason = "only its schema is used: the job's result is what is written")]
pub(crate) struct ReplayedDocument {
    /// The dataset.
    #[schema(example = "ds_20251103_001")]
    dataset_id: String,
    /// Whether all of it came out the same, to the last bit.
    #[schema(example = true)]
    identical: bool,
    /// The digest that its manifest says.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// The digest of what was built now; `null` where nothing could be.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    replayed_digest: Option<String>,
    /// What changed; empty where all is the same.
    differences: Vec<DifferenceDocument>,
}

/// Something that changed since a dataset was built.
#[derive(ToSchema)]
#[schema(as = Difference)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct DifferenceDocument {
    /// `rows`, `plugin`, `parameter`, `manifest`, `table` or `program`.
    #[schema(example = "rows")]
    what: String,
    /// Which: a device, a plugin, a parameter, a part of the manifest.
    #[schema(example = "WLD001")]
    name: String,
    /// What became of it, for people.
    #[schema(example = "it has 8641 rows in the range, and had 8640")]
    message: String,
}

problem_responses!(ReplayProblems at "/ai/datasets/{dataset_id}/replay":
    BadRequest, Unauthorized, Forbidden, NotFound, NotAcceptable, Conflict, PayloadTooLarge, UnsupportedMediaType,
    InvalidParameter, InsufficientData, StepFailed, Internal, PluginFault, BackendUnavailable, StepTimeout,
    StorageFull);

/// Build a dataset again and compare
///
/// Builds from the manifest, with the plugins that were stored with the dataset, over the rows that there are now, and
/// says what changed. What is built is not kept. Answers as building does: when it is through, or a job at once.
#[utoipa::path(
    post,
    path = "/ai/datasets/{dataset_id}/replay",
    tag = DATASETS,
    security(("bearer" = [])),
    params(
        ("dataset_id" = String, Path, description = "The dataset."),
        ("Prefer" = Option<String>, Header, description = "`respond-async`: a job at once rather than an answer later.",
            example = "respond-async"),
    ),
    responses(
        (status = 200, description = "What changed.", body = Success<ReplayedDocument>),
        (status = 202, description = "The job that compares.", body = Success<JobDocument>, headers(
            ("Location" = String, description = "Path of the job."),
            ("Preference-Applied" = String, description = "`respond-async`, where that was preferred."),
        )),
        ReplayProblems,
    ),
)]
pub(crate) async fn replay(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    Analyst(caller): Analyst,
    ItemId(id): ItemId,
    prefers_async: PrefersAsync,
    limit: TimeLimit,
    _nothing: NoBody,
) -> Result<Response, Problem> {
    let manifest = state.datasets().manifest(&id).await?;
    let rows: u64 = manifest.content.devices.iter().map(|device| device.rows).sum();
    let request = serde_json::to_value(ReplayRequest { dataset_id: id });
    let submission = Submission {
        kind: JobKind::DatasetReplay,
        owner: caller.username().to_owned(),
        request: request.map_err(|error| Problem::internal(&error))?,
    };
    if prefers_async.0 || rows > state.settings().attended_rows {
        attended::queue(&state, &answer, prefers_async, submission).await
    } else {
        attended::run(&state, &answer, &limit, submission).await
    }
}
