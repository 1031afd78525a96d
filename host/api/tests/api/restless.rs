//! A series store whose rows change between one look at them and the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use fettle_frame::{Frame, TimeRange};
use fettle_series::{
    Backward, Columns, DeviceKey, Holding, NewestRows, Rows, SeriesError, SeriesStore, Span, StoredColumn,
    Written,
};

/// Adds to the first value of each read how often rows were read before.
#[derive(Debug)]
pub struct Restless(Arc<dyn SeriesStore>, AtomicU32);

impl Restless {
    pub fn over(store: Arc<dyn SeriesStore>) -> Self {
        Self(store, AtomicU32::new(0))
    }
}

#[async_trait]
impl SeriesStore for Restless {
    async fn read(
        &self,
        device: &DeviceKey,
        columns: &Columns,
        range: TimeRange,
        max_rows: u64,
    ) -> Result<Rows, SeriesError> {
        let mut rows = self.0.read(device, columns, range, max_rows).await?;
        let before = self.1.fetch_add(1, Ordering::Relaxed);
        if let Some(first) = rows.frame.signals[0].values.first_mut() {
            *first += f64::from(before);
        }
        Ok(rows)
    }

    async fn newest(&self, backward: &Backward) -> Result<Vec<NewestRows>, SeriesError> {
        self.0.newest(backward).await
    }

    async fn count_rows(&self, device: &DeviceKey, range: TimeRange) -> Result<u64, SeriesError> {
        self.0.count_rows(device, range).await
    }

    async fn count_rows_of(&self, devices: &[DeviceKey], range: TimeRange) -> Result<u64, SeriesError> {
        self.0.count_rows_of(devices, range).await
    }

    async fn span(&self, device: &DeviceKey) -> Result<Option<Span>, SeriesError> {
        self.0.span(device).await
    }

    async fn columns(&self, device: &DeviceKey) -> Result<Vec<StoredColumn>, SeriesError> {
        self.0.columns(device).await
    }

    async fn write(&self, device: &DeviceKey, frame: Frame) -> Result<Written, SeriesError> {
        self.0.write(device, frame).await
    }

    async fn delete(&self, device: &DeviceKey, range: TimeRange) -> Result<u64, SeriesError> {
        self.0.delete(device, range).await
    }

    async fn devices(&self) -> Result<Vec<DeviceKey>, SeriesError> {
        self.0.devices().await
    }

    async fn holding(&self, device: &DeviceKey) -> Result<Option<Holding>, SeriesError> {
        self.0.holding(device).await
    }
}
