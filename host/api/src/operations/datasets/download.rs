//! `GET /ai/datasets/{dataset_id}/download`
#![expect(unused_qualifications, reason = "utoipa qualifies types of parameters in what it generates")]

mod artifact;
mod conditions;
mod range;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use fettle_datasets::format::{Artifact, Format};
use fettle_datasets::table::Part;
use utoipa::{IntoParams, ToSchema};

use self::conditions::{is_known, may_be_part};
use self::range::{Asked, asked};
use crate::ApiState;
use crate::auth::Viewer;
use crate::document::{DATASETS, problem_responses};
use crate::passage::TimeLimit;
use crate::problem::{FieldProblem, Problem};
use crate::request::{Fields, ItemId, Named, QueryFields, ReadFields};

/// Which file of a dataset is asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DownloadFields {
    /// `parquet`, `arrow` (an IPC stream), `csv` or `npz` (arrays for numpy).
    #[param(value_type = Option<String>, pattern = "^(parquet|arrow|csv|npz)$", default = "parquet")]
    format: Format,
    /// Which rows; `npz` always has both sides.
    #[param(value_type = Option<String>, pattern = "^(train|val|all)$", default = "all")]
    split: Part,
}

/// A file, for the API document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct DatasetFile(Vec<u8>);

problem_responses!(DownloadProblems at "/ai/datasets/{dataset_id}/download":
    Unauthorized, NotFound, RangeNotSatisfiable, InvalidParameter, Internal, BackendUnavailable, StorageFull);

/// Download a dataset
///
/// The table as a file: `device_code`, `window_start`, `window_end`, `split`, the features, the label. Its form is
/// chosen by `format`, whatever `Accept` says. A form is made at the first download of it, and kept.
///
/// A part of it can be had with `Range: bytes=…` (one range; of several, all is answered) and `If-Range`; who has it
/// already says so with `If-None-Match`.
#[utoipa::path(
    get,
    path = "/ai/datasets/{dataset_id}/download",
    tag = DATASETS,
    security(("bearer" = [])),
    params(
        ("dataset_id" = String, Path, description = "The dataset."),
        DownloadFields,
        ("Range" = Option<String>, Header, description = "Which bytes, rather than all.", example = "bytes=0-1023"),
        ("If-Range" = Option<String>, Header, description = "An `ETag`: all bytes, if the file is another by now."),
        ("If-None-Match" = Option<String>, Header, description = "`ETag`s: nothing, if the file is one of those."),
    ),
    responses(
        (status = 200, description = "The file.", content(
            (DatasetFile = "application/vnd.apache.parquet"),
            (DatasetFile = "application/vnd.apache.arrow.stream"),
            (DatasetFile = "text/csv"),
            (DatasetFile = "application/zip"),
        ), headers(
            ("Content-Disposition" = String, description = "The name to keep it under."),
            ("ETag" = String, description = "What tells the file from any other."),
            ("Accept-Ranges" = String, description = "`bytes`."),
        )),
        (status = 206, description = "The part that was asked for.", headers(
            ("Content-Range" = String, description = "Which part, of how much."),
        )),
        (status = 304, description = "The client has it already."),
        DownloadProblems,
    ),
)]
pub(crate) async fn download(
    State(state): State<ApiState>,
    _caller: Viewer,
    ItemId(id): ItemId,
    QueryFields(file): QueryFields<DownloadFields>,
    limit: TimeLimit,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let artifact = Artifact::new(file.format, file.split).map_err(|error| {
        let message = format!("must be `all` or left out where `format` is `npz`: {error}");
        Problem::invalid_parameter(vec![FieldProblem::new("split", message)])
    })?;
    let stored = artifact::stored(&state, &id, artifact, &limit).await?;
    let etag = stored.etag().map(|tag| format!("\"{tag}\""));
    let etag = etag.as_deref();

    let mut response = StatusCode::OK.into_response();
    put(&mut response, ACCEPT_RANGES, "bytes")?;
    if let Some(etag) = etag {
        put(&mut response, ETAG, etag)?;
    }
    if is_known(&headers, etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    // A range means something to GET alone.
    let part = if method == Method::GET && may_be_part(&headers, etag) {
        asked(&headers, stored.size())
    } else {
        Asked::All
    };
    let bytes = match part {
        Asked::All => 0..stored.size(),
        Asked::Nothing => return Err(Problem::range_not_satisfiable(stored.size())),
        Asked::Part(bytes) => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, stored.size());
            put(&mut response, CONTENT_RANGE, &range)?;
            bytes
        }
    };
    put(&mut response, CONTENT_TYPE, artifact.format().media_type())?;
    put(&mut response, CONTENT_LENGTH, &(bytes.end - bytes.start).to_string())?;
    put(&mut response, CONTENT_DISPOSITION, &format!("attachment; filename=\"{}\"", name(&id, artifact)))?;
    if method == Method::GET {
        let content = stored.read(bytes).await.map_err(|error| artifact::unread(error, &id))?;
        *response.body_mut() = Body::from_stream(content);
    }
    Ok(response)
}

impl ReadFields for DownloadFields {
    fn read(fields: &mut Fields) -> Self {
        Self { format: fields.optional_word("format"), split: fields.optional_word("split") }
    }
}

impl Named for Format {
    const NAMES: &'static [(&'static str, Self)] =
        &[("parquet", Format::Parquet), ("arrow", Format::Arrow), ("csv", Format::Csv), ("npz", Format::Npz)];
}

impl Named for Part {
    const NAMES: &'static [(&'static str, Self)] =
        &[("all", Part::All), ("train", Part::Train), ("val", Part::Val)];
}

/// What a file is kept as: `ds_20251103_001.parquet`, `ds_20251103_001_train.csv`.
fn name(id: &str, artifact: Artifact) -> String {
    let extension = artifact.format().extension();
    match artifact.part() {
        Part::All => format!("{id}.{extension}"),
        part => format!("{id}_{}.{extension}", part.as_str()),
    }
}

fn put(response: &mut Response, name: axum::http::HeaderName, value: &str) -> Result<(), Problem> {
    let value =
        value.parse().map_err(|error: axum::http::header::InvalidHeaderValue| Problem::internal(&error))?;
    response.headers_mut().insert(name, value);
    Ok(())
}
