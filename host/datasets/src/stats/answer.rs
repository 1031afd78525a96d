//! Statistics as they are answered, under the names of the API.

use fettle_features::{Counts, FittedOn, FittedStep, Role};
use fettle_steps::{State, Step};
use serde::Serialize;

use super::column::Column;
use super::comoments::Moments;
use super::compute::Computed;
use super::correlations::Correlations;
use super::distribution::Distribution;
use super::scan::Scan;
use super::subject::Subject;
use crate::build::Learnt;
use crate::manifest::BuildWarning;

/// Statistics of features over all windows of one device, or of several.
#[derive(Debug, Serialize)]
pub struct Statistics {
    /// Each feature for itself, in the order of `feature_names`.
    pub feature_statistics: Vec<FeatureStatistics>,
    /// The names of the features.
    pub feature_names: Vec<String>,
    /// Pearson's correlation of each two features.
    pub correlation_matrix: Correlations,
    /// Windows.
    pub sample_count: u64,
    /// The signals, in the model's order.
    pub signals: Vec<SignalStatistics>,
    /// How it came about.
    pub metadata: StatisticsMetadata,
    /// What should be known of it.
    pub warnings: Vec<BuildWarning>,
}

/// A feature. Figures are in its own unit, and `None` where too few windows have a value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureStatistics {
    /// Its name.
    pub feature_name: String,
    /// The smallest value.
    pub min: Option<f64>,
    /// The largest value.
    pub max: Option<f64>,
    /// The arithmetic mean.
    pub mean: Option<f64>,
    /// The standard deviation, ddof 1.
    pub std: Option<f64>,
    /// The part of the windows in which it is missing, 0 to 1.
    pub missing_ratio: f64,
    /// The quantile 0.05, linear between neighbours; so are the others.
    pub p05: Option<f64>,
    /// The first quartile.
    pub p25: Option<f64>,
    /// The median.
    pub p50: Option<f64>,
    /// The third quartile.
    pub p75: Option<f64>,
    /// The quantile 0.95.
    pub p95: Option<f64>,
    /// Bins from the smallest value to the largest; `None` where the feature is constant.
    pub histogram: Option<Histogram>,
    /// The population stability index against the baseline.
    pub psi: Option<f64>,
    /// The Kolmogorov–Smirnov distance from the baseline, 0 to 1.
    pub ks: Option<f64>,
}

/// Twenty bins of equal width. Each holds its lower edge, the last one its upper edge too.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// Where bins begin, and where the last one ends: ascending, one more than bins.
    pub edges: Vec<f64>,
    /// Values in each bin.
    pub counts: Vec<u64>,
}

/// A signal as it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalStatistics {
    /// What the model calls it.
    pub name: String,
    /// The part of the cells that are missing as they are stored, 0 to 1.
    pub missing_ratio: f64,
}

/// How statistics came about.
#[derive(Debug, Serialize)]
pub struct StatisticsMetadata {
    /// The model's revision.
    pub model_revision: i64,
    /// What fitted steps were fitted on.
    pub fitted_on: FittedOn,
    /// The dataset that they and the baseline are of.
    pub baseline_dataset_id: Option<String>,
    /// The devices whose windows these are, by code.
    pub devices: Vec<DeviceShare>,
    /// Rows that were read, those of devices without a window among them.
    pub row_count: u64,
    /// Rows a window, where the window method counts rows.
    pub window_size: Option<u64>,
    /// The part of a window that the next one shares, where the window method counts rows.
    pub overlap: Option<f64>,
    /// Rows from one window's start to the next's, where the window method counts rows.
    pub stride: Option<u64>,
    /// Cells that were infinite in the store, and are missing.
    pub infinite_cells: u64,
    /// What the steps did.
    #[serde(flatten)]
    pub counts: Counts,
    /// The steps, in the order in which they ran. What was learnt for each device apart is not among it.
    pub steps: Vec<FittedStep>,
}

/// What a device has to do with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceShare {
    /// Its code.
    pub device_code: String,
    /// Its rows in the range.
    pub row_count: u64,
    /// Its windows.
    pub window_count: u64,
}

impl FeatureStatistics {
    /// Of a feature whose values have all been seen.
    pub(super) fn of(
        name: &str,
        windows: u64,
        column: Column,
        moments: &Moments,
        mut distribution: Distribution,
    ) -> Self {
        let present = |value: f64| Some(value).filter(|_| column.count > 0);
        let [p05, p25, p50, p75, p95] = distribution.quantiles();
        let (psi, ks) = distribution.drift();
        Self {
            feature_name: name.to_owned(),
            min: present(column.min),
            max: present(column.max),
            mean: moments.mean,
            std: moments.std,
            missing_ratio: (windows - column.count) as f64 / windows as f64,
            p05,
            p25,
            p50,
            p75,
            p95,
            histogram: distribution.into_histogram(),
            psi,
            ks,
        }
    }
}

impl StatisticsMetadata {
    pub(super) fn of(subject: &Subject, scan: &Scan, learnt: &Learnt, computed: Computed) -> Self {
        let plan = &subject.pipeline.plan;
        let window = plan.windows().window();
        let baseline = subject.baseline.as_ref();
        Self {
            model_revision: subject.pipeline.model_revision,
            fitted_on: if baseline.is_some() { FittedOn::Dataset } else { FittedOn::Request },
            baseline_dataset_id: baseline.map(|baseline| baseline.dataset_id().to_owned()),
            devices: computed.devices,
            row_count: scan.rows,
            window_size: window.param("window_size").and_then(|size| size.as_u64()),
            overlap: window.param("overlap").and_then(|overlap| overlap.as_f64()),
            stride: window.param("stride").and_then(|stride| stride.as_u64()),
            infinite_cells: scan.devices.iter().map(|device| device.infinite_cells).sum(),
            counts: computed.counts,
            steps: steps(subject, learnt),
        }
    }
}

fn steps(subject: &Subject, learnt: &Learnt) -> Vec<FittedStep> {
    let plan = &subject.pipeline.plan;
    let state = |role: Role| match learnt {
        Learnt::Together(states) => states.of(role).clone(),
        Learnt::Apart(_) => State::None,
    };
    let stages = plan.windows().stages().into_iter().filter(|stage| stage.role != Role::Refill);
    let before = stages.map(|stage| FittedStep { step: stage.step.clone(), state: state(stage.role) });
    let unfitted = |step: &Step| FittedStep { step: step.clone(), state: State::None };
    before.chain([plan.windows().window()].into_iter().chain(plan.features()).map(unfitted)).collect()
}
