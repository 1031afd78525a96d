//! `GET /ai/features/stats`

mod document;
mod fields;

use axum::extract::State;
use axum::response::Response;
use fettle_features::Output;

use self::document::StatisticsDocument;
use self::fields::StatsFields;
use super::extract;
use super::step_fields::StepFields;
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Viewer;
use crate::document::{FEATURES, problem_responses};
use crate::problem::Problem;
use crate::request::{Fields, QueryObject, ReadFields};

problem_responses!(StatsProblems at "/ai/features/stats":
    Unauthorized, NotFound, NotAcceptable, Conflict, PayloadTooLarge, InvalidParameter, InsufficientData, StepFailed,
    Internal, PluginFault, BackendUnavailable, PluginUnavailable, StepTimeout, StorageFull);

/// Describe features, and how far they have drifted
///
/// Computes the features of all windows in `[start_time, end_time)`, as `POST /ai/features/extract` would, and answers
/// what they are like: extremes, mean, deviation, quantiles and a histogram of each, and the correlations of each two.
/// Without `device_code` the windows are those of all devices of the model's type that have rows in the range, and what
/// is fitted learns once, from the rows of all of them together.
///
/// Features are those before normalization: `normalize_method` changes them only where `normalize_scope` is `signal`,
/// and a warning says so where it is given for nothing. Objects are JSON text (`outlier_params={"threshold":2}`), lists
/// repeat their key (`features=mean&features=std`), and an item that begins with a brace is JSON too.
/// Methods and parameters that are left out are the defaults of an extraction; `window_label` changes nothing here.
///
/// With `baseline_dataset_id` that dataset's steps are applied, with what they learnt there, and each feature is compared
/// with the windows that the dataset trains on: `psi` is the population stability index over its deciles, `ks` the
/// Kolmogorov–Smirnov distance. No field about steps may stand beside it.
#[utoipa::path(
    get,
    path = "/ai/features/stats",
    tag = FEATURES,
    security(("bearer" = [])),
    params(StatsFields, StepFields),
    responses(
        (status = 200, description = "What the features are like.", body = Success<StatisticsDocument>),
        StatsProblems,
    ),
)]
pub(crate) async fn stats(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Viewer,
    QueryObject(parameters): QueryObject,
) -> Result<Response, Problem> {
    let mut fields = Fields::of_query(parameters, &state.settings().time_zone);
    let asked = StatsFields::read(&mut fields);
    let problems = fields.finish();
    if !problems.is_empty() {
        let problems = extract::all_problems(&state, problems, asked.into_steps(), Output::Features).await;
        return Err(Problem::invalid_parameter(problems));
    }
    let statistics = state.datasets().statistics(asked.into_request()).await?;
    let width = statistics.feature_names.len();
    extract::write(width * width, move || answer.success(statistics)).await
}
