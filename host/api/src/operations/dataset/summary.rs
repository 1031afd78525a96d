//! The documentation of what a build answers. The domain's own summary is what is written; a test compares the names.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

use crate::operations::extract::metadata::WarningDocument;

/// A dataset in short.
#[derive(ToSchema)]
#[schema(as = DatasetSummary)]
pub(crate) struct SummaryDocument {
    /// Its id.
    #[schema(example = "ds_20251103_001")]
    dataset_id: String,
    /// Windows to train on.
    #[schema(example = 4000)]
    train_samples: u64,
    /// Windows to validate with.
    #[schema(example = 1000)]
    val_samples: u64,
    /// Features.
    #[schema(example = 25)]
    feature_count: u64,
    /// How many windows of each class there are; `null` where the label is a number.
    #[schema(example = json!({"0": 3500, "1": 1500}))]
    class_distribution: Option<BTreeMap<String, u64>>,
    /// Of them, to train on.
    #[schema(example = json!({"0": 2800, "1": 1200}))]
    class_distribution_train: Option<BTreeMap<String, u64>>,
    /// Of them, to validate with.
    #[schema(example = json!({"0": 700, "1": 300}))]
    class_distribution_val: Option<BTreeMap<String, u64>>,
    /// Figures of the label where it is a number, else `null`.
    label_statistics: Option<LabelStatisticsDocument>,
    /// Where its files are handed out.
    #[schema(example = "/api/v2/ai/datasets/ds_20251103_001/download")]
    download_url: String,
    /// SHA-256 of what the dataset is: the same for the same request over the same rows.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// Rows that are in windows of both sides.
    #[schema(example = 0)]
    shared_rows: u64,
    /// Validation windows that share rows with training.
    #[schema(example = 0)]
    val_windows_sharing_rows: u64,
    /// Training windows that `purge` took out.
    #[schema(example = 0)]
    purged_windows: u64,
    /// Windows that went out, whatever the reason; the manifest says which.
    #[schema(example = 0)]
    dropped_windows: u64,
    /// The features by their names.
    feature_info: BTreeMap<String, FeatureInfoDocument>,
    /// What should be known of it.
    warnings: Vec<WarningDocument>,
}

/// A feature in short.
#[derive(ToSchema)]
#[schema(as = FeatureInfo)]
pub(crate) struct FeatureInfoDocument {
    /// Its signal, where it is of one.
    #[schema(example = "current")]
    signal: Option<String>,
    /// What it is of that signal.
    #[schema(example = "mean")]
    statistic: String,
    /// Windows in which it is missing.
    #[schema(example = 0)]
    missing: u64,
}

/// Figures of a number label.
#[derive(ToSchema)]
#[schema(as = LabelStatistics)]
pub(crate) struct LabelStatisticsDocument {
    /// Of all windows.
    total: NumberFiguresDocument,
    /// Of those to train on.
    train: NumberFiguresDocument,
    /// Of those to validate with.
    val: NumberFiguresDocument,
}

/// Figures of numbers; `null` where these numbers have none.
#[derive(ToSchema)]
#[schema(as = NumberFigures)]
pub(crate) struct NumberFiguresDocument {
    /// How many there are.
    #[schema(example = 4000)]
    count: u64,
    /// The smallest.
    #[schema(example = 0.0)]
    min: Option<f64>,
    /// The largest.
    #[schema(example = 1.0)]
    max: Option<f64>,
    /// The arithmetic mean.
    #[schema(example = 0.5)]
    mean: Option<f64>,
    /// The standard deviation of a sample (ddof 1).
    #[schema(example = 0.25)]
    std: Option<f64>,
    /// The first quartile.
    #[schema(example = 0.25)]
    p25: Option<f64>,
    /// The median.
    #[schema(example = 0.5)]
    p50: Option<f64>,
    /// The third quartile.
    #[schema(example = 0.75)]
    p75: Option<f64>,
}
