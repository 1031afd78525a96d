//! Texts that nobody may see, and where they come from.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{error, fmt, fs};

use serde::de::{Deserialize, Deserializer, Error as _};

/// The environment variable whose value, where it is set, takes the place of `auth.secret` and `auth.secret_file`.
pub const SECRET_VARIABLE: &str = "FETTLE_AUTH_SECRET";

/// A text that no error, `Debug` or listing shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Its file cannot be read or written.
    #[error("the secret in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// It is too short to be one.
    #[error("the secret in {} has fewer than {least} bytes", path.display())]
    TooShort {
        /// The file.
        path: PathBuf,
        /// How many it takes.
        least: usize,
    },
    /// [`SECRET_VARIABLE`] is set, to something that is no secret.
    #[error("{SECRET_VARIABLE} must be a text of at least {least} bytes")]
    Variable {
        /// How many it takes.
        least: usize,
    },
    /// The system has no random numbers to give.
    #[error("no random numbers for a new secret")]
    Random(#[source] getrandom::Error),
}

impl SecretError {
    /// The error with its cause.
    pub(crate) fn in_full(&self) -> String {
        match error::Error::source(self) {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }
}

impl Secret {
    /// A secret of at least `least` bytes; `None` for a shorter text.
    pub fn new(text: impl Into<String>, least: usize) -> Option<Self> {
        let text = text.into();
        (text.len() >= least).then_some(Self(text))
    }

    /// The secret itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The value of [`SECRET_VARIABLE`].
    pub(crate) fn from_variable(value: OsString, least: usize) -> Result<Self, SecretError> {
        let text = value.into_string().unwrap_or_default();
        Self::new(text, least).ok_or(SecretError::Variable { least })
    }

    /// The text in a file, without white space at its ends (editors add a line break).
    pub(crate) fn read(path: &Path, least: usize) -> Result<Self, SecretError> {
        let text =
            fs::read_to_string(path).map_err(|cause| SecretError::File { path: path.to_owned(), cause })?;
        Self::new(text.trim(), least).ok_or_else(|| SecretError::TooShort { path: path.to_owned(), least })
    }

    /// The text in a file, which is made from 256 random bits and readable by its owner alone if it is missing.
    pub(crate) fn read_or_create(path: &Path, least: usize) -> Result<Self, SecretError> {
        let failed = |cause| SecretError::File { path: path.to_owned(), cause };
        if !path.try_exists().map_err(failed)? {
            let mut bytes = [0u8; 32];
            getrandom::fill(&mut bytes).map_err(SecretError::Random)?;
            create(path, &hex::encode(bytes)).map_err(failed)?;
        }
        Self::read(path, least)
    }
}

/// Writes a file that appears whole or not at all. Of two programs that do so at once, the second leaves the first
/// one's file alone.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Mode 0600 on Unix.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{text}")?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result.map(drop).map_err(|error| error.error),
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde's own message would quote the value.
        String::deserialize(deserializer).map(Self).map_err(|_| D::Error::custom("must be a text in quotes"))
    }
}
