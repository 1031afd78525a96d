//! Parameters: a struct of the author's, from which schema, defaults and checks follow.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{ParamError, StepError};

/// The parameters of a method, written as
///
/// ```
/// # use schemars::JsonSchema; use serde::{Deserialize, Serialize};
/// /// (What stands here and on the fields is what clients read.)
/// #[derive(Default, Deserialize, JsonSchema, Serialize)]
/// #[serde(default, deny_unknown_fields)]
/// struct Params {
///     /// Fills the first cells of a longer gap.
///     #[schemars(range(min = 1))]
///     limit: Option<u32>,
/// }
/// ```
///
/// With `#[serde(default)]` every field has a default, which the schema shows; a field without one is required.
/// Numeric ranges are taken from the schema; what a schema cannot say goes into the method's `check`.
pub trait Params: Serialize + DeserializeOwned + JsonSchema {}

impl<T: Serialize + DeserializeOwned + JsonSchema> Params for T {}

/// For methods without parameters.
#[derive(Debug, Default, Clone, Copy, serde::Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoParams {}

/// One thing wrong with the parameters; `path` is a JSON pointer such as `/limit`, or empty for the whole.
pub fn param_error(path: &str, message: impl Into<String>) -> ParamError {
    ParamError { path: path.to_owned(), message: message.into() }
}

/// The JSON Schema (2020-12) of `P`.
pub(crate) fn schema<P: Params>() -> String {
    schemars::schema_for!(P).to_value().to_string()
}

/// The parameters in `json`. Empty text stands for no parameters.
pub(crate) fn parse<P: Params>(json: &str) -> Result<P, StepError> {
    let json = if json.is_empty() { "{}" } else { json };
    serde_json::from_str(json).map_err(|error| invalid(error.to_string()))
}

/// The parameters in `json`, within the bounds of their schema and what `check` adds.
pub(crate) fn parse_checked<P: Params>(
    json: &str,
    check: impl FnOnce(&P) -> Vec<ParamError>,
) -> Result<P, StepError> {
    let params: P = parse(json)?;
    let mut errors = Vec::new();
    let whole = serde_json::to_value(&params).map_err(|error| invalid(error.to_string()))?;
    check_bounds(&whole, schemars::schema_for!(P).as_value(), "", &mut errors);
    if errors.is_empty() {
        errors = check(&params);
    }
    if errors.is_empty() { Ok(params) } else { Err(StepError::InvalidParams(errors)) }
}

/// The parameters as JSON, every default filled in.
pub(crate) fn to_json<P: Params>(params: &P) -> Result<String, StepError> {
    serde_json::to_string(params).map_err(|error| StepError::Failed(error.to_string()))
}

fn invalid(message: String) -> StepError {
    StepError::InvalidParams(vec![param_error("", message)])
}

/// A limit's keyword in a schema, whether a number keeps it, and the words for one that does not.
type Bound = (&'static str, fn(f64, f64) -> bool, &'static str);

const BOUNDS: [Bound; 4] = [
    ("minimum", |value, limit| value >= limit, "at least"),
    ("maximum", |value, limit| value <= limit, "at most"),
    ("exclusiveMinimum", |value, limit| value > limit, "greater than"),
    ("exclusiveMaximum", |value, limit| value < limit, "less than"),
];

/// Numbers against the limits of `schema`, through objects and arrays. Types and names serde has checked already.
fn check_bounds(value: &Value, schema: &Value, path: &str, errors: &mut Vec<ParamError>) {
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            for (keyword, keeps, words) in BOUNDS {
                let Some(limit) = schema.get(keyword).and_then(Value::as_f64) else { continue };
                if !keeps(number, limit) {
                    errors.push(param_error(path, format!("{number} is not {words} {limit}")));
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.get("items") else { return };
            for (index, item) in items.iter().enumerate() {
                check_bounds(item, schema, &format!("{path}/{index}"), errors);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let Some(schema) = schema.get("properties").and_then(|all| all.get(name)) else { continue };
                check_bounds(field, schema, &format!("{path}/{name}"), errors);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
