//! `PUT /metadata/models/{model_code}`

use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;

use super::body::ChangedModelBody;
use super::check::checked;
use super::document::ModelDocument;
use super::missing;
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Admin;
use crate::document::{METADATA, problem_responses};
use crate::problem::Problem;
use crate::request::{Fields, ItemId, MOST_VALUES, ObjectBody, ReadFields};

problem_responses!(ReplaceModelProblems at "/metadata/models/{model_code}":
    BadRequest, Unauthorized, Forbidden, NotFound, NotAcceptable, Conflict, PayloadTooLarge, UnsupportedMediaType,
    InvalidParameter, Internal, PluginFault, BackendUnavailable, PluginUnavailable, StepTimeout, StorageFull);

/// Change a model
///
/// Puts a whole definition in the place of the one that there is, as a new revision; one that says what is there already
/// changes nothing. With `revision` it does so only if the model still has that one, and is a `conflict` otherwise. The
/// device type stays. Datasets that were built from the model keep what they were built with.
#[utoipa::path(
    put,
    path = "/metadata/models/{model_code}",
    tag = METADATA,
    security(("bearer" = [])),
    params(("model_code" = String, Path, description = "The model.")),
    request_body(content = ChangedModelBody, description = "All of the model.", example = json!({
        "revision": 1, "model_name": "Welding arc", "model_type": "ai_analysis", "device_type": "welder",
        "fields": ["current", "voltage"], "label_fields": ["quality_label"], "defaults": {"window_size": 100},
    })),
    responses((status = 200, description = "The model as it is now.", body = Success<ModelDocument>), ReplaceModelProblems),
)]
pub(crate) async fn replace_model(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Admin,
    ItemId(code): ItemId,
    ObjectBody(object): ObjectBody<MOST_VALUES>,
) -> Result<Response, Problem> {
    let mut fields = Fields::of(object, &state.settings().time_zone);
    let ChangedModelBody { model_code, revision, definition } = ChangedModelBody::read(&mut fields);
    if model_code.is_some_and(|given| given != code) {
        fields.complain("model_code", format!("must be `{code}`, as in the path, or be left out"));
    }
    let problems = fields.finish();
    if state.metadata().model(&code).await?.is_none() {
        return Err(missing(&code));
    }
    let definition = checked(&state, code, definition, problems).await?;
    let replaced = state.metadata().replace_model(&definition, revision, Timestamp::now()).await?;
    // Somebody else may have removed it meanwhile.
    let model = replaced.ok_or_else(|| missing(&definition.code))?;
    answer.success(ModelDocument::from(model))
}
