//! What the cache promises, on real databases and real Redis servers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod faults;
mod hosts;
mod keeping;
mod store_away;
mod support;
mod versions;
