//! The API document: what does not belong to one operation.

mod problems;

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

pub(crate) use self::problems::{problem_responses, responses_for};
use crate::problem::{FieldProblem, ProblemDocument};
use crate::router::documented_routes;

/// Everything stands under it.
pub(crate) const BASE_PATH: &str = "/api/v2";

/// Tag of the operations on features; clients were promised this name.
pub(crate) const FEATURES: &str = "AI特征提取 v2";
/// Tag of the operations on rows.
pub(crate) const DATA: &str = "Data";
/// Tag of the operations on datasets that were built.
pub(crate) const DATASETS: &str = "Datasets";
/// Tag of the operations on models and devices.
pub(crate) const METADATA: &str = "Metadata";
/// Tag of the operations on jobs.
pub(crate) const JOBS: &str = "Jobs";
/// Tag of what is loaded, and loading others.
pub(crate) const PLUGINS: &str = "Plugins";
/// Tag of logging in and out.
pub(crate) const ACCESS: &str = "Access";
/// Tag of what operators watch.
pub(crate) const OPERATION: &str = "Operation";

/// The API document as `openapi.json` has it, indented.
pub fn openapi_json() -> String {
    let document = documented_routes().into_openapi();
    let mut text = document.to_pretty_json().expect("an API document is plain JSON");
    text.push('\n');
    text
}

/// The document before any operation is added.
pub(crate) fn outline() -> utoipa::openapi::OpenApi {
    Outline::openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Fettle",
        version = "2.0.0",
        description = "Cleans device telemetry through sandboxed steps and answers with features that a model can be \
                       trained on and served with.\n\n\
                       Success is `{\"success\": true, \"data\": …, \"execution_time\": ms}`. Every error is \
                       `application/problem+json`; programs act on its `code`. Times are ISO 8601; one without an \
                       offset is read in the server's time zone, and the answer is written as the question was. \
                       Ranges include their start and exclude their end. A field that an operation does not know is \
                       an error.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = FEATURES, description = "Features of a device's telemetry, and the methods that compute them."),
        (name = DATA, description = "Rows of devices: the newest of them, and new ones."),
        (name = DATASETS, description = "Training datasets that were built: look them up, download, replay, remove."),
        (name = METADATA, description = "Models, device types and their fields, devices: look them up, change models."),
        (name = JOBS, description = "Builds and replays that take long: watch and cancel them."),
        (name = PLUGINS, description = "The plugins that steps come from: what is loaded, reloading, going back."),
        (name = ACCESS, description = "Log in, stay logged in, log out."),
        (name = OPERATION, description = "Health and metrics."),
    ),
    components(schemas(ProblemDocument, FieldProblem)),
    modifiers(&BearerToken),
)]
struct Outline;

/// Adds the security scheme that guarded operations name.
struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The `access_token` of `POST /auth/login`."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}
