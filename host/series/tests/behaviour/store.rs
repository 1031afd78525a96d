//! A store in a folder of its own, and frames to put into it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use fettle_frame::{Frame, Label, LabelValues, Signal, TimeRange};
use fettle_series::{
    Columns, DeviceKey, ParquetStore, Rows, SeriesError, SeriesStore, Span, StoredColumn, Written,
};
use jiff::Timestamp;
use jiff::civil::Date;
use tempfile::TempDir;

pub const HOUR: i64 = 3_600_000_000_000;

/// A store with one device.
pub struct Store {
    root: TempDir,
}

impl Store {
    pub fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    pub fn root(&self) -> PathBuf {
        self.root.path().join("series")
    }

    pub fn series(&self) -> ParquetStore {
        ParquetStore::new(self.root())
    }

    pub fn folder(&self) -> PathBuf {
        self.root().join("welder/WLD001")
    }

    pub async fn write(&self, frame: Frame) -> Result<Written, SeriesError> {
        self.series().write(&device(), frame).await
    }

    pub async fn read(&self, columns: &Columns, range: TimeRange) -> Result<Rows, SeriesError> {
        self.read_at_most(columns, range, u64::MAX).await
    }

    pub async fn read_at_most(
        &self,
        columns: &Columns,
        range: TimeRange,
        max_rows: u64,
    ) -> Result<Rows, SeriesError> {
        self.series().read(&device(), columns, range, max_rows).await
    }

    pub async fn count_rows(&self, range: TimeRange) -> Result<u64, SeriesError> {
        self.series().count_rows(&device(), range).await
    }

    pub async fn span(&self) -> Result<Option<Span>, SeriesError> {
        self.series().span(&device()).await
    }

    pub async fn columns(&self) -> Result<Vec<StoredColumn>, SeriesError> {
        self.series().columns(&device()).await
    }

    /// Names of the device's files, the lock aside.
    pub fn files(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.folder()) else { return Vec::new() };
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != ".lock")
            .collect();
        names.sort();
        names
    }

    /// Names and inodes of the device's files: a replaced file has another one.
    pub fn inodes(&self) -> Vec<(String, u64)> {
        let inode = |name: &String| fs::metadata(self.folder().join(name)).unwrap().ino();
        self.files()
            .into_iter()
            .map(|name| {
                let inode = inode(&name);
                (name, inode)
            })
            .collect()
    }
}

pub fn device() -> DeviceKey {
    DeviceKey { device_type: "welder".into(), device: "WLD001".into() }
}

/// UTC nanoseconds of a time, or of a day's beginning.
pub fn at(text: &str) -> i64 {
    let instant: Timestamp = match text.parse::<Date>() {
        Ok(day) if text.len() == 10 => day.in_tz("UTC").unwrap().timestamp(),
        _ => text.parse().unwrap(),
    };
    i64::try_from(instant.as_nanosecond()).unwrap()
}

pub fn range(start: i64, end: i64) -> TimeRange {
    TimeRange::new(start, end).unwrap()
}

pub fn frame(
    times: &[i64],
    signals: impl IntoIterator<Item = Signal>,
    labels: impl IntoIterator<Item = Label>,
) -> Frame {
    Frame::new(times.to_vec(), signals.into_iter().collect(), labels.into_iter().collect()).unwrap()
}

pub fn signal(name: &str, values: impl IntoIterator<Item = f64>) -> Signal {
    Signal { name: name.into(), values: values.into_iter().collect() }
}

pub fn label(name: &str, values: LabelValues) -> Label {
    Label { name: name.into(), values }
}

/// The bits of present values.
pub fn bits(signal: &Signal) -> Vec<Option<u64>> {
    signal.values.iter().map(|value| (!value.is_nan()).then(|| value.to_bits())).collect()
}
