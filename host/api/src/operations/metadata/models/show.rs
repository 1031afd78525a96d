//! `GET /metadata/models/{model_code}`

use axum::extract::State;
use axum::response::Response;

use super::document::ModelDocument;
use super::missing;
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Viewer;
use crate::document::{METADATA, problem_responses};
use crate::problem::Problem;
use crate::request::ItemId;

problem_responses!(ModelProblems at "/metadata/models/{model_code}":
    Unauthorized, NotFound, NotAcceptable, Internal, BackendUnavailable);

/// Show a model
///
/// All of it, whether it is active or not. A changed copy of the answer is what `PUT` takes.
#[utoipa::path(
    get,
    path = "/metadata/models/{model_code}",
    tag = METADATA,
    security(("bearer" = [])),
    params(("model_code" = String, Path, description = "The model.")),
    responses((status = 200, description = "The model.", body = Success<ModelDocument>), ModelProblems),
)]
pub(crate) async fn model(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Viewer,
    ItemId(code): ItemId,
) -> Result<Response, Problem> {
    let model = state.metadata().model(&code).await?.ok_or_else(|| missing(&code))?;
    answer.success(ModelDocument::from(model))
}
