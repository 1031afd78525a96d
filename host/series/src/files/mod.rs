//! Rows in Parquet files: `{device type}/{device}/{yyyy-mm}.parquet`, a file for each UTC month.
//!
//! A file is sorted by time and holds `timestamp` (nanoseconds, UTC), the signals as f64 and the labels in their own
//! types; a missing cell is null. Which columns are labels stands in the file's key-value metadata. Row groups are
//! small and the timestamps' statistics tell them apart, so that a read of a day touches little of a month.
//!
//! Files are never changed, only replaced as a whole: written beside, synced, renamed. A reader opens all files that
//! it needs before it reads the first, and whatever replaces them then does not reach it.

mod delete;
mod descent;
mod encoding;
mod folder;
mod footers;
mod holding;
mod layout;
mod merge;
mod month;
mod month_file;
mod newest;
mod outline;
mod read;
#[cfg(test)]
mod recording;
mod source;
mod unfinished;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use fettle_frame::{Frame, TimeRange};

use self::folder::DeviceFolder;
use self::footers::Footers;
use crate::{
    Backward, Columns, DeviceKey, Holding, NewestRows, Rows, SeriesError, SeriesStore, Span, StoredColumn,
    Written,
};

/// Device rows in a folder of Parquet files.
///
/// Any number of processes may read and write the same folder: writers of one device wait for each other, readers
/// wait for nobody. What footers of files say is kept in memory, some 80 MiB at most. A write or a removal that spans months is atomic for each month alone.
#[derive(Debug, Clone)]
pub struct ParquetStore {
    root: PathBuf,
    footers: Arc<Footers>,
}

impl ParquetStore {
    /// The store in the folder `root`, which is created at the first write.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), footers: Arc::default() }
    }

    fn folder(&self, device: &DeviceKey) -> Result<DeviceFolder, SeriesError> {
        Ok(DeviceFolder::new(&self.root, device)?.knowing(&self.footers))
    }
}

#[async_trait]
impl SeriesStore for ParquetStore {
    async fn read(
        &self,
        device: &DeviceKey,
        columns: &Columns,
        range: TimeRange,
        max_rows: u64,
    ) -> Result<Rows, SeriesError> {
        let folder = self.folder(device)?;
        let columns = columns.clone();
        blocking(move || read::read(&folder, &columns, range, max_rows)).await
    }

    async fn newest(&self, backward: &Backward) -> Result<Vec<NewestRows>, SeriesError> {
        let folders =
            backward.devices.iter().map(|device| self.folder(device)).collect::<Result<Vec<_>, _>>()?;
        let backward = backward.clone();
        blocking(move || newest::newest(&folders, &backward)).await
    }

    async fn count_rows(&self, device: &DeviceKey, range: TimeRange) -> Result<u64, SeriesError> {
        let folder = self.folder(device)?;
        blocking(move || read::count_rows(&folder, range)).await
    }

    async fn count_rows_of(&self, devices: &[DeviceKey], range: TimeRange) -> Result<u64, SeriesError> {
        let folders = devices.iter().map(|device| self.folder(device)).collect::<Result<Vec<_>, _>>()?;
        blocking(move || folders.iter().map(|folder| read::count_rows(folder, range)).sum()).await
    }

    async fn span(&self, device: &DeviceKey) -> Result<Option<Span>, SeriesError> {
        let folder = self.folder(device)?;
        blocking(move || read::span(&folder)).await
    }

    async fn columns(&self, device: &DeviceKey) -> Result<Vec<StoredColumn>, SeriesError> {
        let folder = self.folder(device)?;
        blocking(move || read::columns(&folder)).await
    }

    /// Runs to its end even where the caller stops waiting for it.
    async fn write(&self, device: &DeviceKey, frame: Frame) -> Result<Written, SeriesError> {
        let folder = self.folder(device)?;
        blocking(move || write::write(&folder, &frame)).await
    }

    /// Month by month, each at once. Runs to its end even where the caller stops waiting for it.
    async fn delete(&self, device: &DeviceKey, range: TimeRange) -> Result<u64, SeriesError> {
        let folder = self.folder(device)?;
        blocking(move || delete::delete(&folder, range)).await
    }

    async fn devices(&self) -> Result<Vec<DeviceKey>, SeriesError> {
        let root = self.root.clone();
        blocking(move || folder::devices(&root)).await
    }

    async fn holding(&self, device: &DeviceKey) -> Result<Option<Holding>, SeriesError> {
        let folder = self.folder(device)?;
        blocking(move || holding::holding(&folder)).await
    }
}

/// Files are read and decoded off the async workers.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SeriesError> + Send + 'static,
) -> Result<T, SeriesError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(SeriesError::Stopped),
        },
    }
}
