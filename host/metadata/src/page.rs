//! Lists in pages.

use std::num::NonZeroU32;

/// Which part of a list to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Number of the page, from 1.
    pub number: NonZeroU32,
    /// Items on a page.
    pub size: NonZeroU32,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Paged<T> {
    /// Its items; none on a page behind the last.
    pub items: Vec<T>,
    /// Items on all pages together.
    pub total: Total,
    /// Whether there are items behind this page.
    pub more: bool,
}

/// How many items a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// So many.
    pub count: u64,
    /// Or about so many: counting a large table takes longer than the answer is worth. Lists of up to 10,000 items are
    /// always counted.
    pub is_estimate: bool,
}

impl<T> Paged<T> {
    /// A page of a list that has been counted.
    pub fn counted(items: Vec<T>, page: Page, count: u64) -> Self {
        let more = page.offset().saturating_add(page.size.get().into()) < count;
        Self { items, total: Total { count, is_estimate: false }, more }
    }

    /// A page of which one item more than it holds was read, where there was one. So `more` is right whatever `total`
    /// is, and what was seen corrects a total that is an estimate.
    pub fn peeked(mut items: Vec<T>, page: Page, total: Total) -> Self {
        let size = usize::try_from(page.size.get()).unwrap_or(usize::MAX);
        let seen = page.offset().saturating_add(items.len() as u64);
        let (more, is_behind) = (items.len() > size, items.is_empty() && page.number.get() > 1);
        let total = match total {
            Total { is_estimate: true, .. } if !more && !is_behind => {
                Total { count: seen, is_estimate: false }
            }
            Total { count, is_estimate: true } if !is_behind => {
                Total { count: count.max(seen), is_estimate: true }
            }
            total => total,
        };
        items.truncate(size);
        Self { items, total, more }
    }
}

impl Page {
    /// The first page, which holds everything.
    pub const ALL: Self = Self { number: NonZeroU32::MIN, size: NonZeroU32::MAX };

    /// Page `number`, from 1, of `size` items; `None` where either is 0.
    pub fn new(number: u32, size: u32) -> Option<Self> {
        Some(Self { number: NonZeroU32::new(number)?, size: NonZeroU32::new(size)? })
    }

    /// Items on the pages before it.
    pub fn offset(self) -> u64 {
        u64::from(self.number.get() - 1) * u64::from(self.size.get())
    }
}
