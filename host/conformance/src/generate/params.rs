//! Parameters that a schema allows, and some that it does not.

use serde_json::{Value, json};

use super::Random;
use crate::case::Params;

/// Combinations of several parameters that are tried beside each value alone.
const COMBINATIONS: usize = 12;

/// Parameters that the schema seems to allow: none, each interesting value of each parameter alone, and combinations.
/// What it allows in the end is for the host to say.
pub(crate) fn allowed(schema: &Value, columns: &[String], random: &mut Random) -> Vec<Params> {
    let choices: Vec<(String, Vec<Value>)> = properties(schema)
        .map(|(name, property)| (name.clone(), interesting(schema, property, columns, random)))
        .filter(|(_, values)| !values.is_empty())
        .collect();
    let base = base(schema, &choices);
    let mut all = vec![base.clone()];
    for (name, values) in &choices {
        for value in values {
            let mut params = base.clone();
            params.insert(name.clone(), value.clone());
            all.push(params);
        }
    }
    for _ in 0..if choices.len() > 1 { COMBINATIONS } else { 0 } {
        let mut params = base.clone();
        for (name, values) in &choices {
            if random.chance(0.6) {
                params.insert(name.clone(), values[random.below(values.len())].clone());
            }
        }
        all.push(params);
    }
    all
}

