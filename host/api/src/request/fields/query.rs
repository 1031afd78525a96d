//! Fields of a query, in which all values are texts: objects as JSON, lists by repeating the name.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::{Fields, LONGEST_ECHO};
use crate::excerpt::excerpt;
use crate::request::json;

impl Fields {
    /// The fields of a query: texts, and lists of texts where a name was repeated.
    pub(crate) fn of_query(parameters: Map<String, Value>, local: &TimeZone) -> Self {
        Self { from_query: true, ..Self::of(parameters, local) }
    }

    /// What the texts of a query stand for as JSON; a text itself where it is none, for whoever wants something else to
    /// say so.
    pub(super) fn out_of_text(&self, value: Value) -> Value {
        match value {
            Value::String(text) if self.from_query => json::parse_text(&text).unwrap_or(Value::String(text)),
            Value::Array(items) if self.from_query => {
                items.into_iter().map(|item| self.out_of_text(item)).collect()
            }
            other => other,
        }
    }

    /// The same where JSON alone will do.
    pub(super) fn json(&mut self, name: &str, value: Value) -> Option<Value> {
        match value {
            Value::String(text) if self.from_query => json::parse_text(&text)
                .map_err(|problem| {
                    self.complain(name, format!("must be an object as JSON text, and is {problem}"));
                })
                .ok(),
            other => Some(other),
        }
    }

    /// The items of a list, of which a query may have one. Those that begin with a brace are objects.
    pub(super) fn items(&mut self, name: &str, value: Value) -> Vec<Value> {
        let items = match value {
            Value::Array(items) => items,
            single => vec![single],
        };
        let item = |(place, item): (usize, Value)| match &item {
            Value::String(text) if text.trim_start().starts_with('{') => {
                // A stand-in, short enough that nobody complains of it once more.
                self.json(&format!("{name}[{place}]"), item.clone())
                    .unwrap_or_else(|| Value::String(excerpt(text, LONGEST_ECHO)))
            }
            _ => item,
        };
        items.into_iter().enumerate().map(item).collect()
    }

    /// A time as it was meant: in a query `+` reads as a space, which before an offset can mean nothing else.
    pub(super) fn with_plus(&self, text: String) -> String {
        let is_offset = |time: &str, offset: &str| {
            time.contains(['T', 't', ':', ' ']) && offset.starts_with(|first: char| first.is_ascii_digit())
        };
        match text.rsplit_once(' ') {
            Some((time, offset)) if self.from_query && is_offset(time, offset) => format!("{time}+{offset}"),
            _ => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read<T>(parameters: Value, read: impl FnOnce(&mut Fields) -> T) -> (T, Vec<String>) {
        let Value::Object(parameters) = parameters else { panic!("an object") };
        let mut fields = Fields::of_query(parameters, &TimeZone::UTC);
        let value = read(&mut fields);
        let problems =
            fields.finish().into_iter().map(|problem| format!("{}: {}", problem.field, problem.message));
        (value, problems.collect())
    }

    #[test]
    fn objects_are_json_lists_repeat_their_name_and_values_are_what_they_say() {
        let parameters = json!({
            "size": "100", "word": "mean", "range": ["0", "1.5"], "array": "[0, 1]", "more": "{\"a\": 1}",
            "one": "x", "many": ["x", "{\"a\": [2]}", "3"],
        });
        let (found, problems) = read(parameters, |fields| {
            let values = ["size", "word", "range", "array"].map(|name| fields.optional_value(name).unwrap());
            let lists = ["one", "many"].map(|name| fields.optional_list(name).unwrap());
            (values, Value::Object(fields.optional_object("more")), lists)
        });
        assert_eq!(problems, [""; 0]);
        assert_eq!(found.0, [json!(100), json!("mean"), json!([0, 1.5]), json!([0, 1])]);
        assert_eq!(found.1, json!({"a": 1}));
        assert_eq!(found.2, [vec![json!("x")], vec![json!("x"), json!({"a": [2]}), json!("3")]]);
    }

    #[test]
    fn every_complaint_comes_once() {
        let parameters = json!({
            "name": ["a", "b"], "time": ["2025", "2026"], "more": "{a}", "object": "[1]", "list": ["{", "x"],
            "unknown": ["a", "b"],
        });
        let ((), problems) = read(parameters, |fields| {
            fields.required_name("name");
            fields.required_times("time", "end");
            fields.optional_object("more");
            fields.optional_object("object");
            fields.optional_list("list");
        });
        let expected = [
            "name: stands there twice",
            "time: stands there twice",
            "end: is required",
            "more: must be an object as JSON text, and is not JSON: key must be a string",
            "object: must be an object, not a list",
            "list[0]: must be an object as JSON text, and is not JSON: EOF",
            "unknown: is not a field of this request",
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.starts_with(expected), "{problem}");
        }
    }

    #[test]
    fn a_space_before_an_offset_is_a_plus() {
        let of = |text: &str| {
            let (time, problems) = read(json!({"time": text}), |fields| fields.optional_time("time"));
            time.map(|time| time.instant() / 1_000_000_000).ok_or(problems)
        };
        let midnight = 1_761_955_200;
        assert_eq!(of("2025-11-01T01:00:00 01:00"), Ok(midnight));
        assert_eq!(of("2025-11-01 01:00:00 0100"), Ok(midnight));
        assert_eq!(of("2025-11-01T01:00:00+01:00"), Ok(midnight));
        assert_eq!(of("2025-11-01 00:00:00"), Ok(midnight), "the space before a time is one");
        assert!(of("2025-11-01T00:00:00 x").is_err());
    }
}
