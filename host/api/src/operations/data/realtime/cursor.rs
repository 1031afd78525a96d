//! Where a page begins, as a text that only this operation understands.

use fettle_realtime::Start;
use fettle_series::RowPlace;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Which query a cursor is of: a part of the digest of its model and its filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QueryId([u8; 8]);

/// A place in the rows of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The query.
    pub(super) query: QueryId,
    /// Number of the page that begins there.
    pub(super) page: u32,
    /// Where it begins.
    pub(super) start: Start,
}

impl QueryId {
    /// That of the query of these `filters`, as they were written; in which order does not matter.
    pub(super) fn of(model_code: &str, filters: &Map<String, Value>) -> Self {
        let mut digest = Sha256::new();
        digest.update(model_code);
        add_object(&mut digest, filters);
        let digest = digest.finalize();
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        Self(id)
    }
}

impl Cursor {
    /// As `next_cursor`.
    pub(super) fn text(&self) -> String {
        let Self { query: QueryId(query), page, start: Start { behind, skip } } = self;
        let place =
            behind.as_ref().map_or_else(String::new, |RowPlace { time, device }| format!("{time}/{device}"));
        hex::encode(format!("{}/{page}/{skip}/{place}", hex::encode(query)))
    }

    /// What `text` says, if it is a cursor at all.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(hex::decode(text).ok()?).ok()?;
        let mut parts = text.splitn(4, '/');
        let mut query = [0; 8];
        hex::decode_to_slice(parts.next()?, &mut query).ok()?;
        let page = parts.next()?.parse().ok().filter(|page| *page > 0)?;
        let skip = parts.next()?.parse().ok()?;
        let behind = match parts.next()? {
            "" => None,
            place => {
                let (time, device) = place.split_once('/')?;
                Some(RowPlace { time: time.parse().ok()?, device: device.to_owned() })
            }
        };
        Some(Self { query: QueryId(query), page, start: Start { behind, skip } })
    }
}

/// Adds an object to a digest, its members by name.
fn add_object(digest: &mut Sha256, object: &Map<String, Value>) {
    let mut members: Vec<_> = object.iter().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    digest.update(b"{");
    for (name, value) in members {
        digest.update(Value::from(name.as_str()).to_string());
        match value {
            Value::Object(object) => add_object(digest, object),
            other => digest.update(other.to_string()),
        }
    }
    digest.update(b"}");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(model_code: &str, filters: Value) -> QueryId {
        let Value::Object(filters) = filters else { panic!("an object") };
        QueryId::of(model_code, &filters)
    }

    #[test]
    fn a_cursor_reads_back_as_it_was() {
        let query = id("welding", json!({"current": {"gte": 180}}));
        for behind in [None, Some(RowPlace { time: -7, device: "WLD/001".to_owned() })] {
            let cursor = Cursor { query, page: 3, start: Start { behind, skip: 40 } };
            assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        }
    }

    #[test]
    fn what_nobody_was_given_is_no_cursor() {
        let plain = |text: &str| hex::encode(text);
        for text in [
            "",
            "x",
            "7a",
            &plain("0102030405060708/1/0"),
            &plain("0102030405060708/0/0/"),
            &plain("01/1/0/"),
        ] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
        assert!(Cursor::parse(&plain("0102030405060708/1/0/")).is_some());
    }

    #[test]
    fn another_model_or_filter_is_another_query_and_another_order_is_not() {
        let one = id("m", json!({"a": {"gt": 1, "lt": 2}, "b": null}));
        assert_eq!(one, id("m", json!({"b": null, "a": {"lt": 2, "gt": 1}})));
        for other in [
            id("n", json!({"a": {"gt": 1, "lt": 2}, "b": null})),
            id("m", json!({"a": {"gt": 1, "lt": 3}, "b": null})),
            id("m", json!({"a": {"gt": 1, "lt": 2}})),
            id("m", json!({})),
        ] {
            assert_ne!(one, other);
        }
    }
}
