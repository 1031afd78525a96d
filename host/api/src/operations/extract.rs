//! `POST /ai/features/extract`

mod arrow;
mod body;
mod csv;
mod failure;
mod json;
pub(crate) mod metadata;
mod parquet;
mod sent_rows;
mod table;
mod windows;

use axum::extract::State;
use axum::response::Response;
use fettle_features::{ExtractRequest, Extraction, FeatureError, Output, StepsRequest};
use serde_json::{Map, Value};

use self::arrow::ArrowStream;
use self::body::{Asked, ExtractBody};
use self::csv::CsvTable;
use self::json::ExtractData;
use self::parquet::ParquetFile;
use crate::ApiState;
use crate::answer::{MatrixAnswer, MediaType, Success};
use crate::auth::Analyst;
use crate::document::{FEATURES, problem_responses};
use crate::problem::{FieldProblem, Problem};
use crate::request::{Fields, MOST_VALUES_WITH_ROWS, ObjectBody, ReadFields, TimeForm};

/// Answers with more cells than this are written off the async threads: about a millisecond of work.
const CELLS_WRITTEN_INLINE: usize = 20_000;

problem_responses!(ExtractProblems at "/ai/features/extract":
    BadRequest, Unauthorized, Forbidden, NotFound, NotAcceptable, PayloadTooLarge, UnsupportedMediaType,
    InvalidParameter, InsufficientData, StepFailed, Internal, PluginFault, BackendUnavailable,
    PluginUnavailable, StepTimeout);

/// Extract features of one device
///
/// Reads the device's rows in `[start_time, end_time)`, cleans them, cuts them into windows, computes features of each
/// window and normalizes them. Every step is a method of a plugin; `GET /ai/features/methods` lists them with their
/// parameters. Answers as JSON, or as a table of `timestamp` and the features: an Arrow IPC
/// stream or a Parquet file (`metadata` and `warnings` as JSON in the schema's metadata), or CSV (without them).
///
/// With `output` `windows` there are no features: the answer holds the cleaned rows of each window, for models that
/// learn from rows. It is always an Arrow IPC stream, with a row for each window: its `timestamp` and, as fixed-size
/// lists with a value for each of its rows, `row_timestamp` and every signal under its name, null where it is missing;
/// `metadata` and `warnings` are in the schema's metadata. All windows must have the same number of rows, and windows ×
/// rows × signals have the limit that rows × signals have. Signals are normalized if `normalize_scope` is `signal`;
/// fields that are about features are errors.
///
/// With `dataset_id` nothing is fitted: the steps of that dataset, its plugins and what they learnt are applied to rows
/// of a range, of the device's `last_windows`, or to `rows` that come along, so that a model that was trained on it
/// sees what it was trained on.
#[utoipa::path(
    post,
    path = "/ai/features/extract",
    tag = FEATURES,
    security(("bearer" = [])),
    request_body(content = ExtractBody, description = "What to extract, and how.", example = json!({
        "model_code": "welding_ai_model", "device_code": "WLD001",
        "start_time": "2025-11-01T00:00:00", "end_time": "2025-11-02T00:00:00",
        "window_size": 100, "overlap": 0.5,
        "normalize_method": "z_score", "missing_value_method": "interpolate", "outlier_method": "iqr",
    })),
    responses(
        (status = 200, description = "The feature matrix, a row for each window. With `output` `windows` the rows of \
                                      each window, as an Arrow stream whatever else is accepted.", content(
            (Success<ExtractData> = "application/json"),
            (ArrowStream = "application/vnd.apache.arrow.stream"),
            (ParquetFile = "application/vnd.apache.parquet"),
            (CsvTable = "text/csv"),
        )),
        ExtractProblems,
    ),
)]
pub(crate) async fn extract(
    State(state): State<ApiState>,
    answer: MatrixAnswer,
    _caller: Analyst,
    ObjectBody(object): ObjectBody<MOST_VALUES_WITH_ROWS>,
) -> Result<Response, Problem> {
    let (body, problems) = read(&state, object).await?;
    let output = body.output();
    if output == Output::Windows {
        answer.only_as(MediaType::ArrowStream, "`output` `windows`")?;
    }
    if !problems.is_empty() {
        return Err(Problem::invalid_parameter(
            all_problems(&state, problems, body.into_model_and_steps(), output).await,
        ));
    }
    match body.into_asked() {
        (Asked::Steps(request, Output::Windows), _) => answer_windows(&state, *request).await,
        (Asked::Steps(request, Output::Features), written) => {
            let extraction = state.features().extract(*request).await?;
            answer_features(extraction, answer, written).await
        }
        (Asked::Dataset(request), written) => {
            let extraction = state.datasets().serve(request).await?;
            answer_features(extraction, answer, written).await
        }
    }
}

/// The body, and what is wrong with it. A body that holds rows is read off the async threads.
async fn read(
    state: &ApiState,
    object: Map<String, Value>,
) -> Result<(ExtractBody, Vec<FieldProblem>), Problem> {
    let zone = state.settings().time_zone.clone();
    let holds_rows = object.contains_key("rows");
    let read = move || {
        let mut fields = Fields::of(object, &zone);
        let body = ExtractBody::read(&mut fields);
        (body, fields.finish())
    };
    if !holds_rows {
        return Ok(read());
    }
    tokio::task::spawn_blocking(read).await.map_err(|error| Problem::internal(&error))
}

/// Adds to `problems` what the domain says of the model and the steps: all complaints come in one answer.
pub(crate) async fn all_problems(
    state: &ApiState,
    mut problems: Vec<FieldProblem>,
    asked: Option<(String, StepsRequest)>,
    output: Output,
) -> Vec<FieldProblem> {
    let Some((model_code, steps)) = asked else { return problems };
    let checked = state.features().check(&model_code, &steps, output).await;
    if let Err(FeatureError::InvalidParameter(mut errors) | FeatureError::NotFound(mut errors)) = checked {
        // A field that was complained about went there as a stand-in, which nobody needs to hear of.
        errors.retain(|error| problems.iter().all(|problem| problem.field != error.field));
        problems.extend(errors.into_iter().map(FieldProblem::from));
    }
    problems
}

async fn answer_features(
    extraction: Extraction,
    answer: MatrixAnswer,
    written: TimeForm,
) -> Result<Response, Problem> {
    let cells = extraction.matrix.names.len() * extraction.matrix.timestamps.len();
    let in_its_form = move || match answer.form {
        MediaType::Json => json::write(&extraction, written, answer.arrival),
        MediaType::ArrowStream => arrow::write(&table::table(extraction)?),
        MediaType::Parquet => parquet::write(&table::table(extraction)?),
        MediaType::Csv => csv::write(&extraction, written),
    };
    write(cells, in_its_form).await
}

async fn answer_windows(state: &ApiState, request: ExtractRequest) -> Result<Response, Problem> {
    let extraction = state.features().extract_windows(request).await?;
    let cells = extraction.windows.names.len() * extraction.windows.row_timestamps.len();
    write(cells, move || arrow::write(&windows::table(extraction)?)).await
}

/// Writes an answer of so many cells: at once, or off the async threads where that takes long.
pub(crate) async fn write(
    cells: usize,
    answer: impl FnOnce() -> Result<Response, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    if cells <= CELLS_WRITTEN_INLINE {
        return answer();
    }
    tokio::task::spawn_blocking(answer).await.map_err(|error| Problem::internal(&error))?
}
