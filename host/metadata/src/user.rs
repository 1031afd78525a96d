//! Users and what they may.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::PasswordHash;

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The store's number for them.
    pub id: i64,
    /// Unique name.
    pub username: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may log in.
    pub is_active: bool,
    /// Hash of the password; shown by no `Debug`.
    pub password_hash: PasswordHash,
    /// When they were added.
    pub created_at: Timestamp,
}

/// A user to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Unique name.
    pub username: String,
    /// Hash of the password.
    pub password_hash: PasswordHash,
    /// What they may do.
    pub role: Role,
}

/// What a user may do; each role may all that those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Extracts, builds and imports as well.
    Analyst,
    /// Everything.
    Admin,
}

/// A text that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no role; it must be viewer, analyst or admin")]
pub struct UnknownRole(pub String);

impl Role {
    /// Its name in the database, in tokens and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Analyst => "analyst",
            Role::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Role::Viewer, Role::Analyst, Role::Admin]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}
