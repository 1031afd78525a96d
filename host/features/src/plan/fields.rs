//! Where a parameter stands in a request: the names of fields, and short forms that stand for parameters.

use fettle_steps::{Kind, Method, ParamError};
use serde_json::{Map, Value};

use super::NO_METHOD;
use crate::{FieldError, MethodRequest, StepsRequest};

/// A field of the request that stands for a parameter.
pub(super) struct ShortForm<'a> {
    field: &'static str,
    param: &'static str,
    given: Option<&'a Value>,
}

impl<'a> ShortForm<'a> {
    pub(super) fn new(field: &'static str, param: &'static str, given: Option<&'a Value>) -> Self {
        Self { field, param, given }
    }
}

/// What is given for a step that is skipped.
pub(super) fn without_method(
    kind: Kind,
    request: &MethodRequest,
    short_forms: &[ShortForm<'_>],
) -> Vec<FieldError> {
    let reason = format!("means nothing where `{kind}_method` is `{NO_METHOD}`");
    let params = (!request.params.is_empty()).then(|| format!("{kind}_params"));
    let short = short_forms.iter().filter(|form| form.given.is_some()).map(|form| form.field.to_owned());
    params.into_iter().chain(short).map(|field| FieldError::new(field, reason.clone())).collect()
}

/// What is given for normalizing features where there are none.
pub(super) fn for_features(request: &StepsRequest) -> Vec<FieldError> {
    let given = [
        ("normalize_method", request.normalize.method.is_some()),
        ("normalize_params", !request.normalize.params.is_empty()),
        ("feature_range", request.feature_range.is_some()),
    ];
    let message = "normalizes features; with `output` `windows` set `normalize_scope` to `signal`";
    given.iter().filter(|(_, given)| *given).map(|(field, _)| FieldError::new(*field, message)).collect()
}

/// A method that is not loaded.
pub(super) fn unknown_method(kind: Kind, method: &str, known: &[String]) -> FieldError {
    let mut known: Vec<&str> = known.iter().map(String::as_str).collect();
    if kind != Kind::Window {
        known.push(NO_METHOD);
    }
    let message = format!("there is no method `{method}`; there are: {}", known.join(", "));
    FieldError::new(format!("{kind}_method"), message)
}

/// The parameters with what short forms add.
pub(super) fn with_short_forms(
    method: &Method,
    request: &MethodRequest,
    short_forms: &[ShortForm<'_>],
    errors: &mut Vec<FieldError>,
) -> Map<String, Value> {
    let mut params = request.params.clone();
    for ShortForm { field, param, given } in short_forms {
        let Some(value) = given else { continue };
        if method.schema.get("properties").and_then(|all| all.get(param)).is_none() {
            let message = format!("the {} method `{}` has no parameter `{param}`", method.kind, method.name);
            errors.push(FieldError::new(*field, message));
            continue;
        }
        match params.get(*param) {
            Some(other) if other != *value => {
                let message = format!("is {value} here and {other} in `{}_params.{param}`", method.kind);
                errors.push(FieldError::new(*field, message));
            }
            _ => {
                params.insert((*param).to_owned(), (*value).clone());
            }
        }
    }
    params
}

/// What is wrong with a parameter, told by the field that it was given in.
pub(super) fn param_error(kind: Kind, error: &ParamError, short_forms: &[ShortForm<'_>]) -> FieldError {
    let path = error.path.trim_start_matches('/');
    let short = short_forms.iter().find(|form| form.given.is_some() && form.param == path);
    let field = match short {
        Some(form) => form.field.to_owned(),
        None if path.is_empty() => format!("{kind}_params"),
        None => format!("{kind}_params.{}", path.replace('/', ".")),
    };
    FieldError::new(field, &error.message)
}
