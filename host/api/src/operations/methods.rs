//! `GET /ai/features/methods`

use axum::extract::State;
use axum::response::Response;
use fettle_features::MethodInfo;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Viewer;
use crate::document::{FEATURES, problem_responses};
use crate::problem::Problem;

/// The methods that requests can name.
#[derive(Serialize, ToSchema)]
pub(crate) struct Methods {
    /// Every method of every loaded plugin, in the order of the pipeline, then by name.
    methods: Vec<Method>,
}

/// A method of a plugin.
#[derive(Serialize, ToSchema)]
pub(crate) struct Method {
    /// `missing_value`, `outlier`, `window`, `feature` or `normalize`.
    #[schema(example = "outlier")]
    kind: String,
    /// What a request calls it; unique within its kind.
    #[schema(example = "iqr")]
    name: String,
    /// What it does.
    #[schema(
        example = "Pulls values outside the quartiles by more than a multiple of their distance to that bound."
    )]
    summary: String,
    /// JSON Schema (2020-12) of its parameters, with their defaults.
    #[schema(value_type = Object)]
    params_schema: Value,
    /// The plugin that it is of.
    #[schema(example = "outlier")]
    plugin: String,
    /// The plugin's version.
    #[schema(example = "0.1.0")]
    version: String,
    /// SHA-256 of the plugin's bytes, in hex.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

problem_responses!(MethodsProblems at "/ai/features/methods":
    Unauthorized, Forbidden, NotAcceptable, Internal, BackendUnavailable);

/// List the methods
///
/// Every method of every loaded plugin, with the schema of its parameters.
#[utoipa::path(
    get,
    path = "/ai/features/methods",
    tag = FEATURES,
    security(("bearer" = [])),
    responses((status = 200, description = "The methods.", body = Success<Methods>), MethodsProblems),
)]
pub(crate) async fn methods(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Viewer,
) -> Result<Response, Problem> {
    let methods = state.features().methods().into_iter().map(Method::from).collect();
    answer.success(Methods { methods })
}

impl From<MethodInfo> for Method {
    fn from(method: MethodInfo) -> Self {
        let MethodInfo { kind, name, summary, params_schema, plugin, version, digest } = method;
        Self { kind: kind.to_string(), name, summary, params_schema, plugin, version, digest }
    }
}
