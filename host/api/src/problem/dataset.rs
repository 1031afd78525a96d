//! What is answered instead of a dataset, as problems.

use fettle_datasets::{DatasetError, StorageError};

use super::{FieldProblem, Problem};

impl From<DatasetError> for Problem {
    fn from(error: DatasetError) -> Self {
        let told = error.to_string();
        match error {
            DatasetError::Feature(error) => error.into(),
            DatasetError::Storage(error) => error.into(),
            DatasetError::NotFound(_) => {
                Problem::not_found(told.as_str()).about(vec![FieldProblem::new("dataset_id", told)])
            }
            DatasetError::RowsChanged { .. } => Problem::conflict(told),
            DatasetError::Cancelled => Problem::backend_unavailable(told),
            DatasetError::Damaged { .. } => Problem::internal(&error),
        }
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match &error {
            StorageError::StorageFull { .. } => {
                Problem::storage_full("no space is left for what this takes to store").caused_by(&error)
            }
            StorageError::Unavailable { .. } => {
                Problem::backend_unavailable("the dataset store is unavailable").caused_by(&error)
            }
            StorageError::Location { .. }
            | StorageError::NotFound { .. }
            | StorageError::Exists { .. }
            | StorageError::Damaged { .. } => Problem::internal(&error),
        }
    }
}
