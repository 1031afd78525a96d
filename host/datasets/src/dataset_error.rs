//! Why there is no dataset.

use fettle_features::FeatureError;
use fettle_metadata::MetadataError;

use crate::StorageError;

/// Why a dataset was not built, found, served or compared, or features were not described.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// As the domain says it: what was asked for, rows, steps.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// As the store of datasets says it.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// There is no such dataset.
    #[error("there is no dataset `{0}`")]
    NotFound(String),
    /// A device's rows were written while they were read.
    #[error(
        "the rows of device `{device_code}` changed while they were read; ask again when nothing is written to this \
         range"
    )]
    RowsChanged {
        /// The device.
        device_code: String,
    },
    /// Nobody wanted it any more.
    #[error("it was cancelled")]
    Cancelled,
    /// What is stored of the dataset is not what was once written there.
    #[error("the dataset `{id}` is damaged: {problem}")]
    Damaged {
        /// The dataset.
        id: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl From<MetadataError> for DatasetError {
    fn from(error: MetadataError) -> Self {
        DatasetError::Feature(error.into())
    }
}
