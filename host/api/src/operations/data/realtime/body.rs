//! What `realtime` is asked, but for its filters.

use std::collections::BTreeMap;

use fettle_realtime::Start;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::cursor::{Cursor, QueryId};
use crate::request::{Fields, LARGEST_PAGE, PAGE_SIZE, ReadFields, kind};

/// The last row that a page of a number may hold. To get there, all rows before it are passed over, every time; a
/// cursor goes there at once.
const LAST_NUMBERED: u64 = 10_000;

/// Which of the newest rows, and how many.
#[derive(Debug, ToSchema)]
pub(super) struct RealtimeBody {
    /// Code of the model: which devices' rows, and which of their fields, under which names.
    #[schema(example = "welding_realtime", max_length = 128)]
    pub(super) model_code: String,
    /// Which rows; all where it is left out.
    #[schema(value_type = Option<FiltersDocument>)]
    pub(super) filters: Map<String, Value>,
    /// Number of the page. `page` × `page_size` is at most 10,000; a cursor goes further.
    #[schema(value_type = Option<u32>, minimum = 1, default = 1)]
    page: Option<u32>,
    /// Rows on a page.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 500, default = 50)]
    page_size: Option<u32>,
    /// The `next_cursor` of an answer to the same query, instead of `page`.
    #[schema(value_type = Option<String>)]
    cursor: Option<String>,
}

/// Conditions that all hold of every row that is answered.
#[derive(ToSchema)]
#[schema(as = RealtimeFilters)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct FiltersDocument {
    /// Code of a device, or a list of codes.
    #[schema(value_type = Option<Object>, example = json!(["WLD001", "WLD002"]))]
    device_code: Option<Value>,
    /// The first instant that is answered.
    #[schema(format = DateTime, example = "2025-11-01T00:00:00")]
    start_time: Option<String>,
    /// The first instant that is not answered any more.
    #[schema(format = DateTime, example = "2025-11-02T00:00:00")]
    end_time: Option<String>,
    #[serde(flatten)]
    fields: BTreeMap<String, ConditionDocument>,
}

/// What the cells of a field of the model must be like: a value, `null`, or an object of comparisons.
#[derive(ToSchema)]
#[schema(as = RealtimeCondition, value_type = Object, example = json!({"gte": 180, "lt": 200}))]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct ConditionDocument(Value);

/// Which page is asked for.
#[derive(Debug, Clone)]
pub(super) struct AskedPage {
    /// Its number: how many pages lead to it.
    pub(super) number: u32,
    /// Most rows on it.
    pub(super) size: u32,
    /// Where it begins.
    pub(super) start: Start,
}

impl ReadFields for RealtimeBody {
    fn read(fields: &mut Fields) -> Self {
        let small = |whole: u64| u32::try_from(whole).unwrap_or(u32::MAX);
        Self {
            model_code: fields.required_name("model_code"),
            filters: fields.optional_object("filters"),
            page: fields.optional_whole("page", 1..=u32::MAX.into()).map(small),
            page_size: fields.optional_whole("page_size", 1..=LARGEST_PAGE.into()).map(small),
            cursor: match fields.optional_value("cursor") {
                None => None,
                Some(Value::String(text)) => Some(text),
                Some(other) => {
                    fields.complain("cursor", format!("must be a text, not {}", kind(&other)));
                    None
                }
            },
        }
    }
}

impl RealtimeBody {
    /// The page of the query `id`. What is wrong with it notes itself in `fields`.
    pub(super) fn page(&self, fields: &mut Fields, id: QueryId) -> AskedPage {
        let size = self.page_size.unwrap_or(PAGE_SIZE);
        let number = self.page.unwrap_or(1);
        let Some(cursor) = &self.cursor else {
            let (before, last) =
                (u64::from(number - 1) * u64::from(size), u64::from(number) * u64::from(size));
            if last > LAST_NUMBERED {
                let message = format!(
                    "reaches row {last}, and pages of {size} rows have numbers up to row {LAST_NUMBERED}; go on with \
                     the `next_cursor` of an answer as `cursor`"
                );
                fields.complain("page", message);
            }
            return AskedPage { number, size, start: Start { behind: None, skip: before } };
        };
        if self.page.is_some() {
            fields.complain("page", "stands beside `cursor`; one of the two says which page is next");
        }
        match Cursor::parse(cursor) {
            Some(cursor) if cursor.query == id => {
                AskedPage { number: cursor.page, size, start: cursor.start }
            }
            Some(_) => {
                fields.complain("cursor", "is of a query with another model or other filters");
                AskedPage { number, size, start: Start::default() }
            }
            None => {
                fields.complain("cursor", "must be the `next_cursor` of an answer");
                AskedPage { number, size, start: Start::default() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::assert_reads_what_is_documented;

    #[test]
    fn the_fields_that_are_read_are_the_fields_that_are_documented() {
        assert_reads_what_is_documented::<RealtimeBody>(&[]);
    }
}
