use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{seen_from, shown_if_set};
use crate::Secret;

/// `[metrics]`: who may read `/api/v2/metrics`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// A file with the bearer token that a scraper must send. A relative path is seen from the settings file's folder.
    #[serde(serialize_with = "shown_if_set")]
    pub metrics_token_file: Option<PathBuf>,
    /// The token in that file; `None` leaves the metrics open.
    #[serde(skip)]
    pub token: Option<Secret>,
}

impl Metrics {
    /// Fewest bytes of a token.
    pub const TOKEN_BYTES: usize = 16;

    pub(crate) fn resolve(&mut self, base: &Path) {
        if let Some(file) = &mut self.metrics_token_file {
            seen_from(base, file);
        }
    }
}
