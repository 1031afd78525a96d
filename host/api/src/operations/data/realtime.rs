//! `POST /data/query/realtime`

mod body;
mod cursor;
mod document;
mod filters;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use fettle_metadata::ModelConfig;
use fettle_realtime::{Query, RealtimeError};

use self::body::RealtimeBody;
use self::cursor::QueryId;
use self::document::RealtimeData;
use self::filters::Asked;
use crate::ApiState;
use crate::answer::{JsonAnswer, Success};
use crate::auth::Viewer;
use crate::document::{DATA, problem_responses};
use crate::problem::{FieldProblem, Problem};
use crate::request::{Fields, MOST_VALUES, ObjectBody, ReadFields};

/// What stands beside a model's fields in a row: no field may have such a name.
const ROW_COLUMNS: [&str; 2] = ["timestamp", "device_code"];

problem_responses!(RealtimeProblems at "/data/query/realtime":
    BadRequest, Unauthorized, NotFound, NotAcceptable, PayloadTooLarge, UnsupportedMediaType, InvalidParameter,
    Internal, BackendUnavailable);

/// Query the newest rows
///
/// Rows of a model's devices, under the model's names and scales: the newest first, and of the same time by device
/// code. A missing cell is `null`, and so is one that no number can hold.
///
/// `filters` choose rows, all of them together. `device_code` is a code or a list of codes; without it, rows of all
/// devices of the model's type are merged. `start_time` is the first instant that is answered, `end_time` the first that
/// is not. Any other filter is a field of the model: a value, `null` for a missing cell, or an object of
/// `gt`, `gte`, `lt`, `lte`, `ne` and `in`, all of which must hold. Values have the field's type. A missing cell is
/// found by `null` alone, or by `in` with `null` in its list; `{"ne": null}` finds the cells that are there. Truth
/// values have no order; texts are in the order of their code points. A field that is called `device_code`, `start_time`
/// or `end_time` cannot be filtered by.
///
/// Pages of numbers go as far as the 10,000th row. `next_cursor` goes on from there, and from anywhere else: the page
/// that it leads to begins behind the last row of the page before, whatever rows were added meanwhile.
///
/// One request looks at 200,000 rows at most. Where these do not fill the page, the answer has the rows that were found,
/// a warning `scan_limit`, and a `next_cursor` to go on.
///
/// `total` is exact without filters on fields. With them it is the share of rows that were found among those that were
/// looked at, times the rows there are, and `total_is_estimate` says so; unless all rows were looked at. Of more than
/// 100 devices, 100 are counted and stand for the others.
#[utoipa::path(
    post,
    path = "/data/query/realtime",
    tag = DATA,
    security(("bearer" = [])),
    request_body(content = RealtimeBody, description = "Which rows, and how many.", example = json!({
        "model_code": "welding_realtime",
        "filters": {"device_code": ["WLD001", "WLD002"], "start_time": "2025-11-01T00:00:00", "current": {"gte": 180}},
        "page": 1, "page_size": 50,
    })),
    responses(
        (status = 200, description = "A page of rows.", body = Success<RealtimeData>),
        RealtimeProblems,
    ),
)]
pub(crate) async fn realtime(
    State(state): State<ApiState>,
    answer: JsonAnswer,
    _caller: Viewer,
    ObjectBody(object): ObjectBody<MOST_VALUES>,
) -> Result<Response, Problem> {
    let mut fields = Fields::of(object, &state.settings().time_zone);
    let body = RealtimeBody::read(&mut fields);
    let model = match body.model_code.as_str() {
        "" => None,
        code => state.metadata().model(code).await?.filter(|model| model.is_active),
    };
    if let Some(model) = &model {
        refuse_clashes(&mut fields, model);
    }
    let id = QueryId::of(&body.model_code, &body.filters);
    let page = body.page(&mut fields, id);
    let asked = Asked::read(&mut fields, body.filters, model.as_ref());
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Problem::invalid_parameter(problems));
    }
    let Some(model) = model else {
        let message = format!("there is no active model `{}`", body.model_code);
        let error = FieldProblem::new("model_code", message.clone());
        return Err(Problem::not_found(message).about(vec![error]));
    };
    let Asked { devices, is_list, range, form, filters } = asked;
    let page_size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let query = Arc::new(Query { model, devices, range, filters, start: page.start.clone(), page_size });
    let found = state.realtime().find(&query).await;
    let found = found.map_err(|error| unfound(error, &query.model, is_list))?;
    document::answer(answer, &query.model, found, id, &page, form).await
}

/// Refuses a model whose rows would have a name twice.
fn refuse_clashes(fields: &mut Fields, model: &ModelConfig) {
    let signals = model.signals.iter().map(|signal| &signal.name);
    for name in signals.chain(model.labels.iter().map(|label| &label.name)) {
        if ROW_COLUMNS.contains(&name.as_str()) {
            let message = format!(
                "its field `{name}` is called as every row's own `{name}` is; it can be renamed in the model"
            );
            fields.complain("model_code", message);
        }
    }
}

/// Why there are no rows, told by the fields of the request.
fn unfound(error: RealtimeError, model: &ModelConfig, is_list: bool) -> Problem {
    let field = |place: usize| match is_list {
        true => format!("filters.device_code[{place}]"),
        false => "filters.device_code".to_owned(),
    };
    match error {
        RealtimeError::NoDevice(devices) => {
            let told = |(place, code): &(usize, String)| {
                FieldProblem::new(field(*place), format!("there is no device `{code}`"))
            };
            let errors: Vec<FieldProblem> = devices.iter().map(told).collect();
            let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
            Problem::not_found(messages.join("; ")).about(errors)
        }
        RealtimeError::OtherType(devices) => {
            let told = |(place, code): (usize, String)| {
                let message = format!(
                    "`{code}` is a device of another type; model `{}` reads type `{}`",
                    model.model_code, model.device_type_code
                );
                FieldProblem::new(field(place), message)
            };
            Problem::invalid_parameter(devices.into_iter().map(told).collect())
        }
        RealtimeError::Metadata(error) => error.into(),
        RealtimeError::Series(error) => error.into(),
    }
}
