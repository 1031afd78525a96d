//! All routes, each with its documentation.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use crate::document::{BASE_PATH, outline};
use crate::passage::{Passage, pass};
use crate::{ApiState, operations};

/// The whole API, under `/api/v2`, as a service to mount.
///
/// Serve it with `into_make_service_with_connect_info::<SocketAddr>()`: failed logins are counted by address.
pub fn router(state: ApiState) -> Router {
    let (routes, document) = documented_routes().split_for_parts();
    let docs = SwaggerUi::new(format!("{BASE_PATH}/docs")).url(format!("{BASE_PATH}/openapi.json"), document);
    let passage =
        Passage { metrics: Arc::clone(state.metrics()), request_timeout: state.settings().request_timeout };
    routes.merge(docs).layer(from_fn_with_state(passage, pass)).with_state(state)
}

/// Every operation. A route cannot be here without its documentation, nor the other way round.
pub(crate) fn documented_routes() -> OpenApiRouter<ApiState> {
    let operations = OpenApiRouter::new()
        .routes(routes!(operations::login::login))
        .routes(routes!(operations::refresh::refresh))
        .routes(routes!(operations::logout::logout))
        .routes(routes!(operations::data::realtime::realtime))
        .routes(routes!(operations::data::import::import))
        .routes(routes!(operations::extract::extract))
        .routes(routes!(operations::dataset::dataset))
        .routes(routes!(operations::stats::stats))
        .routes(routes!(operations::methods::methods))
        .routes(routes!(operations::datasets::list::datasets))
        .routes(routes!(operations::datasets::manifest::manifest, operations::datasets::delete::delete))
        .routes(routes!(operations::datasets::replay::replay))
        .routes(routes!(operations::datasets::download::download))
        .routes(routes!(operations::jobs::list::jobs))
        .routes(routes!(operations::jobs::show::job, operations::jobs::cancel::cancel))
        .routes(routes!(operations::jobs::events::events))
        .routes(routes!(
            operations::metadata::models::list::models,
            operations::metadata::models::create::create_model
        ))
        .routes(routes!(
            operations::metadata::models::show::model,
            operations::metadata::models::replace::replace_model,
            operations::metadata::models::delete::delete_model
        ))
        .routes(routes!(operations::metadata::device_types::device_types))
        .routes(routes!(operations::metadata::device_fields::device_fields))
        .routes(routes!(operations::metadata::devices::devices))
        .routes(routes!(operations::plugins::list::plugins))
        .routes(routes!(operations::plugins::reload::reload))
        .routes(routes!(operations::plugins::rollback::rollback))
        .routes(routes!(operations::live::live))
        .routes(routes!(operations::ready::ready))
        .routes(routes!(operations::metrics::metrics));
    OpenApiRouter::with_openapi(outline()).nest(BASE_PATH, operations)
}
