//! What a parameter schema refuses, told by parameter and by what would be right. Values are a client's own, and come
//! back shortened.

use jsonschema::error::{ValidationError, ValidationErrorKind};
use serde_json::Value;

use crate::ParamError;
use crate::told::beginning;

/// An error of `schema` on the parameters `given`: one for each parameter that the schema does not know, else one.
pub(crate) fn described(error: &ValidationError<'_>, schema: &Value, given: &Value) -> Vec<ParamError> {
    let path = error.instance_path().to_string();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            unexpected.iter().map(|name| unknown(&path, name)).collect()
        }
        // A method without any parameter refuses all of them, and does not say which.
        ValidationErrorKind::FalseSchema if path.is_empty() => {
            given.as_object().into_iter().flatten().map(|(name, _)| unknown("", name)).collect()
        }
        ValidationErrorKind::FalseSchema => {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path.as_str()));
            vec![unknown(parent, name)]
        }
        ValidationErrorKind::OneOfNotValid { .. } | ValidationErrorKind::AnyOf { .. } => {
            let choices = choices(schema, &error.schema_path().to_string());
            let message = match choices.as_slice() {
                [] => error.masked_with(shown(error.instance())).to_string(),
                choices => format!("{} is not one of {}", shown(error.instance()), choices.join(", ")),
            };
            vec![ParamError { path, message }]
        }
        ValidationErrorKind::Required { property: Value::String(name) } => {
            vec![ParamError { path: format!("{path}/{name}"), message: "is required".to_owned() }]
        }
        _ => vec![ParamError { path, message: error.masked_with(shown(error.instance())).to_string() }],
    }
}

/// A value as JSON, as much of it as fits in a line.
fn shown(value: &Value) -> String {
    const MOST: usize = 80;
    beginning(&value.to_string(), MOST)
}

fn unknown(parent: &str, name: &str) -> ParamError {
    ParamError { path: format!("{parent}/{name}"), message: "the method has no such parameter".to_owned() }
}

/// The values that the alternatives at `path` of a schema allow, where each allows certain values alone.
fn choices(schema: &Value, path: &str) -> Vec<String> {
    let alternatives = schema.pointer(path).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut choices = Vec::new();
    for alternative in alternatives {
        match (alternative.get("const"), alternative.get("enum").and_then(Value::as_array)) {
            (Some(value), _) => choices.push(value.to_string()),
            (None, Some(values)) => choices.extend(values.iter().map(Value::to_string)),
            (None, None) => return Vec::new(),
        }
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(schema: &Value, given: &Value) -> Vec<(String, String)> {
        let validator = crate::schema::validator(schema).unwrap();
        let errors = validator.iter_errors(given).flat_map(|error| described(&error, schema, given));
        errors.map(|error| (error.path, error.message)).collect()
    }

    #[test]
    fn unknown_parameters_are_named() {
        let unknown = |path: &str| (path.to_owned(), "the method has no such parameter".to_owned());
        let none = json!({"type": "object", "additionalProperties": false});
        assert_eq!(refused(&none, &json!({"clip": 1})), [unknown("/clip")]);
        let one = json!({"properties": {"limit": {}}, "additionalProperties": false});
        assert_eq!(
            refused(&one, &json!({"limt": 1, "mx": 2, "limit": 3})),
            [unknown("/limt"), unknown("/mx")]
        );
    }

    #[test]
    fn a_missing_parameter_is_named() {
        let schema = json!({"required": ["level"], "properties": {"level": {"type": "number"}}});
        assert_eq!(refused(&schema, &json!({})), [("/level".to_owned(), "is required".to_owned())]);
    }

    #[test]
    fn long_values_come_back_shortened() {
        let schema = json!({"properties": {"level": {"type": "number"}, "names": {"uniqueItems": true}}});
        let given = json!({"level": "x".repeat(10_000), "names": vec!["y"; 10_000]});
        let refused = refused(&schema, &given);
        let paths: Vec<&str> = refused.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["/level", "/names"]);
        for (_, message) in &refused {
            assert!(message.len() < 200 && message.contains('…'), "{message}");
        }
    }

    #[test]
    fn the_choices_are_listed() {
        let schema = json!({
            "properties": {"names": {"type": "array", "items": {"$ref": "#/$defs/Name"}}},
            "$defs": {"Name": {"oneOf": [{"const": "mean"}, {"enum": ["min", "max"]}]}}
        });
        let wanted = (String::from("/names/1"), String::from(r#""men" is not one of "mean", "min", "max""#));
        assert_eq!(refused(&schema, &json!({"names": ["mean", "men"]})), [wanted]);
    }
}
