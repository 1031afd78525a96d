//! The query of a request, as a handler's argument.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use fettle_metadata::Page;
use serde_json::{Map, Value};
use utoipa::IntoParams;

use super::ReadFields;
use super::fields::Fields;
use crate::ApiState;
use crate::problem::{FieldProblem, Problem};

/// Items on a page, unless another number is asked for.
pub(crate) const PAGE_SIZE: u32 = 50;

/// Most items on a page.
pub(crate) const LARGEST_PAGE: u32 = 500;

/// A checked query: every parameter that it has is known and of its type.
#[derive(Debug)]
pub(crate) struct QueryFields<T>(pub T);

/// The parameters of a query, at whose values nobody has looked yet: texts, and lists of texts where one is repeated.
#[derive(Debug)]
pub(crate) struct QueryObject(pub(crate) Map<String, Value>);

/// Which part of a list is asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageFields {
    /// Number of the page.
    #[param(value_type = Option<u32>, minimum = 1, default = 1)]
    page: Option<u32>,
    /// Items on a page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500, default = 50)]
    page_size: Option<u32>,
    /// The `next_cursor` of the page before, instead of `page`.
    #[param(value_type = Option<String>)]
    cursor: Option<Page>,
}

impl<T: ReadFields> FromRequestParts<ApiState> for QueryFields<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let QueryObject(parameters) = QueryObject::from_request_parts(parts, state).await?;
        let mut fields = Fields::of_query(parameters, &state.settings().time_zone);
        let value = T::read(&mut fields);
        let problems = fields.finish();
        if problems.is_empty() { Ok(Self(value)) } else { Err(Problem::invalid_parameter(problems)) }
    }
}

impl<S: Sync> FromRequestParts<S> for QueryObject {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let axum::extract::Query(pairs) = pairs.map_err(|error| {
            Problem::invalid_parameter(vec![FieldProblem::new("query", "cannot be read")]).caused_by(&error)
        })?;
        let mut parameters = Map::new();
        for (name, value) in pairs {
            let value = Value::String(value);
            match parameters.get_mut(&name) {
                None => drop(parameters.insert(name, value)),
                Some(Value::Array(items)) => items.push(value),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
            }
        }
        Ok(Self(parameters))
    }
}

impl ReadFields for PageFields {
    fn read(fields: &mut Fields) -> Self {
        let small = |whole: u64| u32::try_from(whole).unwrap_or(u32::MAX);
        let page = fields.optional_whole("page", 1..=u32::MAX.into()).map(small);
        let page_size = fields.optional_whole("page_size", 1..=LARGEST_PAGE.into()).map(small);
        let cursor = fields.optional_name("cursor").and_then(|text| {
            let page = read_cursor(&text);
            if page.is_none() {
                fields.complain("cursor", "must be the `next_cursor` of an answer");
            }
            page
        });
        if let Some(cursor) = cursor {
            if page.is_some() {
                fields.complain("page", "stands beside `cursor`; one of the two says which page is next");
            }
            if page_size.is_some_and(|size| size != cursor.size.get()) {
                fields
                    .complain("page_size", format!("is {} since the page that `cursor` is of", cursor.size));
            }
        }
        Self { page, page_size, cursor }
    }
}

impl PageFields {
    /// The page.
    pub(crate) fn page(&self) -> Page {
        let page = Page::new(self.page.unwrap_or(1), self.page_size.unwrap_or(PAGE_SIZE));
        self.cursor.or(page).expect("numbers and sizes of pages are read as at least 1")
    }
}

/// The cursor of the page after `page`, where there are `more` items.
pub(crate) fn next_cursor(page: Page, more: bool) -> Option<String> {
    let next = page.number.get().checked_add(1)?;
    more.then(|| hex::encode(format!("{next}/{}", page.size)))
}

fn read_cursor(text: &str) -> Option<Page> {
    let text = String::from_utf8(hex::decode(text).ok()?).ok()?;
    let (number, size) = text.split_once('/')?;
    Page::new(number.parse().ok()?, size.parse().ok().filter(|size| *size <= LARGEST_PAGE)?)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn read(parameters: &[(&str, &str)]) -> (PageFields, Vec<String>) {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        let mut fields = Fields::of_query(parameters.collect(), &TimeZone::UTC);
        let page = PageFields::read(&mut fields);
        (page, fields.finish().into_iter().map(|problem| problem.field).collect())
    }

    #[test]
    fn a_cursor_leads_to_the_next_page_until_there_is_none() {
        let first = read(&[("page_size", "2")]).0.page();
        assert_eq!((first.number.get(), first.size.get()), (1, 2));
        let cursor = next_cursor(first, true).unwrap();
        let (second, problems) = read(&[("cursor", &cursor), ("page_size", "2")]);
        assert_eq!((second.page(), problems.len()), (Page::new(2, 2).unwrap(), 0));
        assert_eq!(next_cursor(first, false), None);
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        let cursor = next_cursor(Page::new(1, 2).unwrap(), true).unwrap();
        assert_eq!(read(&[("cursor", "x")]).1, ["cursor"]);
        assert_eq!(read(&[("cursor", &hex::encode("0/2"))]).1, ["cursor"]);
        assert_eq!(read(&[("cursor", &hex::encode("1/501"))]).1, ["cursor"]);
        assert_eq!(read(&[("cursor", &cursor), ("page", "2"), ("page_size", "3")]).1, ["page", "page_size"]);
        assert_eq!(read(&[("page", "0"), ("page_size", "501")]).1, ["page", "page_size"]);
    }
}
