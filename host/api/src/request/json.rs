//! JSON, taken strictly: what two parsers could read differently is refused.

mod size;

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use self::size::check_size;
use super::MOST_VALUES;
use crate::excerpt::excerpt;
use crate::problem::Problem;

/// Longest part of a key in a complaint about it, in characters.
const LONGEST_ECHO: usize = 80;

/// The one JSON value in `bytes`; otherwise what is wrong and where.
///
/// Refused, beyond what is no JSON (NaN and Infinity among it): a key twice in one object, more than 32 levels, a
/// number that f64 cannot hold, text that is no UTF-8, anything after the value; and a text of more than `most_values`.
pub(super) fn parse(bytes: &[u8], most_values: usize) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::bad_request(format!("not UTF-8: byte {} does not belong there", error.valid_up_to()))
    })?;
    check_size(text, most_values)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict.deserialize(&mut deserializer);
    value.and_then(|value| deserializer.end().map(|()| value)).map_err(|error| not_json(&error))
}

/// The one JSON value in a text that is a part of a request; otherwise what is wrong with it.
pub(super) fn parse_text(text: &str) -> Result<Value, String> {
    parse(text.as_bytes(), MOST_VALUES).map_err(|problem| problem.detail().to_owned())
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::bad_request(format!("not JSON: {error}"))
}

/// Reads a value.
#[derive(Clone, Copy)]
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                let key = excerpt(&key, LONGEST_ECHO);
                return Err(de::Error::custom(format_args!("the key {key:?} stands twice in one object")));
            }
            let value = entries.next_value_seed(self)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::problem::Code;

    fn complaint(text: &[u8]) -> String {
        let problem = parse(text, MOST_VALUES).unwrap_err();
        assert_eq!(problem.code(), Code::BadRequest);
        format!("{problem:?}")
    }

    #[test]
    fn ordinary_json_is_read_as_it_stands() {
        let text = r#"{"a": [1, -2, 0.5, "x", null, true], "b": {}}"#;
        assert_eq!(
            parse(text.as_bytes(), MOST_VALUES).unwrap(),
            json!({"a": [1, -2, 0.5, "x", null, true], "b": {}})
        );
    }

    #[test]
    fn what_parsers_disagree_on_is_refused_with_its_place() {
        for (text, complaint) in [
            (r#"{"a": 1, "a": 2}"#, "stands twice in one object at line 1"),
            (r#"{"a": {"b": 1, "b": 1}}"#, "stands twice"),
            (r#"{"a": NaN}"#, "expected value"),
            (r#"{"a": -Infinity}"#, "invalid number"),
            (r#"{"a": 1e400}"#, "number out of range"),
            (r#"{"a": 1} x"#, "trailing characters"),
            (r#"{"a": 01}"#, "invalid number"),
            (r#"{'a': 1}"#, "key must be a string"),
            ("", "EOF while parsing"),
        ] {
            let error = self::complaint(text.as_bytes());
            assert!(error.contains(complaint), "{text}: {error}");
        }
        assert!(complaint(b"{\"a\": \"\xff\"}").contains("not UTF-8: byte 7"));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(nested(32).as_bytes(), MOST_VALUES).is_ok());
        assert!(complaint(nested(33).as_bytes()).contains("more than 32 levels"));
        assert!(complaint("[".repeat(1_000_000).as_bytes()).contains("more than 32 levels"));
    }
}
