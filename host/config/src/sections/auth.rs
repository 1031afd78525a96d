use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use super::{NOT_SET, seen_from, shown_if_set};
use crate::Secret;
use crate::problem::Problems;

/// `[auth]`: tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// What access tokens are signed with, at least [`Auth::SECRET_BYTES`]; after loading also where it came from
    /// `secret_file` or the environment.
    #[serde(serialize_with = "hidden")]
    pub secret: Option<Secret>,
    /// A file to read the secret from. A relative path is seen from the settings file's folder.
    #[serde(serialize_with = "shown_if_set")]
    pub secret_file: Option<PathBuf>,
    /// How long an access token is good for, in minutes.
    pub access_token_minutes: u32,
    /// How long a refresh token is good for, in days.
    pub refresh_token_days: u32,
}

impl Default for Auth {
    fn default() -> Self {
        Self { secret: None, secret_file: None, access_token_minutes: 30, refresh_token_days: 7 }
    }
}

impl Auth {
    /// Fewest bytes of a secret: as many as the SHA-256 that signs with it puts out (RFC 7518, 3.2).
    pub const SECRET_BYTES: usize = 32;

    /// How long an access token is good for.
    pub fn access_token_lifetime(&self) -> Duration {
        Duration::from_secs(u64::from(self.access_token_minutes) * 60)
    }

    /// How long a refresh token is good for.
    pub fn refresh_token_lifetime(&self) -> Duration {
        Duration::from_secs(u64::from(self.refresh_token_days) * 86_400)
    }

    pub(crate) fn resolve(&mut self, base: &Path) {
        if let Some(file) = &mut self.secret_file {
            seen_from(base, file);
        }
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        problems.check_range("auth.access_token_minutes", self.access_token_minutes, 1..=1440);
        problems.check_range("auth.refresh_token_days", self.refresh_token_days, 1..=365);
        if self.secret.is_some() && self.secret_file.is_some() {
            problems.add("auth.secret_file", "stands beside `secret`; keep one of the two");
        }
        if self.secret.as_ref().is_some_and(|secret| secret.expose().len() < Self::SECRET_BYTES) {
            let message =
                format!("must have at least {} bytes; `openssl rand -hex 32` makes one", Self::SECRET_BYTES);
            problems.add("auth.secret", message);
        }
        if self.access_token_lifetime() >= self.refresh_token_lifetime() {
            problems.add("auth.access_token_minutes", "must be shorter than `refresh_token_days`");
        }
    }
}

/// Shows whether there is a secret, and no more.
fn hidden<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if secret.is_some() { "(hidden)" } else { NOT_SET })
}
