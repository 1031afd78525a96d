//! A trial: files in a folder, an empty store beside them, an import.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fettle_frame::{Frame, TimeRange};
use fettle_import::{ImportError, ImportOptions, ImportReport, OnProgress, Source, import};
use fettle_metadata::{DeviceFilter, MetadataStore, ModelConfig, Page, SqliteStore};
use fettle_series::{Columns, DeviceKey, ParquetStore, SeriesStore};
use jiff::Timestamp;
use tempfile::TempDir;

/// An empty store, and files to import into it.
pub struct Trial {
    folder: TempDir,
    pub metadata: SqliteStore,
    pub series: ParquetStore,
}

impl Trial {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let series = ParquetStore::new(folder.path().join("series"));
        Self { metadata: SqliteStore::in_memory().await.unwrap(), series, folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of this content, called by its plain name.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Source {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        Source { path, name: name.to_owned(), format: None }
    }

    pub async fn import(
        &self,
        options: &ImportOptions,
        sources: &[Source],
    ) -> Result<ImportReport, ImportError> {
        self.import_telling(options, sources, Arc::new(|_| ())).await
    }

    pub async fn import_telling(
        &self,
        options: &ImportOptions,
        sources: &[Source],
        progress: OnProgress,
    ) -> Result<ImportReport, ImportError> {
        let now = Timestamp::constant(1_762_128_000, 0);
        import(options, sources, &self.metadata, &self.series, now, progress).await
    }

    /// Imports one CSV file of this content, called `a.csv`.
    pub async fn csv(
        &self,
        options: &ImportOptions,
        content: impl AsRef<[u8]>,
    ) -> Result<ImportReport, ImportError> {
        self.import(options, &[self.file("a.csv", content)]).await
    }

    /// What an import of this content says against it, having checked that it wrote nothing.
    pub async fn refused(&self, options: &ImportOptions, content: impl AsRef<[u8]>) -> String {
        let error = self.csv(options, content).await.unwrap_err();
        self.is_untouched().await;
        error.to_string()
    }

    /// Neither rows nor metadata were written.
    pub async fn is_untouched(&self) {
        assert!(!self.path("series").exists(), "rows were written");
        assert!(
            self.metadata.models(Default::default(), Page::ALL).await.unwrap().items.is_empty(),
            "a model was registered"
        );
        assert!(
            self.metadata.devices(&DeviceFilter::default(), Page::ALL).await.unwrap().items.is_empty(),
            "a device was registered"
        );
    }

    pub async fn model(&self, options: &ImportOptions) -> ModelConfig {
        self.metadata.model(&options.model).await.unwrap().unwrap()
    }

    /// All rows of the model's columns, as a request would read them.
    pub async fn rows(&self, options: &ImportOptions) -> Frame {
        let model = self.model(options).await;
        let columns = Columns {
            signals: model.signals.into_iter().map(|signal| signal.field_code).collect(),
            labels: model.labels.into_iter().map(|label| label.field_code).collect(),
        };
        let key = DeviceKey { device_type: model.device_type_code, device: options.device.clone() };
        let read = self.series.read(&key, &columns, TimeRange::ALL, u64::MAX).await.unwrap();
        assert_eq!(read.infinite_cells, 0, "no infinity gets into the store");
        read.frame
    }
}

/// Time column `time`, everything else as it comes.
pub fn options() -> ImportOptions {
    ImportOptions::new("welding", "WLD001", "time")
}

pub fn utc(text: &str) -> i64 {
    i64::try_from(text.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap()
}

/// The real recordings. Where they are missing, the test says so and ends; on CI it fails.
pub fn recordings(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    assert!(std::env::var_os("FETTLE_CI").is_none_or(|ci| ci != "1"), "{} is missing", path.display());
    println!("SKIPPED: {} is missing", path.display());
    None
}

/// Present values as they are, missing ones as `None`.
pub fn present(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().map(|value| (!value.is_nan()).then_some(*value)).collect()
}
