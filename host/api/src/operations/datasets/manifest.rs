//! `GET /ai/datasets/{dataset_id}`

use axum::extract::State;
use axum::response::Response;
use fettle_datasets::DatasetError;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Viewer;
use crate::document::{DATASETS, problem_responses};
use crate::operations::extract::metadata::WarningDocument;
use crate::problem::Problem;
use crate::request::ItemId;

/// What a dataset is and how it came about: enough to build it again.
#[derive(ToSchema)]
#[schema(as = Manifest)]
#[expect(dead_code, reason = "only its schema is used: the stored text is what is written")]
pub(crate) struct ManifestDocument {
    /// Its id.
    #[schema(example = "ds_20251103_001")]
    dataset_id: String,
    /// When it was finished.
    #[schema(example = "2025-11-03T08:00:00Z")]
    created_at: String,
    /// Who asked for it.
    #[schema(example = "test_analyst")]
    created_by: String,
    /// The job that built it.
    #[schema(example = "job_0199f3a2-6c1d-4f0e-8a7b-3c2d1e0f9a8b")]
    job_id: Option<String>,
    /// Milliseconds that it took.
    #[schema(example = 1500)]
    duration_ms: u64,
    /// Which program built it.
    #[schema(example = "fettle 0.1.0")]
    program: String,
    /// Which host.
    #[schema(example = "fettle-1")]
    host: String,
    /// SHA-256 of `content` as it is written here: the same for the same request over the same rows.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// SHA-256 of each part of `content`.
    #[schema(value_type = Object)]
    parts: Map<String, Value>,
    /// The request, the model, the steps with what they learnt, the split, the label, the devices, the features, the
    /// columns and the digest of the rows.
    #[schema(value_type = Object)]
    content: Map<String, Value>,
    /// What should be known of it.
    warnings: Vec<WarningDocument>,
}

problem_responses!(ManifestProblems at "/ai/datasets/{dataset_id}":
    Unauthorized, NotFound, NotAcceptable, Internal, BackendUnavailable);

/// Show a dataset
///
/// Its manifest, character by character as it is stored.
#[utoipa::path(
    get,
    path = "/ai/datasets/{dataset_id}",
    tag = DATASETS,
    security(("bearer" = [])),
    params(("dataset_id" = String, Path, description = "The dataset.")),
    responses((status = 200, description = "The manifest.", body = Success<ManifestDocument>), ManifestProblems),
)]
pub(crate) async fn manifest(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Viewer,
    ItemId(id): ItemId,
) -> Result<Response, Problem> {
    let text = state.datasets().manifest_text(&id).await?;
    let manifest: &RawValue = serde_json::from_slice(&text).map_err(|error| DatasetError::Damaged {
        id,
        problem: format!("its manifest cannot be read: {error}"),
    })?;
    answer.success(manifest)
}
