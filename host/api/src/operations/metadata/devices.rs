//! `GET /metadata/devices`
#![expect(unused_qualifications, reason = "utoipa qualifies types of parameters in what it generates")]

use axum::extract::State;
use axum::response::Response;
use fettle_metadata::{Device, DeviceFilter};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::ApiState;
use crate::answer::{JsonAnswer, PageOf, Success};
use crate::auth::Viewer;
use crate::document::{METADATA, problem_responses};
use crate::problem::Problem;
use crate::request::{Fields, PageFields, QueryFields, ReadFields};

/// Which devices are asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DevicesFields {
    /// Devices of this type alone, by its code.
    device_type: Option<String>,
    /// `true`: devices in use alone; `false`: those out of use.
    is_active: Option<bool>,
    #[param(ignore)]
    page: PageFields,
}

/// A device.
#[derive(Serialize, ToSchema)]
#[schema(as = Device)]
pub(crate) struct DeviceDocument {
    /// Its code.
    #[schema(example = "WLD001")]
    device_code: String,
    /// What people call it.
    #[schema(example = "Welder 1")]
    device_name: String,
    /// Code of its type.
    #[schema(example = "welder")]
    device_type: String,
    /// Whether it is in use.
    #[schema(example = true)]
    is_active: bool,
}

problem_responses!(DevicesProblems at "/metadata/devices":
    Unauthorized, NotAcceptable, InvalidParameter, Internal, BackendUnavailable);

/// List devices
///
/// All devices that the filters let through, by code.
#[utoipa::path(
    get,
    path = "/metadata/devices",
    tag = METADATA,
    security(("bearer" = [])),
    params(DevicesFields, PageFields),
    responses(
        (status = 200, description = "A page of the devices.", body = Success<PageOf<DeviceDocument>>),
        DevicesProblems,
    ),
)]
pub(crate) async fn devices(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Viewer,
    QueryFields(asked): QueryFields<DevicesFields>,
) -> Result<Response, Problem> {
    let DevicesFields { device_type, is_active, page } = asked;
    let page = page.page();
    let found = state.metadata().devices(&DeviceFilter { device_type, is_active }, page).await?;
    answer.success(PageOf::of(found, page, DeviceDocument::from))
}

impl ReadFields for DevicesFields {
    fn read(fields: &mut Fields) -> Self {
        Self {
            device_type: fields.optional_name("device_type"),
            is_active: fields.optional_truth("is_active"),
            page: PageFields::read(fields),
        }
    }
}

impl From<Device> for DeviceDocument {
    fn from(device: Device) -> Self {
        let Device { code, name, device_type_code, is_active } = device;
        Self { device_code: code, device_name: name, device_type: device_type_code, is_active }
    }
}
