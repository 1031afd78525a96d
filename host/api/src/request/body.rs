//! The body of a request, as a handler's argument.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use futures::StreamExt;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::json;
use crate::ApiState;
use crate::problem::{FieldProblem, Problem};

/// A request that is read from the fields of its body.
pub(crate) trait ReadBody {
    /// Takes its fields. What is missing or wrong notes itself in `fields`.
    fn read(fields: &mut Fields) -> Self;
}

/// A checked request: every field that it has is known and of its type.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub T);

/// A JSON object whose fields nobody has looked at yet.
#[derive(Debug)]
pub(crate) struct ObjectBody(pub Map<String, Value>);

impl<T: ReadBody> FromRequest<ApiState> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        let ObjectBody(object) = ObjectBody::from_request(request, state).await?;
        let mut fields = Fields::of(object, &state.settings().time_zone);
        let value = T::read(&mut fields);
        let problems = fields.finish();
        if problems.is_empty() { Ok(Self(value)) } else { Err(Problem::invalid_parameter(problems)) }
    }
}

impl FromRequest<ApiState> for ObjectBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        expect_json(request.headers())?;
        let most = state.settings().max_body_bytes;
        let declared =
            request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if declared.is_some_and(|declared: usize| declared > most) {
            return Err(too_large(most));
        }
        let bytes = read(request.into_body(), most).await?;
        match json::parse(&bytes)? {
            Value::Object(object) => Ok(Self(object)),
            _ => Err(Problem::invalid_parameter(vec![FieldProblem::new("body", "must be a JSON object")])),
        }
    }
}

fn expect_json(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).map_or("", |value| value.to_str().unwrap_or("something unreadable"));
    let kind = text(CONTENT_TYPE).to_ascii_lowercase();
    let mut parts = kind.split(';').map(str::trim);
    let is_json = parts.next() == Some("application/json");
    let charset = parts.find_map(|part| part.strip_prefix("charset=")).map(|name| name.trim_matches('"'));
    if !is_json || charset.is_some_and(|charset| charset != "utf-8") {
        let given = if kind.is_empty() { "of no stated type" } else { kind.as_str() };
        let detail = format!("the body must be application/json in UTF-8; it is {given}");
        return Err(Problem::unsupported_media_type(detail));
    }
    match text(CONTENT_ENCODING) {
        "" | "identity" => Ok(()),
        other => {
            Err(Problem::unsupported_media_type(format!("the body must not be encoded, and is {other}")))
        }
    }
}

/// At most `most` bytes of a body; what goes beyond is never held.
async fn read(body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| Problem::bad_request("the body ended early").caused_by(&error))?;
        if bytes.len() + part.len() > most {
            return Err(too_large(most));
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

fn too_large(most: usize) -> Problem {
    Problem::payload_too_large(format!("the body is larger than {most} bytes"))
}

/// Fails where the fields that `T` reads, or those that it requires, are not those that the API document shows.
#[cfg(test)]
pub(crate) fn assert_reads_what_is_documented<T: ReadBody + utoipa::PartialSchema>() {
    let mut fields = Fields::of(Map::new(), &jiff::tz::TimeZone::UTC);
    T::read(&mut fields);
    let mut read: Vec<String> = fields.known().iter().map(|&name| name.to_owned()).collect();
    let mut required: Vec<String> = fields.finish().into_iter().map(|problem| problem.field).collect();
    let schema = serde_json::to_value(T::schema()).unwrap();
    let mut documented: Vec<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    let mut documented_required: Vec<String> = serde_json::from_value(schema["required"].clone()).unwrap();
    for names in [&mut read, &mut required, &mut documented, &mut documented_required] {
        names.sort_unstable();
    }
    assert_eq!((read, required), (documented, documented_required));
}
