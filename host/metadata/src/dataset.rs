//! What is known of a finished dataset without opening it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// A finished dataset as the index knows it. Manifest and rows lie in the dataset store.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetEntry {
    /// Unique id, `ds_YYYYMMDD_NNN`.
    pub id: String,
    /// Code of the model that it was built from.
    pub model_code: String,
    /// Name of the user who asked for it.
    pub created_by: String,
    /// Id of the job that built it, where one did.
    pub job_id: Option<String>,
    /// When it was finished.
    pub created_at: Timestamp,
    /// The digest over its manifest and its content.
    pub digest: String,
    /// Windows in the training part.
    pub train_samples: u64,
    /// Windows in the validation part.
    pub val_samples: u64,
    /// Feature columns.
    pub feature_count: u64,
    /// What else a list shows.
    pub summary: Map<String, Value>,
}

/// Which datasets to list; the default lets all of them through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatasetFilter {
    /// Datasets of this model alone.
    pub model_code: Option<String>,
}

/// The UTC day that numbers are counted in, as `YYYYMMDD`.
pub fn utc_date(now: Timestamp) -> String {
    now.to_zoned(TimeZone::UTC).strftime("%Y%m%d").to_string()
}

/// The id of a day's `number`th dataset. Three digits at least, more from the thousandth on.
pub fn dataset_id(utc_date: &str, number: u64) -> String {
    format!("ds_{utc_date}_{number:03}")
}
