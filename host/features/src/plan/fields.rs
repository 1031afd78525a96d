//! Where a parameter stands in a request: the names of fields, and short forms that stand for parameters.

use fettle_steps::{Kind, Method, ParamError};
use serde_json::{Map, Value};

use super::NO_METHOD;
use crate::defaults::StepsInEffect;
use crate::request::Slot;
use crate::{FieldError, StepsRequest};

/// What is given for a step that is skipped.
pub(super) fn without_method(slot: &Slot, asked: &StepsInEffect) -> Vec<FieldError> {
    let method = asked.origin.name(&slot.method_field());
    let reason = format!("means nothing where `{method}` is `{NO_METHOD}`");
    let params = (!slot.of(&asked.steps).params.is_empty()).then(|| slot.params_field());
    let short = slot.short_forms.iter().filter(|form| form.of(&asked.steps).is_some());
    let short = short.map(|form| form.field.to_owned());
    params.into_iter().chain(short).map(|field| FieldError::new(field, reason.clone())).collect()
}

/// What a request itself gives for normalizing features where there are none; defaults of its model are then meant for
/// others.
pub(super) fn for_features(asked: &StepsInEffect) -> Vec<FieldError> {
    let StepsInEffect { steps: StepsRequest { normalize, feature_range, .. }, origin } = asked;
    let own_params = normalize.params.keys().any(|name| !origin.has(&format!("normalize_params.{name}")));
    let given = [
        ("normalize_method", normalize.method.is_some() && !origin.has("normalize_method")),
        ("normalize_params", own_params),
        ("feature_range", feature_range.is_some() && !origin.has("feature_range")),
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
    slot: &Slot,
    asked: &StepsInEffect,
    errors: &mut Vec<FieldError>,
) -> Map<String, Value> {
    let mut params = slot.of(&asked.steps).params.clone();
    for form in slot.short_forms {
        let (Some(value), param) = (form.of(&asked.steps), form.param) else { continue };
        if method.schema.get("properties").and_then(|all| all.get(param)).is_none() {
            let whose = asked.origin.suffix(&slot.method_field());
            let message =
                format!("the {} method `{}`{whose} has no parameter `{param}`", method.kind, method.name);
            errors.push(FieldError::new(form.field, message));
            continue;
        }
        match params.get(param) {
            Some(other) if other != value => {
                let message = format!("is {value} here and {other} in `{}.{param}`", slot.params_field());
                errors.push(FieldError::new(form.field, message));
            }
            _ => {
                params.insert(param.to_owned(), value.clone());
            }
        }
    }
    params
}

/// What is wrong with a parameter, told by the field that it was given in.
pub(super) fn param_error(slot: &Slot, asked: &StepsRequest, error: &ParamError) -> FieldError {
    let path = error.path.trim_start_matches('/');
    let short = slot.short_forms.iter().find(|form| form.param == path && form.of(asked).is_some());
    let field = match short {
        Some(form) => form.field.to_owned(),
        None if path.is_empty() => slot.params_field(),
        None => format!("{}.{}", slot.params_field(), path.replace('/', ".")),
    };
    FieldError::new(field, &error.message)
}
