//! `GET /metadata/device-types`

use axum::extract::State;
use axum::response::Response;
use fettle_metadata::DeviceTypeSummary;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ApiState;
use crate::answer::{JsonAnswer, PageOf, Success};
use crate::auth::Viewer;
use crate::document::{METADATA, problem_responses};
use crate::problem::Problem;
use crate::request::{PageFields, QueryFields};

/// A kind of device: all devices of one type have the same fields.
#[derive(Serialize, ToSchema)]
#[schema(as = DeviceType)]
pub(crate) struct DeviceTypeDocument {
    /// Its code.
    #[schema(example = "welder")]
    device_type: String,
    /// What people call it.
    #[schema(example = "Welder")]
    type_name: String,
    /// How many fields it has.
    #[schema(example = 6)]
    field_count: u64,
    /// How many devices are of it.
    #[schema(example = 3)]
    device_count: u64,
}

problem_responses!(DeviceTypesProblems at "/metadata/device-types":
    Unauthorized, NotAcceptable, InvalidParameter, Internal, BackendUnavailable);

/// List device types
///
/// All device types that there are, by code.
#[utoipa::path(
    get,
    path = "/metadata/device-types",
    tag = METADATA,
    security(("bearer" = [])),
    params(PageFields),
    responses(
        (status = 200, description = "A page of the device types.", body = Success<PageOf<DeviceTypeDocument>>),
        DeviceTypesProblems,
    ),
)]
pub(crate) async fn device_types(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Viewer,
    QueryFields(page): QueryFields<PageFields>,
) -> Result<Response, Problem> {
    let page = page.page();
    let found = state.metadata().device_types(page).await?;
    answer.success(PageOf::of(found, page, DeviceTypeDocument::from))
}

impl From<DeviceTypeSummary> for DeviceTypeDocument {
    fn from(summary: DeviceTypeSummary) -> Self {
        let DeviceTypeSummary { code, name, fields, devices } = summary;
        Self { device_type: code, type_name: name, field_count: fields, device_count: devices }
    }
}
