//! URLs of backends, put together from where their parts may stand.

use std::ffi::OsString;
use std::path::Path;

use crate::problem::Problems;
use crate::{BackendUrl, Secret};

/// Where a URL comes from, and its password.
pub struct UrlParts<'s> {
    /// What the settings say.
    pub url: &'s mut Option<BackendUrl>,
    /// Its key.
    pub url_key: &'static str,
    /// The file with its password.
    pub password_file: Option<&'s Path>,
    /// The key of that.
    pub password_key: &'static str,
    /// The environment variable that takes the place of both.
    pub variable_name: &'static str,
    /// Its value.
    pub variable: Option<OsString>,
    /// What the URL may begin with.
    pub schemes: &'static [&'static str],
    /// What it has to be, for people.
    pub rule: &'static str,
}

impl UrlParts<'_> {
    /// Takes the URL from the environment, or else gives the one that is set the password in the file.
    pub fn complete(self, problems: &mut Problems) {
        if let Some(value) = self.variable {
            match BackendUrl::parse(value.into_string().unwrap_or_default(), self.schemes) {
                Some(url) => *self.url = Some(url),
                None => problems.add(self.url_key, format!("{} {}", self.variable_name, self.rule)),
            }
            return;
        }
        let Some(file) = self.password_file else { return };
        match self.url {
            None => problems.add(self.password_key, format!("is for `{}`, which is not set", self.url_key)),
            Some(url) if url.has_password() => {
                problems.add(self.password_key, "stands beside a password in the URL; keep one of the two");
            }
            Some(url) => match Secret::read(file, 1) {
                Ok(password) => *url = url.with_password(&password),
                Err(error) => problems.add(self.password_key, error.in_full()),
            },
        }
    }
}
