//! From the bytes of a request to checked values, all complaints at once.

mod body;
mod fields;
mod json;
mod nearest;
mod time;

#[cfg(test)]
pub(crate) use self::body::assert_reads_what_is_documented;
pub(crate) use self::body::{JsonBody, ObjectBody, ReadBody};
pub(crate) use self::fields::{Fields, Named};
pub(crate) use self::time::{RequestTime, TimeForm};
