//! The body of a request, as a handler's argument.

use std::time::Duration;

use axum::body::BodyDataStream;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use futures::StreamExt;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::json;
use crate::ApiState;
use crate::excerpt::excerpt;
use crate::problem::{FieldProblem, Problem};

/// Longest part of a header in a complaint about it, in characters.
const LONGEST_ECHO: usize = 80;

/// Larger bodies take more than a millisecond or two to parse.
const BYTES_PARSED_INLINE: usize = 128 << 10;

/// A body whose length nobody has told is gathered in pieces of so many bytes. A vector that doubles would hold it,
/// while it grows, three times.
const PIECE_BYTES: usize = 1 << 20;

/// Of a body that is too large, so much more is read and thrown away before the answer. A connection that is closed
/// while bytes are unread is reset, and most clients that are still sending then report the reset and never see the
/// answer.
const MOST_DISCARDED: usize = 64 << 20;

/// How long that may take.
const DISCARD_TIME: Duration = Duration::from_secs(10);

/// Values that most bodies may hold. A value takes 32 bytes, so that it is some ten megabytes at most.
pub(crate) const MOST_VALUES: usize = 250_000;

/// Values that a body may hold in which rows are sent along: 160,000 rows of five signals, whose text is about as much
/// as a body may have unless an operator allows more.
pub(crate) const MOST_VALUES_WITH_ROWS: usize = 1_000_000;

/// A request that is read from the fields of its body, or of its query.
pub(crate) trait ReadFields {
    /// Takes its fields. What is missing or wrong notes itself in `fields`.
    fn read(fields: &mut Fields) -> Self;
}

/// A checked request: every field that it has is known and of its type.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub T);

/// A JSON object of at most so many values, whose fields nobody has looked at yet.
#[derive(Debug)]
pub(crate) struct ObjectBody<const MOST: usize>(pub Map<String, Value>);

impl<T: ReadFields> FromRequest<ApiState> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        let ObjectBody::<MOST_VALUES>(object) = ObjectBody::from_request(request, state).await?;
        let mut fields = Fields::of(object, &state.settings().time_zone);
        let value = T::read(&mut fields);
        let problems = fields.finish();
        if problems.is_empty() { Ok(Self(value)) } else { Err(Problem::invalid_parameter(problems)) }
    }
}

impl<const MOST: usize> FromRequest<ApiState> for ObjectBody<MOST> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        expect_json(request.headers())?;
        let most = state.settings().max_body_bytes;
        let declared =
            request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let waits = request.headers().contains_key(EXPECT);
        let mut body = request.into_body().into_data_stream();
        if let Some(declared) = declared.filter(|declared: &usize| *declared > most) {
            // Who waits to be asked for the body has sent none of it.
            if !waits && declared - most <= MOST_DISCARDED {
                discard(&mut body).await;
            }
            return Err(too_large(most));
        }
        let bytes = read(&mut body, declared, most).await?;
        match parse(bytes, MOST).await? {
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
        let given =
            if kind.is_empty() { "of no stated type".to_owned() } else { excerpt(&kind, LONGEST_ECHO) };
        let detail = format!("the body must be application/json in UTF-8; it is {given}");
        return Err(Problem::unsupported_media_type(detail));
    }
    match text(CONTENT_ENCODING) {
        "" | "identity" => Ok(()),
        other => {
            let coding = excerpt(other, LONGEST_ECHO);
            Err(Problem::unsupported_media_type(format!("the body must not be encoded, and is {coding}")))
        }
    }
}

/// The bytes of a body, `declared` of them where that is known, and at most `most`: what goes beyond is never held.
async fn read(body: &mut BodyDataStream, declared: Option<usize>, most: usize) -> Result<Vec<u8>, Problem> {
    let (mut pieces, mut total) = (vec![Vec::with_capacity(declared.unwrap_or(PIECE_BYTES))], 0);
    while let Some(part) = body.next().await {
        let part = part.map_err(|error| Problem::bad_request("the body ended early").caused_by(&error))?;
        total += part.len();
        if total > most {
            drop(pieces);
            discard(body).await;
            return Err(too_large(most));
        }
        append(&mut pieces, &part);
    }
    Ok(joined(pieces, total))
}

/// Fills the last piece and begins others where it is full.
fn append(pieces: &mut Vec<Vec<u8>>, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match pieces.last_mut().filter(|last| last.len() < last.capacity()) {
            Some(last) => {
                let (fits, rest) = bytes.split_at(bytes.len().min(last.capacity() - last.len()));
                last.extend_from_slice(fits);
                bytes = rest;
            }
            None => pieces.push(Vec::with_capacity(PIECE_BYTES)),
        }
    }
}

/// One after the other, each let go when it has been copied.
fn joined(mut pieces: Vec<Vec<u8>>, total: usize) -> Vec<u8> {
    if let [only] = pieces.as_mut_slice() {
        return std::mem::take(only);
    }
    let mut bytes = Vec::with_capacity(total);
    for piece in pieces {
        bytes.extend_from_slice(&piece);
    }
    bytes
}

/// Large bodies are parsed off the async threads.
async fn parse(bytes: Vec<u8>, most_values: usize) -> Result<Value, Problem> {
    if bytes.len() <= BYTES_PARSED_INLINE {
        return json::parse(&bytes, most_values);
    }
    let parsing = tokio::task::spawn_blocking(move || json::parse(&bytes, most_values));
    parsing.await.map_err(|error| Problem::internal(&error))?
}

/// Reads on and keeps nothing, until the end or as far as is reasonable.
pub(crate) async fn discard(body: &mut BodyDataStream) {
    let reading = async {
        let mut discarded = 0;
        while let Some(Ok(part)) = body.next().await {
            discarded += part.len();
            if discarded > MOST_DISCARDED {
                break;
            }
        }
    };
    // Whether the client came to its end or not, it gets its answer now.
    let _ = tokio::time::timeout(DISCARD_TIME, reading).await;
}

fn too_large(most: usize) -> Problem {
    Problem::payload_too_large(format!("the body is larger than {most} bytes"))
}

/// Fails where the fields that `T` reads, or those that it requires, are not those that the API document shows. What is
/// required only where something else is left out stands in `conditionally` and is not documented as required.
#[cfg(test)]
pub(crate) fn assert_reads_what_is_documented<T: ReadFields + utoipa::PartialSchema>(conditionally: &[&str]) {
    let mut fields = Fields::of(Map::new(), &jiff::tz::TimeZone::UTC);
    T::read(&mut fields);
    let mut read: Vec<String> = fields.known().iter().map(|&name| name.to_owned()).collect();
    let mut required: Vec<String> = fields.finish().into_iter().map(|problem| problem.field).collect();
    required.retain(|field| !conditionally.contains(&field.as_str()));
    let document: Value = serde_json::from_str(&crate::openapi_json()).unwrap();
    let (mut documented, mut documented_required) = (Vec::new(), Vec::new());
    let mut schemas = vec![serde_json::to_value(T::schema()).unwrap()];
    while let Some(schema) = schemas.pop() {
        if let Some(name) = schema["$ref"].as_str() {
            schemas.push(document.pointer(name.trim_start_matches('#')).unwrap().clone());
        }
        schemas.extend(schema["allOf"].as_array().into_iter().flatten().cloned());
        documented
            .extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        let names = schema["required"].as_array().into_iter().flatten();
        documented_required.extend(names.map(|name| name.as_str().unwrap().to_owned()));
    }
    for names in [&mut read, &mut required, &mut documented, &mut documented_required] {
        names.sort_unstable();
        names.dedup();
    }
    assert_eq!((read, required), (documented, documented_required));
}
