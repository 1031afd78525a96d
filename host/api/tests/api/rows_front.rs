//! A series store in front of another one that does something about reads, and passes all else on.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use fettle_frame::{Frame, TimeRange};
use fettle_series::{
    Backward, Columns, DeviceKey, Holding, NewestRows, Rows, SeriesError, SeriesStore, Span, StoredColumn,
    Written,
};

/// What is done about reads.
#[async_trait]
pub trait Reads: Debug + Send + Sync {
    /// Before the store is asked.
    async fn before(&self) {}

    /// With what it answered.
    fn after(&self, _rows: &mut Rows) {}
}

/// `store` behind `reads`.
#[derive(Debug)]
pub struct Front<R> {
    pub store: Arc<dyn SeriesStore>,
    pub reads: R,
}

#[async_trait]
impl<R: Reads> SeriesStore for Front<R> {
    async fn read(
        &self,
        device: &DeviceKey,
        columns: &Columns,
        range: TimeRange,
        max_rows: u64,
    ) -> Result<Rows, SeriesError> {
        self.reads.before().await;
        let mut rows = self.store.read(device, columns, range, max_rows).await?;
        self.reads.after(&mut rows);
        Ok(rows)
    }

    async fn newest(&self, backward: &Backward) -> Result<Vec<NewestRows>, SeriesError> {
        self.store.newest(backward).await
    }

    async fn count_rows(&self, device: &DeviceKey, range: TimeRange) -> Result<u64, SeriesError> {
        self.store.count_rows(device, range).await
    }

    async fn count_rows_of(&self, devices: &[DeviceKey], range: TimeRange) -> Result<u64, SeriesError> {
        self.store.count_rows_of(devices, range).await
    }

    async fn span(&self, device: &DeviceKey) -> Result<Option<Span>, SeriesError> {
        self.store.span(device).await
    }

    async fn columns(&self, device: &DeviceKey) -> Result<Vec<StoredColumn>, SeriesError> {
        self.store.columns(device).await
    }

    async fn write(&self, device: &DeviceKey, frame: Frame) -> Result<Written, SeriesError> {
        self.store.write(device, frame).await
    }

    async fn delete(&self, device: &DeviceKey, range: TimeRange) -> Result<u64, SeriesError> {
        self.store.delete(device, range).await
    }

    async fn devices(&self) -> Result<Vec<DeviceKey>, SeriesError> {
        self.store.devices().await
    }

    async fn holding(&self, device: &DeviceKey) -> Result<Option<Holding>, SeriesError> {
        self.store.holding(device).await
    }
}
