//! All settings together.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, error, fs};

use serde::Serialize;

use crate::document::Document;
use crate::problem::Problems;
use crate::sections::{Auth, Data, Datasets, Jobs, Limits, Log, Metrics, Server, Steps};
use crate::{ConfigError, Problem, SECRET_VARIABLE, Secret, SecretError};

/// All settings, checked: what one section says fits what the others say, and secrets in files have been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// The HTTP side.
    pub server: Server,
    /// Where data lies and how its times are read.
    pub data: Data,
    /// Tokens.
    pub auth: Auth,
    /// What one request may ask for.
    pub limits: Limits,
    /// The sandbox that plugins run in.
    pub steps: Steps,
    /// Where training datasets are kept, and which are built while the client waits.
    pub datasets: Datasets,
    /// Work that outlives the request that asked for it.
    pub jobs: Jobs,
    /// Who may read the metrics.
    pub metrics: Metrics,
    /// What is logged, and how.
    pub log: Log,
}

/// What the settings are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A server: there must be a secret to sign tokens with.
    Serve,
    /// A command that signs nothing, such as an import.
    Command,
}

const SECTIONS: [&str; 9] =
    ["server", "data", "auth", "limits", "steps", "datasets", "jobs", "metrics", "log"];

impl Settings {
    /// Reads and checks a file, the secrets that it names, and [`SECRET_VARIABLE`].
    pub fn load(path: &Path, purpose: Purpose) -> Result<Self, ConfigError> {
        let text =
            fs::read_to_string(path).map_err(|cause| ConfigError::Read { path: path.to_owned(), cause })?;
        let base = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, base, env::var_os(SECRET_VARIABLE), purpose)
            .map_err(|problems| ConfigError::Wrong { path: path.to_owned(), problems })
    }

    /// The defaults over a data folder, for a program that runs without a settings file. There is no secret yet; see
    /// [`Settings::ensure_secret`].
    pub fn embedded(data_dir: impl Into<PathBuf>) -> Self {
        let mut settings = Settings {
            server: Server::default(),
            data: Data { dir: data_dir.into(), ..Data::default() },
            auth: Auth::default(),
            limits: Limits::default(),
            steps: Steps::default(),
            datasets: Datasets::default(),
            jobs: Jobs::default(),
            metrics: Metrics::default(),
            log: Log::default(),
        };
        settings.steps.resolve(Path::new(""), &settings.data.dir);
        settings.datasets.resolve(&settings.data.dir);
        settings
    }

    /// Gives embedded settings their secret: [`SECRET_VARIABLE`] where it is set, else the one in the data folder,
    /// which is made at the first start.
    pub fn ensure_secret(&mut self) -> Result<(), SecretError> {
        self.auth.secret = Some(match env::var_os(SECRET_VARIABLE) {
            Some(value) => Secret::from_variable(value, Auth::SECRET_BYTES)?,
            None => Secret::read_or_create(&self.data.secret_file(), Auth::SECRET_BYTES)?,
        });
        Ok(())
    }

    /// The settings in force as TOML for people to read: every key, defaults filled in, secrets hidden.
    pub fn explain(&self) -> String {
        toml::to_string(self)
            .expect("sections hold nothing but texts and checked numbers, all of which TOML can hold")
    }

    fn parse(
        text: &str,
        base: &Path,
        secret_variable: Option<OsString>,
        purpose: Purpose,
    ) -> Result<Self, Vec<Problem>> {
        let document = Document::parse(text)?;
        let mut problems = document.unknown_sections(&SECTIONS);
        let mut settings = Settings {
            server: document.section("server", &mut problems),
            data: document.section("data", &mut problems),
            auth: document.section("auth", &mut problems),
            limits: document.section("limits", &mut problems),
            steps: document.section("steps", &mut problems),
            datasets: document.section("datasets", &mut problems),
            jobs: document.section("jobs", &mut problems),
            metrics: document.section("metrics", &mut problems),
            log: document.section("log", &mut problems),
        };
        settings.resolve(base);
        let mut found = Problems::default();
        settings.check(&mut found);
        settings.read_secrets(secret_variable, purpose, &mut found);
        problems.extend(found.into_found().into_iter().map(|(key, message)| Problem {
            line: document.line_of_key(&key),
            key,
            message,
        }));
        problems.sort_by_key(|problem| (problem.line.is_none(), problem.line));
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    fn resolve(&mut self, base: &Path) {
        self.data.resolve(base);
        self.auth.resolve(base);
        self.metrics.resolve(base);
        self.steps.resolve(base, &self.data.dir);
        self.datasets.resolve(&self.data.dir);
    }

    fn check(&self, problems: &mut Problems) {
        self.server.check(problems);
        self.auth.check(problems);
        self.limits.check(problems);
        self.steps.check(problems);
        self.datasets.check(problems);
        self.jobs.check(problems);
        if self.steps.time_base() >= self.server.request_timeout() {
            problems.add(
                "steps.time_base_ms",
                "must be shorter than `server.request_timeout_s`, or it limits nothing",
            );
        }
    }

    fn read_secrets(&mut self, variable: Option<OsString>, purpose: Purpose, problems: &mut Problems) {
        if let Some(file) = &self.metrics.metrics_token_file {
            match Secret::read(file, Metrics::TOKEN_BYTES) {
                Ok(token) => self.metrics.token = Some(token),
                Err(error) => problems.add("metrics.metrics_token_file", in_full(&error)),
            }
        }
        if let Some(value) = variable {
            match Secret::from_variable(value, Auth::SECRET_BYTES) {
                Ok(secret) => self.auth.secret = Some(secret),
                Err(error) => problems.add("auth.secret", error.to_string()),
            }
        } else if let Some(file) = &self.auth.secret_file {
            match Secret::read(file, Auth::SECRET_BYTES) {
                Ok(secret) => self.auth.secret = Some(secret),
                Err(error) => problems.add("auth.secret_file", in_full(&error)),
            }
        } else if self.auth.secret.is_none() && purpose == Purpose::Serve {
            let message = format!(
                "is missing: set it, `secret_file` or {SECRET_VARIABLE}; a server signs tokens with it"
            );
            problems.add("auth.secret", message);
        }
    }
}

/// An error with its cause.
fn in_full(error: &SecretError) -> String {
    match error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn the_environment_takes_the_place_of_secret_and_secret_file() {
        let parse = |text: &str, value: &str| {
            Settings::parse(text, Path::new(""), Some(value.into()), Purpose::Serve)
        };
        let other = "[auth]\nsecret = \"fedcba9876543210fedcba9876543210\"";
        for text in ["", other, "[auth]\nsecret_file = \"/nowhere\""] {
            assert_eq!(parse(text, SECRET).unwrap().auth.secret.unwrap().expose(), SECRET);
        }
        for value in ["", "short"] {
            let problems = parse("", value).unwrap_err();
            assert_eq!(problems[0].message, "FETTLE_AUTH_SECRET must be a text of at least 32 bytes");
        }
    }
}
