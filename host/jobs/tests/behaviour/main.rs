//! What running jobs means, shown with small works on real databases.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

mod attended;
mod cancelling;
mod ends;
mod hosts;
mod running;
mod support;
mod watching;
