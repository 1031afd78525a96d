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
    pub total: u64,
}

impl Page {
    /// Page `number`, from 1, of `size` items; `None` where either is 0.
    pub fn new(number: u32, size: u32) -> Option<Self> {
        Some(Self { number: NonZeroU32::new(number)?, size: NonZeroU32::new(size)? })
    }

    /// Items on the pages before it.
    pub fn offset(self) -> u64 {
        u64::from(self.number.get() - 1) * u64::from(self.size.get())
    }
}
