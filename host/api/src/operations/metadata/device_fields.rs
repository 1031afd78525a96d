//! `GET /metadata/device-types/{device_type}/fields`

use axum::extract::State;
use axum::response::Response;
use fettle_metadata::{Field, FieldRole, LabelKind, Paged};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ApiState;
use crate::answer::{JsonAnswer, PageOf, Success};
use crate::auth::Viewer;
use crate::document::{METADATA, problem_responses};
use crate::problem::{FieldProblem, Problem};
use crate::request::{ItemId, PageFields, QueryFields};

/// A column of the rows that devices of a type have.
#[derive(Serialize, ToSchema)]
#[schema(as = DeviceField)]
pub(crate) struct DeviceFieldDocument {
    /// Its code, unique within the device type.
    #[schema(example = "current")]
    field_code: String,
    /// What people call it: the header that it was imported under.
    #[schema(example = "Current (A)")]
    field_name: String,
    /// `signal`: numbers that features are computed from. `label`: what a model learns to predict.
    #[schema(value_type = String, example = "signal")]
    role: &'static str,
    /// `int`, `float`, `bool` or `text`; a signal is always `float`.
    #[schema(value_type = String, example = "float")]
    data_type: &'static str,
    /// Unit of its values, where it is known.
    #[schema(example = "A")]
    unit: Option<String>,
}

problem_responses!(DeviceFieldsProblems at "/metadata/device-types/{device_type}/fields":
    Unauthorized, NotFound, NotAcceptable, InvalidParameter, Internal, BackendUnavailable);

/// List the fields of a device type
///
/// In the order in which they were registered. A model names those that it reads.
#[utoipa::path(
    get,
    path = "/metadata/device-types/{device_type}/fields",
    tag = METADATA,
    security(("bearer" = [])),
    params(("device_type" = String, Path, description = "Code of the device type."), PageFields),
    responses(
        (status = 200, description = "A page of the fields.", body = Success<PageOf<DeviceFieldDocument>>),
        DeviceFieldsProblems,
    ),
)]
pub(crate) async fn device_fields(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Viewer,
    ItemId(code): ItemId,
    QueryFields(page): QueryFields<PageFields>,
) -> Result<Response, Problem> {
    let page = page.page();
    let found = state.metadata().device_type(&code).await?.ok_or_else(|| missing(&code))?;
    let count = found.fields.len() as u64;
    let (before, size) = (usize::try_from(page.offset()).unwrap_or(usize::MAX), page.size.get() as usize);
    let fields = found.fields.into_iter().skip(before).take(size).collect();
    answer.success(PageOf::of(Paged::counted(fields, page, count), page, DeviceFieldDocument::from))
}

impl From<Field> for DeviceFieldDocument {
    fn from(field: Field) -> Self {
        let Field { code, name, role, unit } = field;
        let (role, data_type) = match role {
            FieldRole::Signal => ("signal", LabelKind::Float),
            FieldRole::Label(kind) => ("label", kind),
        };
        Self { field_code: code, field_name: name, role, data_type: data_type.as_str(), unit }
    }
}

fn missing(code: &str) -> Problem {
    let detail = format!("there is no device type `{code}`");
    Problem::not_found(detail.as_str()).about(vec![FieldProblem::new("device_type", detail)])
}
