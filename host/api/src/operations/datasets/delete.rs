//! `DELETE /ai/datasets/{dataset_id}`

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Analyst;
use crate::document::{DATASETS, problem_responses};
use crate::problem::Problem;
use crate::request::ItemId;

/// What was removed.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeletedDataset {
    /// The dataset.
    #[schema(example = "ds_20251103_001")]
    dataset_id: String,
}

problem_responses!(DeleteProblems at "/ai/datasets/{dataset_id}":
    Unauthorized, Forbidden, NotFound, NotAcceptable, Internal, BackendUnavailable, StorageFull);

/// Remove a dataset
///
/// Its table, its files in all formats and its manifest. Its id is never given again. A dataset is removed by who asked
/// for it, or by an admin.
#[utoipa::path(
    delete,
    path = "/ai/datasets/{dataset_id}",
    tag = DATASETS,
    security(("bearer" = [])),
    params(("dataset_id" = String, Path, description = "The dataset.")),
    responses((status = 200, description = "It is removed.", body = Success<DeletedDataset>), DeleteProblems),
)]
pub(crate) async fn delete(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    Analyst(caller): Analyst,
    ItemId(id): ItemId,
) -> Result<Response, Problem> {
    let entry = state.datasets().entry(&id).await?;
    caller.require_own(&entry.created_by, &format!("dataset `{id}`"))?;
    state.datasets().delete(&id).await?;
    answer.success(DeletedDataset { dataset_id: id })
}
