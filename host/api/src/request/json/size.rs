//! How much a JSON text holds, found out before any of it is kept.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::not_json;
use crate::problem::Problem;

/// Deeper bodies are not needed by any operation, and each level costs stack.
const DEEPEST: usize = 32;

/// How many values a list counts as, beside its items: it has room for four as soon as it has one.
const LIST: usize = 4;

/// How many values an object counts as, beside its members: it has room for eleven as soon as it has one.
const OBJECT: usize = 20;

/// How many values a key counts as.
const KEY: usize = 2;

/// Refuses a text that is too deep or holds more than `most` values, and whatever else is no JSON on the way.
///
/// A parsed value takes up to a hundred times the bytes that it was written in, so that a body within its limit could
/// still take gigabytes.
pub(super) fn check_size(text: &str, most: usize) -> Result<(), Problem> {
    let values_left = Cell::new(most);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Counting { levels_left: DEEPEST, values_left: &values_left };
    value.deserialize(&mut deserializer).map_err(|error| match values_left.get() {
        0 => Problem::payload_too_large(format!(
            "the body holds more than {most} values (a list counts as {LIST}, an object as {OBJECT}, a key as \
             {KEY})"
        )),
        _ => not_json(&error),
    })
}

/// Passes over a value that may still be so many levels deep, and hold so many others.
#[derive(Clone, Copy)]
struct Counting<'b> {
    levels_left: usize,
    values_left: &'b Cell<usize>,
}

impl Counting<'_> {
    /// One level deeper, in something that counts as so many values.
    fn inside<E: de::Error>(self, values: usize) -> Result<Self, E> {
        self.count(values)?;
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Self { levels_left, ..self }),
            None => Err(E::custom(format_args!("more than {DEEPEST} levels deep"))),
        }
    }

    fn count<E: de::Error>(self, values: usize) -> Result<(), E> {
        self.values_left.set(self.values_left.get().saturating_sub(values));
        if self.values_left.get() == 0 { Err(E::custom("too many values")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Counting<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.count(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counting<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inside = self.inside(LIST)?;
        while items.next_element_seed(inside)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let inside = self.inside(OBJECT)?;
        while entries.next_key::<IgnoredAny>()?.is_some() {
            self.count(KEY)?;
            entries.next_value_seed(inside)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;
    use crate::request::MOST_VALUES;

    fn too_large(text: &str) -> bool {
        match check_size(text, MOST_VALUES) {
            Ok(()) => false,
            Err(problem) => problem.code() == Code::PayloadTooLarge,
        }
    }

    #[test]
    fn values_are_counted() {
        let numbers = |values: usize| format!("[{}1]", "1,".repeat(values - 1));
        assert!(!too_large(&numbers(MOST_VALUES - 2 - LIST)));
        assert!(too_large(&numbers(MOST_VALUES)));
        assert!(
            !too_large(&format!("[\"{}\"]", ",[{:".repeat(MOST_VALUES))),
            "what stands in a text is no value"
        );
    }

    #[test]
    fn lists_and_objects_count_as_what_they_take() {
        let list = |item: &str, items: usize| format!("[{}0]", format!("{item},").repeat(items));
        assert!(!too_large(&list("[]", 40_000)));
        assert!(too_large(&list("[]", 60_000)));
        assert!(!too_large(&list(r#"{"a":1}"#, 10_000)));
        assert!(too_large(&list(r#"{"a":1}"#, 12_000)));
    }
}
