//! What every index of datasets does.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{DatasetEntry, DatasetFilter, MetadataError, Page, Paged};

/// Which datasets there are. A dataset is there once it stands here, and its files are complete before that.
///
/// Used as `Arc<dyn DatasetIndex>`. Each call is atomic, and so holds between processes. Time is passed in as `now`,
/// kept to the microsecond, and never taken inside.
#[async_trait]
pub trait DatasetIndex: std::fmt::Debug + Send + Sync {
    /// An id that was never given before and never will be again, `ds_YYYYMMDD_NNN`: the UTC date of `now`, and a
    /// number of at least three digits.
    async fn reserve_dataset_id(&self, now: Timestamp) -> Result<String, MetadataError>;

    /// Adds a finished dataset. [`Conflict::DatasetExists`](crate::Conflict::DatasetExists) where its id or its job
    /// has one already.
    async fn insert_dataset(&self, entry: &DatasetEntry) -> Result<(), MetadataError>;

    /// A dataset.
    async fn dataset(&self, id: &str) -> Result<Option<DatasetEntry>, MetadataError>;

    /// The dataset that a job left, so that the job, begun again, need not build another.
    async fn dataset_of_job(&self, job_id: &str) -> Result<Option<DatasetEntry>, MetadataError>;

    /// A page of the datasets that `filter` lets through, newest first.
    async fn datasets(
        &self,
        filter: &DatasetFilter,
        page: Page,
    ) -> Result<Paged<DatasetEntry>, MetadataError>;

    /// Removes a dataset from the index. `false` where it was not there.
    async fn delete_dataset(&self, id: &str) -> Result<bool, MetadataError>;

    /// How many datasets were built from a model.
    async fn datasets_using(&self, model_code: &str) -> Result<u64, MetadataError>;
}
