//! Statistics of features, over one device or all of a model's type, and how far they have drifted from a dataset's.
//!
//! Rows are read device by device, as for a dataset: once to see what there is, once for each round that a fitted step
//! asks for, and once for features. Those wait in a file, a row for each window. One pass over it is enough for moments
//! and correlations, unless features are very many; on the way the values of each feature are sorted, in runs, which are
//! then merged: quantiles, histogram and drift are read off values that ascend. What is held in memory is the device in
//! flight and buffers of a fixed size.

mod answer;
mod column;
mod comoments;
mod compute;
mod correlations;
mod distribution;
mod drift;
mod leaving;
mod request;
mod scan;
mod sorted;
mod subject;
mod told;

use std::path::Path;
use std::sync::Arc;

use fettle_features::{FeatureError, Features};

pub use self::answer::{
    DeviceShare, FeatureStatistics, Histogram, SignalStatistics, Statistics, StatisticsMetadata,
};
pub use self::correlations::Correlations;
pub use self::request::{StatisticsRequest, StatisticsSteps};

use self::comoments::Moments;
use self::compute::Computed;
use self::distribution::Distribution;
use self::leaving::Leaving;
use self::scan::Scan;
use self::sorted::Runs;
use self::subject::Subject;
use self::told::Told;
use crate::DatasetError;
use crate::build::{Training, Units, Work, by_itself, learn};
use crate::request::FitScope;
use crate::service::Datasets;

impl Datasets {
    /// The statistics that a request asks for. Who gives up waiting ends the work.
    pub async fn statistics(&self, request: StatisticsRequest) -> Result<Statistics, DatasetError> {
        let query = self.features.metrics.query_started();
        let subject = self.subject(request).await?;
        let leaving = Leaving::default();
        let progress = leaving.progress();
        let (domain, scratch) = (Arc::clone(&self.features), self.scratch().clone());
        let passes = move || async move {
            let _query = query;
            let mut work = Work::new(&domain, &subject.pipeline, &progress);
            all_passes(&mut work, &subject, &domain, &scratch).await
        };
        let statistics = by_itself(passes).await;
        drop(leaving);
        statistics
    }
}

async fn all_passes(
    work: &mut Work<'_>,
    subject: &Subject,
    domain: &Features,
    scratch: &Path,
) -> Result<Statistics, DatasetError> {
    let mut told = Told::default();
    subject.warn(work);
    let scan = scan::scan(work, &mut told, subject).await?;
    let learnt = match &subject.baseline {
        Some(baseline) => baseline.learnt(&subject.pipeline.plan, &scan.devices)?,
        None => {
            let units = Units::whole(scan.devices.len());
            learn(work, &scan.devices, &units, &Training::all(&units), FitScope::Global).await?
        }
    };
    let computed =
        compute::compute(work, &mut told, &scan.devices, &learnt, subject.is_named(), scratch).await?;
    told.finish(work);

    let mut runs = Runs::new(scratch, subject.pipeline.feature_names.len(), computed.features.rows());
    let go_on = || work.go_on();
    let (moments, correlations) = comoments::look(&computed, &mut runs, &go_on)?;
    let features = features(work, subject, &computed, &moments, runs)?;
    domain.metrics.features_extracted(&subject.model_code);
    Ok(statistics(work, subject, &scan, &learnt, (computed, features, correlations)))
}

/// Each feature for itself.
fn features(
    work: &Work<'_>,
    subject: &Subject,
    computed: &Computed,
    moments: &[Moments],
    runs: Runs,
) -> Result<Vec<FeatureStatistics>, DatasetError> {
    let sorted = runs.finish()?;
    let windows = computed.features.rows() as u64;
    let of_each = subject.pipeline.feature_names.iter().zip(&computed.columns).zip(moments).enumerate();
    let of_each = of_each.map(|(place, ((name, column), moments))| {
        work.go_on()?;
        let mut distribution = Distribution::new(*column, moments, subject.quantiles(place));
        let mut visited = 0_u64;
        sorted.visit(place, &mut |value| {
            distribution.see(value);
            visited += 1;
            // To ask at every value would take longer than to see it.
            if visited.is_multiple_of(1 << 20) { work.go_on() } else { Ok(()) }
        })?;
        Ok(FeatureStatistics::of(name, windows, *column, moments, distribution))
    });
    of_each.collect()
}

fn statistics(
    work: &mut Work<'_>,
    subject: &Subject,
    scan: &Scan,
    learnt: &crate::build::Learnt,
    (computed, features, correlations): (Computed, Vec<FeatureStatistics>, Correlations),
) -> Statistics {
    Statistics {
        feature_statistics: features,
        feature_names: subject.pipeline.feature_names.clone(),
        correlation_matrix: correlations,
        sample_count: computed.features.rows() as u64,
        signals: scan.signals(&subject.pipeline),
        metadata: StatisticsMetadata::of(subject, scan, learnt, computed),
        warnings: std::mem::take(&mut work.warnings),
    }
}

/// Refuses, before any row is read, more features than may be correlated with each other.
fn check_width(features: usize, max_cells: u64) -> Result<(), FeatureError> {
    let cells = (features as u64).saturating_mul(features as u64);
    if cells <= max_cells {
        return Ok(());
    }
    Err(FeatureError::TooLarge(format!(
        "the correlations of {features} features are {cells} cells, and at most {max_cells} may be answered at once"
    )))
}
