//! All settings together.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Serialize;

use crate::document::Document;
use crate::problem::Problems;
use crate::sections::{Auth, Cache, Data, Datasets, Jobs, Limits, Log, Metadata, Metrics, Server, Steps};
use crate::urls::UrlParts;
use crate::{ConfigError, Problem, SECRET_VARIABLE, Secret, SecretError};

/// All settings, checked: what one section says fits what the others say, and secrets in files have been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// The HTTP side.
    pub server: Server,
    /// Where data lies and how its times are read.
    pub data: Data,
    /// The database of models, devices, users and jobs.
    pub metadata: Metadata,
    /// What of the metadata is kept near, and for how long.
    pub cache: Cache,
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

const SECTIONS: [&str; 11] =
    ["server", "data", "metadata", "cache", "auth", "limits", "steps", "datasets", "jobs", "metrics", "log"];

/// What the environment says.
#[derive(Debug, Default)]
struct Variables {
    /// [`SECRET_VARIABLE`].
    secret: Option<OsString>,
    /// [`Metadata::VARIABLE`].
    metadata_url: Option<OsString>,
    /// [`Cache::VARIABLE`].
    redis_url: Option<OsString>,
}

impl Settings {
    /// Reads and checks a file, the secrets that it names, and the environment: [`SECRET_VARIABLE`],
    /// `FETTLE_METADATA_URL` and `FETTLE_REDIS_URL`.
    pub fn load(path: &Path, purpose: Purpose) -> Result<Self, ConfigError> {
        let text =
            fs::read_to_string(path).map_err(|cause| ConfigError::Read { path: path.to_owned(), cause })?;
        let base = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, base, Variables::read(), purpose)
            .map_err(|problems| ConfigError::Wrong { path: path.to_owned(), problems })
    }

    /// The defaults over a data folder, for a program that runs without a settings file. There is no secret yet; see
    /// [`Settings::ensure_secret`].
    pub fn embedded(data_dir: impl Into<PathBuf>) -> Self {
        let mut settings = Settings {
            server: Server::default(),
            data: Data { dir: data_dir.into(), ..Data::default() },
            metadata: Metadata::default(),
            cache: Cache::default(),
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

    /// The same, with the plugins of the folder's own `plugins.toml` where it has one.
    pub fn of_folder(data_dir: impl Into<PathBuf>) -> Self {
        let mut settings = Self::embedded(data_dir);
        settings.steps.plugins_file = Some(settings.data.plugins_file()).filter(|file| file.exists());
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

    fn parse(text: &str, base: &Path, variables: Variables, purpose: Purpose) -> Result<Self, Vec<Problem>> {
        let document = Document::parse(text)?;
        let mut problems = document.unknown_sections(&SECTIONS);
        let mut settings = Settings {
            server: document.section("server", &mut problems),
            data: document.section("data", &mut problems),
            metadata: document.section("metadata", &mut problems),
            cache: document.section("cache", &mut problems),
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
        settings.read_secrets(variables.secret, purpose, &mut found);
        settings.complete_urls(variables.metadata_url, variables.redis_url, &mut found);
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
        self.metadata.resolve(base);
        self.cache.resolve(base);
        self.auth.resolve(base);
        self.metrics.resolve(base);
        self.steps.resolve(base, &self.data.dir);
        self.datasets.resolve(&self.data.dir);
    }

    fn check(&self, problems: &mut Problems) {
        self.server.check(problems);
        self.metadata.check(problems);
        self.cache.check(problems);
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
                Err(error) => problems.add("metrics.metrics_token_file", error.in_full()),
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
                Err(error) => problems.add("auth.secret_file", error.in_full()),
            }
        } else if self.auth.secret.is_none() && purpose == Purpose::Serve {
            let message = format!(
                "is missing: set it, `secret_file` or {SECRET_VARIABLE}; a server signs tokens with it"
            );
            problems.add("auth.secret", message);
        }
    }

    fn complete_urls(
        &mut self,
        metadata_url: Option<OsString>,
        redis_url: Option<OsString>,
        problems: &mut Problems,
    ) {
        let metadata = UrlParts {
            url: &mut self.metadata.url,
            url_key: "metadata.url",
            password_file: self.metadata.password_file.as_deref(),
            password_key: "metadata.password_file",
            variable_name: Metadata::VARIABLE,
            variable: metadata_url,
            schemes: &Metadata::SCHEMES,
            rule: Metadata::URL_RULE,
        };
        metadata.complete(problems);
        let redis = UrlParts {
            url: &mut self.cache.redis_url,
            url_key: "cache.redis_url",
            password_file: self.cache.redis_password_file.as_deref(),
            password_key: "cache.redis_password_file",
            variable_name: Cache::VARIABLE,
            variable: redis_url,
            schemes: &Cache::SCHEMES,
            rule: Cache::URL_RULE,
        };
        redis.complete(problems);
    }
}

impl Variables {
    fn read() -> Self {
        Self {
            secret: env::var_os(SECRET_VARIABLE),
            metadata_url: env::var_os(Metadata::VARIABLE),
            redis_url: env::var_os(Cache::VARIABLE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn the_environment_takes_the_place_of_secret_and_secret_file() {
        let parse = |text: &str, value: &str| {
            let variables = Variables { secret: Some(value.into()), ..Variables::default() };
            Settings::parse(text, Path::new(""), variables, Purpose::Serve)
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
    #[test]
    fn the_environment_takes_the_place_of_urls_and_their_passwords() {
        let parse = |text: &str, metadata: &str, redis: &str| {
            let variables = Variables {
                metadata_url: Some(metadata.into()),
                redis_url: Some(redis.into()),
                ..Variables::default()
            };
            Settings::parse(text, Path::new(""), variables, Purpose::Command)
        };
        let set = "[metadata]\nurl = \"postgres://other\"\npassword_file = \"/nowhere\"\n\
                   [cache]\nredis_url = \"redis://other\"\nredis_password_file = \"/nowhere\"\n";
        for text in ["", set] {
            let settings = parse(text, "postgres://me:hush@db/fettle", "rediss://:hush@cache").unwrap();
            assert_eq!(settings.metadata.url.unwrap().expose(), "postgres://me:hush@db/fettle");
            assert_eq!(settings.cache.redis_url.unwrap().expose(), "rediss://:hush@cache");
        }
        let problems = parse("", "mysql://hush", "").unwrap_err();
        let told: Vec<_> =
            problems.iter().map(|problem| (problem.key.as_str(), problem.message.as_str())).collect();
        let expected = [
            ("metadata.url", "FETTLE_METADATA_URL must be postgres://user@host:port/database"),
            ("cache.redis_url", "FETTLE_REDIS_URL must be redis://host:port/number, or rediss:// for TLS"),
        ];
        assert_eq!(told, expected);
    }
}
