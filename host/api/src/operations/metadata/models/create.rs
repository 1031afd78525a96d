//! `POST /metadata/models`

use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;

use super::body::NewModelBody;
use super::check::checked;
use super::document::ModelDocument;
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Admin;
use crate::document::{METADATA, problem_responses};
use crate::problem::Problem;
use crate::request::{Fields, MOST_VALUES, ObjectBody, ReadFields};

problem_responses!(CreateModelProblems at "/metadata/models":
    BadRequest, Unauthorized, Forbidden, NotAcceptable, Conflict, PayloadTooLarge, UnsupportedMediaType,
    InvalidParameter, Internal, PluginFault, BackendUnavailable, PluginUnavailable, StepTimeout, StorageFull);

/// Create a model
///
/// Names the fields of a device type that the model reads, in order, each under its code or a name of its own, as it is
/// stored or scaled; its labels; and what extractions do by default. All of it is checked, the defaults as an extraction
/// would be.
#[utoipa::path(
    post,
    path = "/metadata/models",
    tag = METADATA,
    security(("bearer" = [])),
    request_body(content = NewModelBody, description = "The model.", example = json!({
        "model_code": "welding_arc", "model_name": "Welding arc", "model_type": "ai_analysis", "device_type": "welder",
        "fields": ["current", {"field_code": "voltage", "name": "voltage_mv", "unit": "mV", "scale": 1000}],
        "label_fields": ["quality_label"], "defaults": {"window_size": 200, "outlier_method": "none"},
    })),
    responses((status = 200, description = "The model.", body = Success<ModelDocument>), CreateModelProblems),
)]
pub(crate) async fn create_model(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Admin,
    ObjectBody(object): ObjectBody<MOST_VALUES>,
) -> Result<Response, Problem> {
    let mut fields = Fields::of(object, &state.settings().time_zone);
    let NewModelBody { model_code, definition } = NewModelBody::read(&mut fields);
    let definition = checked(&state, model_code, definition, fields.finish()).await?;
    let model = state.metadata().create_model(&definition, Timestamp::now()).await?;
    answer.success(ModelDocument::from(model))
}
