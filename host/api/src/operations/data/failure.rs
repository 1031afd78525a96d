//! What keeps rows from being read or written, as problems.

use fettle_series::SeriesError;

use crate::problem::Problem;

impl From<SeriesError> for Problem {
    fn from(error: SeriesError) -> Self {
        match &error {
            SeriesError::Stopped => {
                Problem::backend_unavailable("the series store is shutting down").caused_by(&error)
            }
            error if error.is_storage_full() => {
                Problem::storage_full("no space is left for the series store").caused_by(error)
            }
            error => Problem::internal(error),
        }
    }
}
