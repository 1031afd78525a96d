//! What whoever asked for a dataset is told of it.

use std::collections::BTreeMap;

use fettle_features::label::ClassDistribution;
use serde::{Deserialize, Serialize};

use crate::manifest::{BuildWarning, Manifest, NumberStatistics};

/// A dataset in short.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DatasetSummary {
    /// Its id.
    pub dataset_id: String,
    /// Windows to train on.
    pub train_samples: u64,
    /// Windows to validate with.
    pub val_samples: u64,
    /// Feature columns.
    pub feature_count: u64,
    /// How many windows of each class there are; null for numbers.
    pub class_distribution: Option<ClassDistribution>,
    /// Of them, to train on.
    pub class_distribution_train: Option<ClassDistribution>,
    /// Of them, to validate with.
    pub class_distribution_val: Option<ClassDistribution>,
    /// Figures of a number label; null for classes.
    pub label_statistics: Option<NumberStatistics>,
    /// What the dataset is, in short: the same for the same request over the same rows.
    pub digest: String,
    /// Rows that are in windows of both sides.
    pub shared_rows: u64,
    /// Validation windows that share rows with training.
    pub val_windows_sharing_rows: u64,
    /// Training windows that went out because they shared rows with validation.
    pub purged_windows: u64,
    /// Windows that went out, whatever the reason; the manifest says which.
    pub dropped_windows: u64,
    /// The features, by their names.
    pub feature_info: BTreeMap<String, FeatureInfo>,
    /// What should be known of it.
    pub warnings: Vec<BuildWarning>,
}

/// A feature in short.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeatureInfo {
    /// Its signal, where it is of one.
    pub signal: Option<String>,
    /// What it is of that signal.
    pub statistic: String,
    /// Windows in which it is missing.
    pub missing: u64,
}

impl From<&Manifest> for DatasetSummary {
    fn from(manifest: &Manifest) -> Self {
        let content = &manifest.content;
        let info = content.features.iter().map(|feature| {
            let info = FeatureInfo {
                signal: feature.signal.clone(),
                statistic: feature.statistic.clone(),
                missing: feature.missing,
            };
            (feature.name.clone(), info)
        });
        Self {
            dataset_id: manifest.dataset_id.clone(),
            train_samples: content.train_samples,
            val_samples: content.val_samples,
            feature_count: content.features.len() as u64,
            class_distribution: content.label.class_distribution.clone(),
            class_distribution_train: content.label.class_distribution_train.clone(),
            class_distribution_val: content.label.class_distribution_val.clone(),
            label_statistics: content.label.statistics.clone(),
            digest: manifest.digest.clone(),
            shared_rows: content.split.shared_rows,
            val_windows_sharing_rows: content.split.val_windows_sharing_rows,
            purged_windows: content.split.purged_windows,
            dropped_windows: content.dropped_windows.total(),
            feature_info: info.collect(),
            warnings: manifest.warnings.clone(),
        }
    }
}
