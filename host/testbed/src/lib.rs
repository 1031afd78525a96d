//! Real PostgreSQL and Redis servers for tests: private ports, private folders, gone with the process that started them.
//!
//! [`Postgres::shared`] and [`Redis::shared`] are one server for all tests of a process; whoever wants to kill or freeze
//! one starts their own. `make test` installs the servers where they are missing (`host/testbed/ensure`). Without them a
//! test that needs one is a named skip, and a failure where `FETTLE_CI` is set.

mod postgres;
mod redis;
mod server;

pub use crate::postgres::Postgres;
pub use crate::redis::Redis;

/// Tells that a test does not run for want of `what`; panics where that must not be.
fn skip(what: &str) {
    assert!(
        std::env::var_os("FETTLE_CI").is_none(),
        "{what} is not installed; host/testbed/ensure installs it"
    );
    eprintln!("skipped: {what} is not installed");
}
