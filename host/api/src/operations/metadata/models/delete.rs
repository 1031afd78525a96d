//! `DELETE /metadata/models/{model_code}`

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::missing;
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Admin;
use crate::document::{METADATA, problem_responses};
use crate::problem::Problem;
use crate::request::ItemId;

/// What was removed.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeletedModel {
    /// The model.
    #[schema(example = "welding_ai_model")]
    model_code: String,
}

problem_responses!(DeleteModelProblems at "/metadata/models/{model_code}":
    Unauthorized, Forbidden, NotFound, NotAcceptable, Conflict, Internal, BackendUnavailable, StorageFull);

/// Remove a model
///
/// A model that a dataset was built from stays: that is a `conflict`, which names the newest of the datasets. It can be
/// made inactive instead.
#[utoipa::path(
    delete,
    path = "/metadata/models/{model_code}",
    tag = METADATA,
    security(("bearer" = [])),
    params(("model_code" = String, Path, description = "The model.")),
    responses((status = 200, description = "It is removed.", body = Success<DeletedModel>), DeleteModelProblems),
)]
pub(crate) async fn delete_model(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Admin,
    ItemId(code): ItemId,
) -> Result<Response, Problem> {
    if state.metadata().delete_model(&code).await? {
        answer.success(DeletedModel { model_code: code })
    } else {
        Err(missing(&code))
    }
}
