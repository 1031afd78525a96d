//! `GET /metadata/models`
#![expect(unused_qualifications, reason = "utoipa qualifies types of parameters in what it generates")]

use axum::extract::State;
use axum::response::Response;
use fettle_metadata::{ModelFilter, ModelSummary, ModelType};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::ApiState;
use crate::answer::{JsonAnswer, PageOf, Success};
use crate::auth::Viewer;
use crate::document::{METADATA, problem_responses};
use crate::problem::Problem;
use crate::request::{Fields, PageFields, QueryFields, ReadFields};

/// Which models are asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ModelsFields {
    /// Models of this type alone.
    #[param(value_type = Option<String>, pattern = "^(realtime|statistics|ai_analysis)$")]
    model_type: Option<ModelType>,
    /// `true`: models that requests may use alone; `false`: those that they may not.
    is_active: Option<bool>,
    #[param(ignore)]
    page: PageFields,
}

/// A model as lists show it.
#[derive(Serialize, ToSchema)]
#[schema(as = ModelSummary)]
pub(crate) struct ModelSummaryDocument {
    /// Its code.
    #[schema(example = "welding_ai_model")]
    model_code: String,
    /// What people call it.
    #[schema(example = "Welding, for AI")]
    model_name: String,
    /// `realtime`, `statistics` or `ai_analysis`.
    #[schema(value_type = String, example = "ai_analysis")]
    model_type: &'static str,
    /// Code of the device type whose devices it reads.
    #[schema(example = "welder")]
    device_type: String,
    /// Whether requests may use it.
    #[schema(example = true)]
    is_active: bool,
    /// 1 when created, one more at every change.
    #[schema(example = 1)]
    revision: i64,
}

problem_responses!(ModelsProblems at "/metadata/models":
    Unauthorized, NotAcceptable, InvalidParameter, Internal, BackendUnavailable);

/// List models
///
/// All models that the filters let through, by code.
#[utoipa::path(
    get,
    path = "/metadata/models",
    tag = METADATA,
    security(("bearer" = [])),
    params(ModelsFields, PageFields),
    responses(
        (status = 200, description = "A page of the models.", body = Success<PageOf<ModelSummaryDocument>>),
        ModelsProblems,
    ),
)]
pub(crate) async fn models(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Viewer,
    QueryFields(asked): QueryFields<ModelsFields>,
) -> Result<Response, Problem> {
    let ModelsFields { model_type, is_active, page } = asked;
    let page = page.page();
    let found = state.metadata().models(ModelFilter { model_type, is_active }, page).await?;
    answer.success(PageOf::of(found, page, ModelSummaryDocument::from))
}

impl ReadFields for ModelsFields {
    fn read(fields: &mut Fields) -> Self {
        Self {
            model_type: fields.optional_choice("model_type"),
            is_active: fields.optional_truth("is_active"),
            page: PageFields::read(fields),
        }
    }
}

impl From<ModelSummary> for ModelSummaryDocument {
    fn from(model: ModelSummary) -> Self {
        Self {
            model_code: model.model_code,
            model_name: model.name,
            model_type: model.model_type.as_str(),
            device_type: model.device_type_code,
            is_active: model.is_active,
            revision: model.revision,
        }
    }
}
