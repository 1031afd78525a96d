//! What went wrong inside, as one line for the log.

use std::error::Error;

use fettle_metadata::MetadataError;

use super::Problem;

/// An error and all that caused it, outermost first.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        line.push_str(": ");
        line.push_str(&inner.to_string());
        cause = inner.source();
    }
    line
}

impl From<MetadataError> for Problem {
    fn from(error: MetadataError) -> Self {
        match &error {
            MetadataError::Conflict(conflict) => Problem::conflict(conflict.to_string()),
            MetadataError::Unavailable(_) => {
                Problem::backend_unavailable("the metadata store does not answer").caused_by(&error)
            }
            MetadataError::StorageFull(_) => {
                Problem::storage_full("no space is left for the metadata store").caused_by(&error)
            }
            MetadataError::Invalid(_) | MetadataError::Open { .. } | MetadataError::Backend(_) => {
                Problem::internal(&error)
            }
        }
    }
}
