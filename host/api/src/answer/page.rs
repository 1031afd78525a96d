//! A page of a list.

use fettle_metadata::{Page, Paged};
use serde::Serialize;
use utoipa::ToSchema;

use crate::request::next_cursor;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageOf<T> {
    /// What is on the page; nothing behind the last.
    items: Vec<T>,
    /// Items on all pages together.
    #[schema(example = 1)]
    total: u64,
    /// Whether `total` is an estimate: counting a large table takes longer than the answer is worth.
    #[schema(example = false)]
    total_is_estimate: bool,
    /// Number of the page.
    #[schema(example = 1)]
    page: u32,
    /// Most items on a page.
    #[schema(example = 50)]
    page_size: u32,
    /// What to ask for as `cursor` to get the next page; `null` on the last.
    next_cursor: Option<String>,
}

impl<T> PageOf<T> {
    /// What `page` of a list was found to hold, each item as `document` writes it.
    pub(crate) fn of<F>(found: Paged<F>, page: Page, document: impl FnMut(F) -> T) -> Self {
        Self {
            items: found.items.into_iter().map(document).collect(),
            total: found.total.count,
            total_is_estimate: found.total.is_estimate,
            page: page.number.get(),
            page_size: page.size.get(),
            next_cursor: next_cursor(page, found.more),
        }
    }
}
