use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::problem::Problems;

/// `[datasets]`: where training datasets are kept, and which are built while the client waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Datasets {
    /// A folder, or `s3://bucket/prefix`. A relative path is seen from the data folder.
    pub location: String,
    /// Most rows of a build that is answered when it is finished; larger ones become jobs.
    pub attended_rows: u64,
}

impl Default for Datasets {
    fn default() -> Self {
        // A build of two million rows of five signals takes some seconds, far less than a request may.
        Self { location: "datasets".to_owned(), attended_rows: 2_000_000 }
    }
}

impl Datasets {
    pub(crate) fn resolve(&mut self, data_dir: &Path) {
        // An empty one is refused below; joined to the data folder it would be that folder.
        if !self.location.is_empty() && !self.location.contains("://") {
            self.location = data_dir.join(&self.location).to_string_lossy().into_owned();
        }
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        let known = match self.location.split_once("://") {
            None => !self.location.is_empty(),
            Some(("file", path)) => path.starts_with('/'),
            Some(("s3", bucket)) => !bucket.is_empty() && !bucket.starts_with('/'),
            Some(_) => false,
        };
        if !known {
            let message = "must be a folder, or a bucket written s3://bucket or s3://bucket/prefix";
            problems.add("datasets.location", message);
        }
        problems.check_range("datasets.attended_rows", self.attended_rows, 0..=1_000_000_000);
    }
}
