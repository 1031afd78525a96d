//! From the bytes of a request to checked values, all complaints at once.

mod body;
mod fields;
mod json;
mod nearest;
mod no_body;
mod path;
mod prefer;
mod query;
mod time;

#[cfg(test)]
pub(crate) use self::body::assert_reads_what_is_documented;
pub(crate) use self::body::{JsonBody, MOST_VALUES, MOST_VALUES_WITH_ROWS, ObjectBody, ReadFields, discard};
pub(crate) use self::fields::{Fields, Named, kind};
pub(crate) use self::nearest::nearest;
pub(crate) use self::no_body::NoBody;
pub(crate) use self::path::ItemId;
pub(crate) use self::prefer::{PrefersAsync, RESPOND_ASYNC};
pub(crate) use self::query::{LARGEST_PAGE, PAGE_SIZE, PageFields, QueryFields, QueryObject, next_cursor};
pub(crate) use self::time::{RequestTime, TimeForm};
