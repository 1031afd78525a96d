//! A page of a list.

use fettle_metadata::Page;
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
    /// Whether `total` is an estimate: it is counted.
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
    /// The items of `page`, of `total` in all.
    pub(crate) fn counted(items: Vec<T>, total: u64, page: Page) -> Self {
        Self {
            items,
            total,
            total_is_estimate: false,
            page: page.number.get(),
            page_size: page.size.get(),
            next_cursor: next_cursor(page, total),
        }
    }
}
