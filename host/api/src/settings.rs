//! What an operator can set about the API.

use std::fmt;
use std::time::Duration;

use fettle_config::Settings;
use jiff::tz::TimeZone;

/// So many logins may fail, by user name and address, before the next has to wait: enough for a person who has
/// forgotten which password it was, and 7,200 guesses a day for somebody else.
const FAILED_LOGINS: u32 = 5;

/// How long it has to wait, at most.
const FAILED_LOGIN_WINDOW: Duration = Duration::from_secs(60);

/// How long a client may wait for a build or a replay. With no more rows than `attended_rows` it takes seconds, but it
/// may have to wait for others, and a store may be slow.
const ATTENDED_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// What an operator can set about the API, already checked.
#[derive(Clone)]
pub struct ApiSettings {
    /// Where times without an offset are local.
    pub time_zone: TimeZone,
    /// Largest request body, bytes.
    pub max_body_bytes: usize,
    /// Largest file to import, bytes.
    pub max_import_bytes: u64,
    /// How long a request may take before it is given up.
    pub request_timeout: Duration,
    /// Datasets with at most so many rows, over all devices, are built while the client waits.
    pub attended_rows: u64,
    /// How long a client may wait for a build, a replay or the first file of a dataset in a format: longer than
    /// `request_timeout`, which counts for all else.
    pub attended_timeout: Duration,
    /// Signs access tokens; at least 32 bytes.
    pub access_token_secret: Vec<u8>,
    /// How long an access token is valid.
    pub access_token_lifetime: Duration,
    /// How long a refresh token is valid.
    pub refresh_token_lifetime: Duration,
    /// How many logins may fail, by user name and address, in one `failed_login_window`.
    pub failed_logins: u32,
    /// See `failed_logins`; it begins at the first failure.
    pub failed_login_window: Duration,
    /// What a scraper of `/metrics` must present; anybody may scrape where it is unset.
    pub metrics_token: Option<String>,
}

/// Settings without a secret, which sign no tokens.
#[derive(Debug, thiserror::Error)]
#[error(
    "there is no secret to sign access tokens with: set auth.secret_file, auth.secret or FETTLE_AUTH_SECRET"
)]
pub struct NoSecret;

impl ApiSettings {
    /// The part of the program's settings that is about the API.
    pub fn of(settings: &Settings) -> Result<Self, NoSecret> {
        let secret = settings.auth.secret.as_ref().ok_or(NoSecret)?;
        Ok(Self {
            time_zone: settings.data.time_zone.clone(),
            max_body_bytes: settings.server.body_limit_bytes(),
            max_import_bytes: settings.server.import_limit_bytes(),
            request_timeout: settings.server.request_timeout(),
            attended_rows: settings.datasets.attended_rows,
            attended_timeout: settings.server.request_timeout().max(ATTENDED_TIMEOUT),
            access_token_secret: secret.expose().as_bytes().to_vec(),
            access_token_lifetime: settings.auth.access_token_lifetime(),
            refresh_token_lifetime: settings.auth.refresh_token_lifetime(),
            failed_logins: FAILED_LOGINS,
            failed_login_window: FAILED_LOGIN_WINDOW,
            metrics_token: settings.metrics.token.as_ref().map(|token| token.expose().to_owned()),
        })
    }
}

impl fmt::Debug for ApiSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiSettings")
            .field("time_zone", &self.time_zone)
            .field("max_body_bytes", &self.max_body_bytes)
            .field("max_import_bytes", &self.max_import_bytes)
            .field("request_timeout", &self.request_timeout)
            .field("attended_rows", &self.attended_rows)
            .field("attended_timeout", &self.attended_timeout)
            .field("access_token_lifetime", &self.access_token_lifetime)
            .field("refresh_token_lifetime", &self.refresh_token_lifetime)
            .field("failed_logins", &self.failed_logins)
            .field("failed_login_window", &self.failed_login_window)
            .finish_non_exhaustive()
    }
}
