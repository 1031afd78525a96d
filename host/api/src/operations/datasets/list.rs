//! `GET /ai/datasets`
#![expect(unused_qualifications, reason = "utoipa qualifies types of parameters in what it generates")]

use axum::extract::State;
use axum::response::Response;
use fettle_metadata::{DatasetEntry, DatasetFilter};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::ApiState;
use crate::answer::{JsonAnswer, PageOf, Success, TimeWriter};
use crate::auth::Viewer;
use crate::document::{DATASETS, problem_responses};
use crate::operations::jobs::document::download_url;
use crate::problem::Problem;
use crate::request::{Fields, PageFields, QueryFields, ReadFields, TimeForm};

/// Which datasets are asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListFields {
    /// Datasets of this model alone.
    model_code: Option<String>,
    #[param(ignore)]
    page: PageFields,
}

/// A dataset as lists show it.
#[derive(Serialize, ToSchema)]
#[schema(as = Dataset)]
pub(crate) struct DatasetDocument {
    /// Its id.
    #[schema(example = "ds_20251103_001")]
    dataset_id: String,
    /// Code of its model.
    #[schema(example = "welding_ai_model")]
    model_code: String,
    /// The devices that it was asked for and that have rows.
    #[schema(value_type = Vec<String>, example = json!(["WLD001", "WLD002"]))]
    device_codes: Value,
    /// The first instant that was read.
    #[schema(example = "2025-11-01T00:00:00.000000Z")]
    start_time: Option<String>,
    /// The first instant that was not read any more.
    #[schema(example = "2025-11-02T00:00:00.000000Z")]
    end_time: Option<String>,
    /// Where its labels come from.
    #[schema(value_type = String, example = "quality_label")]
    label_column: Value,
    /// How windows came to training or validation.
    #[schema(value_type = String, example = "random")]
    split_method: Value,
    /// How many windows of each class there are; `null` where the label is a number.
    #[schema(value_type = Option<Object>, example = json!({"0": 3500, "1": 1500}))]
    class_distribution: Value,
    /// Windows to train on.
    #[schema(example = 4000)]
    train_samples: u64,
    /// Windows to validate with.
    #[schema(example = 1000)]
    val_samples: u64,
    /// Features.
    #[schema(example = 25)]
    feature_count: u64,
    /// SHA-256 of what it is: the same for the same request over the same rows.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// Where its files are handed out.
    #[schema(example = "/api/v2/ai/datasets/ds_20251103_001/download")]
    download_url: String,
    /// Who asked for it.
    #[schema(example = "test_analyst")]
    created_by: String,
    /// When it was finished.
    #[schema(example = "2025-11-03T08:00:00.000000Z")]
    created_at: String,
    /// The job that built it.
    #[schema(example = "job_0199f3a2-6c1d-4f0e-8a7b-3c2d1e0f9a8b")]
    job_id: Option<String>,
}

problem_responses!(ListProblems at "/ai/datasets":
    Unauthorized, NotAcceptable, InvalidParameter, Internal, BackendUnavailable);

/// List datasets
///
/// All datasets that there are, newest first.
#[utoipa::path(
    get,
    path = "/ai/datasets",
    tag = DATASETS,
    security(("bearer" = [])),
    params(ListFields, PageFields),
    responses(
        (status = 200, description = "A page of the datasets.", body = Success<PageOf<DatasetDocument>>),
        ListProblems,
    ),
)]
pub(crate) async fn datasets(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Viewer,
    QueryFields(asked): QueryFields<ListFields>,
) -> Result<Response, Problem> {
    let page = asked.page.page();
    let found = state.datasets().list(&DatasetFilter { model_code: asked.model_code }, page).await?;
    let instants: Vec<i64> = found.items.iter().flat_map(times).flatten().map(nanoseconds).collect();
    let writer = TimeWriter::new(TimeForm::utc(), &instants);
    answer.success(PageOf::of(found, page, |entry| DatasetDocument::of(entry, &writer)))
}

impl ReadFields for ListFields {
    fn read(fields: &mut Fields) -> Self {
        Self { model_code: fields.optional_name("model_code"), page: PageFields::read(fields) }
    }
}

impl DatasetDocument {
    fn of(entry: DatasetEntry, writer: &TimeWriter) -> Self {
        let [start_time, end_time, _] =
            times(&entry).map(|time| time.map(|time| writer.text(nanoseconds(time))));
        let DatasetEntry { id, mut summary, .. } = entry;
        let mut take = |name| summary.remove(name).unwrap_or_default();
        Self {
            download_url: download_url(&id),
            dataset_id: id,
            model_code: entry.model_code,
            device_codes: take("device_codes"),
            start_time,
            end_time,
            label_column: take("label_column"),
            split_method: take("split_method"),
            class_distribution: take("class_distribution"),
            train_samples: entry.train_samples,
            val_samples: entry.val_samples,
            feature_count: entry.feature_count,
            digest: entry.digest,
            created_by: entry.created_by,
            created_at: writer.text(nanoseconds(entry.created_at)),
            job_id: entry.job_id,
        }
    }
}

/// All times of an entry: where its range starts and ends, and when it was created.
fn times(entry: &DatasetEntry) -> [Option<Timestamp>; 3] {
    let in_summary = |name| entry.summary.get(name).and_then(Value::as_str)?.parse().ok();
    [in_summary("start_time"), in_summary("end_time"), Some(entry.created_at)]
}

/// Ranges lie within the years that an i64 of nanoseconds has, and so will the present for long.
fn nanoseconds(time: Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond()).unwrap_or(i64::MAX)
}
