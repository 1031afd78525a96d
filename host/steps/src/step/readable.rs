//! JSON that is looked through and not kept: of a text of a megabyte, a tree would take a hundred.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// What can be read, numbers and depth included. `serde::de::IgnoredAny` passes over both.
pub(super) struct Readable;

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look)
    }
}

struct Look;

impl<'de> Visitor<'de> for Look {
    type Value = Readable;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_str<E>(self, _: &str) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Readable, A::Error> {
        while items.next_element::<Readable>()?.is_some() {}
        Ok(Readable)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Readable, A::Error> {
        while members.next_entry::<Readable, Readable>()?.is_some() {}
        Ok(Readable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_and_refuses_what_a_tree_would() {
        let deep = ["[".repeat(200), "]".repeat(200)].concat();
        let texts = [
            r#"{"a": [1, -2, 3.5, null, true, "x\n"], "": {}}"#,
            "18446744073709551615",
            "1e999",
            &deep,
            "[1,]",
            r#"{"a": 1"#,
            "1 2",
            "",
        ];
        for text in texts {
            let tree = serde_json::from_str::<serde_json::Value>(text).map(drop);
            let looked = serde_json::from_str::<Readable>(text).map(drop);
            let told = |result: serde_json::Result<()>| result.map_err(|error| error.to_string());
            assert_eq!(told(looked), told(tree), "{text}");
        }
    }
}
