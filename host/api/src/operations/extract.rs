//! `POST /ai/features/extract`

mod arrow;
mod body;
mod csv;
mod failure;
mod json;
mod metadata;
mod parquet;
mod table;

use axum::extract::State;
use axum::response::Response;
use fettle_features::FeatureError;

use self::arrow::ArrowStream;
use self::body::ExtractBody;
use self::csv::CsvTable;
use self::json::ExtractData;
use self::parquet::ParquetFile;
use crate::ApiState;
use crate::answer::{MatrixAnswer, MediaType, Success};
use crate::auth::Analyst;
use crate::document::{FEATURES, problem_responses};
use crate::problem::{FieldProblem, Problem};
use crate::request::{Fields, ObjectBody, ReadBody};

/// Answers with more cells than this are written off the async threads: about a millisecond of work.
const CELLS_WRITTEN_INLINE: usize = 20_000;

problem_responses!(ExtractProblems at "/ai/features/extract":
    BadRequest, Unauthorized, Forbidden, NotFound, NotAcceptable, PayloadTooLarge, UnsupportedMediaType,
    InvalidParameter, InsufficientData, StepFailed, TooManyRequests, Internal, PluginFault, BackendUnavailable,
    PluginUnavailable, StepTimeout);

/// Extract features of one device
///
/// Reads the device's rows in `[start_time, end_time)`, cleans them, cuts them into windows, computes features of each
/// window and normalizes them. Every step is a method of a plugin; `GET /ai/features/methods` lists them with their
/// parameters. Answers as JSON, or as a table of `timestamp` and the features: an Arrow IPC
/// stream or a Parquet file (`metadata` and `warnings` as JSON in the schema's metadata), or CSV (without them).
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
        (status = 200, description = "The feature matrix, a row for each window.", content(
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
    ObjectBody(object): ObjectBody,
) -> Result<Response, Problem> {
    let mut fields = Fields::of(object, &state.settings().time_zone);
    let body = ExtractBody::read(&mut fields);
    let mut problems = fields.finish();
    // The domain looks at the steps even where other fields are wrong: all complaints come in one answer.
    let (request, written) = body.into_request();
    if !problems.is_empty() {
        if let Err(FeatureError::InvalidParameter(errors)) = state.features().check(&request.steps).await {
            problems.extend(errors.into_iter().map(FieldProblem::from));
        }
        return Err(Problem::invalid_parameter(problems));
    }
    let extraction = state.features().extract(request).await?;
    let cells = extraction.matrix.names.len() * extraction.matrix.timestamps.len();
    let write = move || match answer.form {
        MediaType::Json => json::write(&extraction, written, answer.arrival),
        MediaType::ArrowStream => arrow::write(extraction),
        MediaType::Parquet => parquet::write(extraction),
        MediaType::Csv => csv::write(&extraction, written),
    };
    if cells <= CELLS_WRITTEN_INLINE {
        return write();
    }
    tokio::task::spawn_blocking(write).await.map_err(|error| Problem::internal(&error))?
}
