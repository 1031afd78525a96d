//! JSON, taken strictly: what two parsers could read differently is refused.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::Problem;

/// Deeper bodies are not needed by any operation, and each level costs stack.
const DEEPEST: usize = 32;

/// A parsed value takes up to a hundred times the bytes that it was written in, so that a body within its limit could
/// still take gigabytes. With this many values it takes some thirty megabytes at most.
const MOST_VALUES: usize = 250_000;

/// The one JSON value in `bytes`; otherwise what is wrong and where.
///
/// Refused, beyond what is no JSON (NaN and Infinity among it): a key twice in one object, more than 32 levels, a
/// number that f64 cannot hold, text that is no UTF-8, anything after the value.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::bad_request(format!("not UTF-8: byte {} does not belong there", error.valid_up_to()))
    })?;
    let values_left = Cell::new(MOST_VALUES);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict { levels_left: DEEPEST, values_left: &values_left }.deserialize(&mut deserializer);
    value.and_then(|value| deserializer.end().map(|()| value)).map_err(|error| match values_left.get() {
        0 => Problem::payload_too_large(format!("the body holds more than {MOST_VALUES} values")),
        _ => Problem::bad_request(format!("not JSON: {error}")),
    })
}

/// Reads a value that may still be so many levels deep, and hold so many others.
#[derive(Clone, Copy)]
struct Strict<'b> {
    levels_left: usize,
    values_left: &'b Cell<usize>,
}

impl Strict<'_> {
    fn inside<E: de::Error>(self) -> Result<Self, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Self { levels_left, ..self }),
            None => Err(E::custom(format_args!("more than {DEEPEST} levels deep"))),
        }
    }

    fn count<E: de::Error>(self) -> Result<(), E> {
        self.values_left.set(self.values_left.get().saturating_sub(1));
        if self.values_left.get() == 0 { Err(E::custom("too many values")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
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
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(de::Error::custom(format_args!("the key {key:?} stands twice in one object")));
            }
            let value = entries.next_value_seed(inside)?;
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
        let problem = parse(text).unwrap_err();
        assert_eq!(problem.code(), Code::BadRequest);
        format!("{problem:?}")
    }

    #[test]
    fn ordinary_json_is_read_as_it_stands() {
        let text = r#"{"a": [1, -2, 0.5, "x", null, true], "b": {}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap(), json!({"a": [1, -2, 0.5, "x", null, true], "b": {}}));
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
        assert!(parse(nested(32).as_bytes()).is_ok());
        assert!(complaint(nested(33).as_bytes()).contains("more than 32 levels"));
        assert!(complaint("[".repeat(1_000_000).as_bytes()).contains("more than 32 levels"));
    }

    #[test]
    fn values_are_counted() {
        let list = |values: usize| format!("[{}1]", "1,".repeat(values - 1));
        assert!(parse(list(MOST_VALUES - 2).as_bytes()).is_ok());
        assert_eq!(parse(list(MOST_VALUES).as_bytes()).unwrap_err().code(), Code::PayloadTooLarge);
    }
}
