//! `POST /data/import`

mod document;
mod failure;
mod query;
mod upload;

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use fettle_import::{Source, prepare};
use jiff::Timestamp;

use self::document::ImportDocument;
use self::failure::refused;
use self::query::{ImportFields, ImportQuery};
use self::upload::{Upload, format_of};
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Analyst;
use crate::document::{DATA, problem_responses};
use crate::passage::TimeLimit;
use crate::problem::Problem;

/// What messages call the file.
const BODY: &str = "body";

/// Bytes a second of the slowest upload that is waited for.
const SLOWEST_UPLOAD: u64 = 64 << 10;

problem_responses!(ImportProblems at "/data/import":
    BadRequest, Unauthorized, Forbidden, NotAcceptable, Conflict, PayloadTooLarge, UnsupportedMediaType,
    InvalidParameter, Internal, BackendUnavailable, StorageFull);

/// Import a file
///
/// Takes rows of one device from a CSV, Parquet or Arrow file (the format or the stream), as `fettle import` does, with
/// the same defaults and the same report. Device type, device, fields and model are made where they are missing. Rows of
/// a time that is stored already replace the stored ones, in the columns that the file has.
///
/// All or nothing: where anything in the file cannot be read, nothing is written, and the answer says what and in which
/// line. A file has a limit of its own (`server.import_limit_mib`), and rows × columns that of a request
/// (`limits.max_cells`).
#[utoipa::path(
    post,
    path = "/data/import",
    tag = DATA,
    security(("bearer" = [])),
    params(ImportFields),
    request_body(description = "The file.", content(
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.apache.parquet"),
        (Vec<u8> = "application/vnd.apache.arrow.file"),
        (Vec<u8> = "application/vnd.apache.arrow.stream"),
    )),
    responses(
        (status = 200, description = "All rows are written.", body = Success<ImportDocument>),
        ImportProblems,
    ),
)]
pub(crate) async fn import(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Analyst,
    ImportQuery(mut options): ImportQuery,
    limit: TimeLimit,
    headers: HeaderMap,
    upload: Upload,
) -> Result<Response, Problem> {
    let format = format_of(&headers)?;
    options.max_cells = Some(state.features().max_cells);
    let settings = state.settings();
    let transfer = std::time::Duration::from_secs(upload.expected() / SLOWEST_UPLOAD);
    limit.prolong(settings.attended_timeout + transfer);
    let file = upload.receive(state.datasets().scratch()).await?;

    // What is read takes memory; of those who wait here, none has taken any.
    let _turn = state.importing().acquire().await.map_err(|error| Problem::internal(&error))?;
    let source = Source { path: file.to_path_buf(), name: BODY.to_owned(), format: Some(format) };
    let prepared = prepare(&options, &[source], state.metadata(), Arc::new(|_| ())).await.map_err(refused)?;
    drop(file);
    // A task of its own: once rows are written, the metadata is too, whether the client waits for it or not.
    let stores = state.clone();
    let writing = async move { prepared.write(stores.metadata(), stores.series(), Timestamp::now()).await };
    let written = tokio::spawn(writing).await.map_err(|error| Problem::internal(&error))?;
    answer.success(ImportDocument::of(written.map_err(refused)?))
}
