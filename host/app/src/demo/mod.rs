//! The demo: welding telemetry with devices, models and users to look at it, and a first extraction from it.

pub mod telemetry;

pub(crate) mod seed;
pub(crate) mod tour;

mod table;

use fettle_metadata::Role;

/// A user whose password is no secret.
pub(crate) struct Account {
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    role: Role,
}

/// Who may extract.
pub(crate) const ANALYST: Account =
    Account { username: "test_user", password: "test_pass", role: Role::Analyst };

/// Who may do everything.
pub(crate) const ADMIN: Account = Account { username: "admin", password: "admin", role: Role::Admin };
