//! The documentation of statistics. The domain's own types are what is written; a test compares the names.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::operations::extract::metadata::{StepDocument, WarningDocument};

/// What features are like, over all windows.
#[derive(ToSchema)]
#[schema(as = Statistics)]
pub(super) struct StatisticsDocument {
    /// Each feature for itself, in the order of `feature_names`.
    feature_statistics: Vec<FeatureDocument>,
    /// The names of the features.
    #[schema(example = json!(["current_mean", "current_std"]))]
    feature_names: Vec<String>,
    /// Pearson's correlation of each two features, over the windows in which both have a value: a row for each of
    /// `feature_names`. `null` where one of the two is constant, by the rule of `z_score`, or has too few values.
    #[schema(example = json!([[1.0, 0.31], [0.31, 1.0]]))]
    correlation_matrix: Vec<Vec<Option<f64>>>,
    /// Windows.
    #[schema(example = 513)]
    sample_count: u64,
    /// The signals as they were recorded, in the model's order.
    signals: Vec<SignalDocument>,
    /// How it came about.
    metadata: StatisticsMetadataDocument,
    /// What to know before relying on it; of many devices the first ones of each kind.
    warnings: Vec<WarningDocument>,
}

/// A feature. Figures are `null` where too few windows have a value.
#[derive(ToSchema)]
#[schema(as = FeatureStatistics)]
struct FeatureDocument {
    /// Its name.
    #[schema(example = "current_mean")]
    feature_name: String,
    /// The smallest value.
    #[schema(example = 131.2)]
    min: Option<f64>,
    /// The largest value.
    #[schema(example = 172.9)]
    max: Option<f64>,
    /// The arithmetic mean.
    #[schema(example = 150.4)]
    mean: Option<f64>,
    /// The standard deviation of a sample (ddof 1).
    #[schema(example = 8.3)]
    std: Option<f64>,
    /// The part of the windows in which it is missing.
    #[schema(example = 0.0)]
    missing_ratio: f64,
    /// The quantile 0.05, linear between neighbours.
    #[schema(example = 136.8)]
    p05: Option<f64>,
    /// The first quartile.
    #[schema(example = 144.1)]
    p25: Option<f64>,
    /// The median.
    #[schema(example = 150.2)]
    p50: Option<f64>,
    /// The third quartile.
    #[schema(example = 156.7)]
    p75: Option<f64>,
    /// The quantile 0.95.
    #[schema(example = 164.0)]
    p95: Option<f64>,
    /// Bins between the smallest and the largest value; `null` where the feature is constant.
    histogram: Option<HistogramDocument>,
    /// Population stability index against the baseline's deciles: 0 where nothing has changed, above 0.25 by common
    /// advice a large shift. `null` without a baseline, or where the baseline is one value alone.
    #[schema(example = 0.03)]
    psi: Option<f64>,
    /// Kolmogorov–Smirnov distance from the baseline, 0 to 1. `null` without one.
    #[schema(example = 0.06)]
    ks: Option<f64>,
}

/// Twenty bins of equal width.
#[derive(ToSchema)]
#[schema(as = Histogram)]
struct HistogramDocument {
    /// Where bins begin, and where the last one ends: 21 numbers. A bin holds its lower edge, the last one both.
    edges: Vec<f64>,
    /// Windows in each bin.
    counts: Vec<u64>,
}

/// A signal as it was recorded.
#[derive(ToSchema)]
#[schema(as = SignalStatistics)]
struct SignalDocument {
    /// What the model calls it.
    #[schema(example = "current")]
    name: String,
    /// The part of its cells that are missing, before any step.
    #[schema(example = 0.011)]
    missing_ratio: f64,
}

/// How statistics came about.
#[derive(ToSchema)]
#[schema(as = StatisticsMetadata)]
struct StatisticsMetadataDocument {
    /// Which revision of the model was used: with a baseline, the one that its dataset was built with.
    #[schema(example = 1)]
    model_revision: i64,
    /// What fitted steps were fitted on: the rows of this very `request`, or those of a `dataset`.
    #[schema(example = "request")]
    fitted_on: String,
    /// The dataset of the baseline.
    #[schema(example = "ds_20251103_001")]
    baseline_dataset_id: Option<String>,
    /// The devices whose windows these are, by code.
    devices: Vec<DeviceShareDocument>,
    /// Rows that were read and learnt from, those of devices without a whole window among them.
    #[schema(example = 25_920)]
    row_count: u64,
    /// Rows in a window; `null` where windows are cut by time.
    #[schema(example = 100)]
    window_size: Option<u64>,
    /// The share of a window that the next one covers again; `null` where windows are cut by time.
    #[schema(example = 0.5)]
    overlap: Option<f64>,
    /// Rows from the start of a window to the start of the next; `null` where windows are cut by time.
    #[schema(example = 50)]
    stride: Option<u64>,
    /// Infinite cells of the store, which are read as missing.
    #[schema(example = 0)]
    infinite_cells: u64,
    /// Cells that were missing and are not any more.
    #[schema(example = 870)]
    imputed_cells: u64,
    /// Cells that the outlier step changed, by signal.
    #[schema(value_type = Object, example = json!({"current": 12}))]
    changed_cells: Map<String, Value>,
    /// Rows that a step removed.
    #[schema(example = 0)]
    dropped_rows: u64,
    /// Results that no f64 can hold, which are missing instead.
    #[schema(example = 0)]
    overflow_cells: u64,
    /// Every step that ran, in its order. `state` is `null` too where a baseline was fitted device by device.
    steps: Vec<StepDocument>,
}

/// What a device has to do with it.
#[derive(ToSchema)]
#[schema(as = DeviceShare)]
struct DeviceShareDocument {
    /// Its code.
    #[schema(example = "WLD001")]
    device_code: String,
    /// Its rows in the range.
    #[schema(example = 8640)]
    row_count: u64,
    /// Its windows.
    #[schema(example = 171)]
    window_count: u64,
}
