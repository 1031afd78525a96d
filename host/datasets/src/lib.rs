//! Training datasets: one table of windows with their features and labels, stored whole or not at all, and handed out
//! in the formats that data scientists read; and statistics of features, by themselves or against a dataset's.

mod build;
mod dataset_error;
mod error;
pub mod format;
mod job;
pub mod manifest;
mod pipeline;
mod plugins;
mod recipe;
mod replay;
mod request;
mod serve;
mod service;
mod stats;
pub mod store;
mod summary;
mod sweep;
pub mod table;

pub use crate::build::{Progress, Skipped};
pub use crate::dataset_error::DatasetError;
pub use crate::error::StorageError;
pub use crate::job::ReplayRequest;
pub use crate::recipe::{FeatureOrigin, LabelField, ModelPart, Recipe};
pub use crate::replay::{Changed, Difference, Replayed};
pub use crate::request::{
    DatasetRequest, FitScope, MissingFeatures, OnDeviceError, SplitMethod, SplitRequest,
};
pub use crate::serve::{SentRows, ServeRequest, ServedRows};
pub use crate::service::{BuiltFor, Datasets};
pub use crate::stats::{
    Correlations, DeviceShare, FeatureStatistics, Histogram, SignalStatistics, Statistics,
    StatisticsMetadata, StatisticsRequest, StatisticsSteps,
};
pub use crate::summary::{DatasetSummary, FeatureInfo};