/// Parameters that the schema must not let through, made of allowed ones, each with what is wrong with it.
pub(crate) fn outside(schema: &Value, allowed: &Params) -> Vec<(Params, String)> {
    let mut all = Vec::new();
    let mut add = |name: &str, value: Value, wrong: String| {
        let mut params = allowed.clone();
        params.insert(name.to_owned(), value);
        all.push((params, wrong));
    };
    let unknown = "no_such_parameter";
    add(unknown, json!(1), format!("the schema knows no `{unknown}`"));
    for (name, property) in properties(schema) {
        let types = types(schema, property);
        if !types.is_empty() && !types.contains(&"object") {
            add(name, json!({"a": 1}), format!("`{name}` is no object"));
        }
        if !types.is_empty() && !types.contains(&"string") {
            add(name, json!("text"), format!("`{name}` is no text"));
        }
        for (keyword, step) in [("minimum", -1.0), ("maximum", 1.0)] {
            if let Some(limit) = property.get(keyword).and_then(Value::as_f64) {
                add(name, json!(limit + step), format!("`{name}` has the {keyword} {limit}"));
            }
        }
        for keyword in ["exclusiveMinimum", "exclusiveMaximum"] {
            if let Some(limit) = property.get(keyword) {
                add(name, limit.clone(), format!("`{name}` has the {keyword} {limit}"));
            }
        }
    }
    all
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

/// A value for each required parameter.
fn base(schema: &Value, choices: &[(String, Vec<Value>)]) -> Params {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    required
        .filter_map(Value::as_str)
        .filter_map(|name| choices.iter().find(|(other, _)| other == name))
        .filter_map(|(name, values)| Some((name.clone(), values.first()?.clone())))
        .collect()
}

/// Values worth trying of what `part` of the schema describes; the first one is an ordinary one.
fn interesting(schema: &Value, part: &Value, columns: &[String], random: &mut Random) -> Vec<Value> {
    let part = resolved(schema, part);
    let mut values: Vec<Value> =
        part.get("default").filter(|value| !value.is_null()).cloned().into_iter().collect();
    values.extend(part.get("const").cloned());
    values.extend(part.get("enum").and_then(Value::as_array).into_iter().flatten().cloned());
    for keyword in ["anyOf", "oneOf", "allOf"] {
        for alternative in part.get(keyword).and_then(Value::as_array).into_iter().flatten() {
            values.extend(interesting(schema, alternative, columns, random));
        }
    }
    let listed = part.get("enum").is_some() || part.get("const").is_some();
    for kind in own_types(part) {
        match kind {
            "boolean" => values.extend([json!(false), json!(true)]),
            "integer" => values.extend(numbers(part, &[1.0, 2.0, 3.0, 5.0, 10.0, 0.0, 50.0])),
            "number" => values.extend(numbers(part, &[1.0, 0.5, 2.0, 3.5, 0.1, 0.0, 10.0, -1.0])),
            "string" if !listed => values.extend(columns.iter().take(2).map(|name| json!(name))),
            "array" => values.extend(arrays(schema, part, columns, random)),
            _ => {}
        }
    }
    let mut unique: Vec<Value> = Vec::new();
    for value in values {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    unique
}

/// The limits of a number and those of `usual` that lie within; whole ones where the schema wants an integer.
fn numbers(part: &Value, usual: &[f64]) -> Vec<Value> {
    let limit = |keyword| part.get(keyword).and_then(Value::as_f64);
    let within = |value: f64| {
        limit("minimum").is_none_or(|limit| value >= limit)
            && limit("maximum").is_none_or(|limit| value <= limit)
            && limit("exclusiveMinimum").is_none_or(|limit| value > limit)
            && limit("exclusiveMaximum").is_none_or(|limit| value < limit)
    };
    let whole = own_types(part).contains(&"integer");
    let mut found: Vec<f64> = usual.iter().copied().filter(|&value| within(value)).collect();
    found.extend([limit("minimum"), limit("maximum")].into_iter().flatten());
    if let (Some(low), Some(high)) =
        (limit("minimum").or(limit("exclusiveMinimum")), limit("maximum").or(limit("exclusiveMaximum")))
    {
        found.push(f64::midpoint(low, high));
    }
    found
        .into_iter()
        .filter(|&value| within(value) && (!whole || value.fract() == 0.0))
        .map(|value| if whole { json!(value as i64) } else { json!(value) })
        .collect()
}

/// All values of an item at once, none, and a few.
fn arrays(schema: &Value, part: &Value, columns: &[String], random: &mut Random) -> Vec<Value> {
    let Some(items) = part.get("items") else { return vec![json!([])] };
    let items = interesting(schema, items, columns, random);
    let mut arrays = vec![Value::Array(items.clone())];
    if !items.is_empty() {
        for _ in 0..3 {
            arrays.push(json!([items[random.below(items.len())]]));
        }
        arrays.push(Value::Array(items.iter().filter(|_| random.chance(0.5)).cloned().collect()));
    }
    arrays.push(json!([]));
    arrays
}

/// The JSON types that a parameter may have, those of alternatives among them; empty where the schema does not say.
fn types<'a>(schema: &'a Value, part: &'a Value) -> Vec<&'a str> {
    let part = resolved(schema, part);
    let mut types = own_types(part);
    if part.get("enum").is_some() || part.get("const").is_some() {
        let values =
            part.get("enum").and_then(Value::as_array).into_iter().flatten().chain(part.get("const"));
        types.extend(values.map(|value| if value.is_string() { "string" } else { "other" }));
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        for alternative in part.get(keyword).and_then(Value::as_array).into_iter().flatten() {
            types.extend(self::types(schema, alternative));
        }
    }
    types
}

fn own_types(part: &Value) -> Vec<&str> {
    match part.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What a reference within the schema points to.
fn resolved<'a>(schema: &'a Value, part: &'a Value) -> &'a Value {
    let reference = part.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
    reference.and_then(|pointer| schema.pointer(pointer)).unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 2},
                "overlap": {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0.5},
                "action": {"$ref": "#/$defs/Action"},
                "names": {"type": "array", "items": {"oneOf": [{"const": "mean"}, {"const": "max"}]}},
                "column": {"type": ["string", "null"]}
            },
            "$defs": {"Action": {"enum": ["clip", "drop"]}}
        })
    }

    #[test]
    fn allowed_ones_try_every_choice_within_its_limits() {
        let all = allowed(&schema(), &["current".to_owned()], &mut Random::new(1, "test"));
        let tried = |name: &str, value: Value| all.iter().any(|params| params.get(name) == Some(&value));
        assert!(all.iter().all(|params| params["size"].as_i64().is_some_and(|size| size >= 2)));
        assert!(tried("action", json!("clip")) && tried("action", json!("drop")));
        assert!(tried("overlap", json!(0.0)) && !tried("overlap", json!(1.0)));
        assert!(tried("names", json!(["mean", "max"])) && tried("column", json!("current")));
    }

    #[test]
    fn outside_ones_are_each_wrong_in_one_way() {
        let base = serde_json::from_value(json!({"size": 5})).unwrap();
        let wrong: Vec<String> = outside(&schema(), &base).into_iter().map(|(_, wrong)| wrong).collect();
        for expected in [
            "the schema knows no `no_such_parameter`",
            "`size` has the minimum 2",
            "`overlap` has the exclusiveMaximum 1",
            "`size` is no text",
            "`action` is no object",
        ] {
            assert!(wrong.iter().any(|wrong| wrong == expected), "{expected}: {wrong:?}");
        }
        assert!(!wrong.iter().any(|wrong| wrong == "`column` is no text"));
    }
}
