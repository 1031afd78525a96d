//! Builds and replays as jobs.

use std::sync::Arc;

use async_trait::async_trait;
use fettle_features::FeatureError;
use fettle_jobs::{Job, JobFailure, JobKind, Work};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{BuiltFor, DatasetError, DatasetRequest, DatasetSummary, Datasets, Progress, StorageError};

/// What a job that replays is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayRequest {
    /// Which dataset to build again.
    pub dataset_id: String,
}

#[async_trait]
impl Work for Datasets {
    /// Answers a [`DatasetSummary`] or what came of the [replay](Datasets::replay).
    async fn run(&self, job: &Job, progress: &fettle_jobs::Progress) -> Result<Value, JobFailure> {
        let progress = Arc::new(progress.clone());
        let done = match job.kind {
            JobKind::DatasetBuild => {
                let request: DatasetRequest = read(&job.request)?;
                let built_for = BuiltFor { user: job.owner.clone(), job_id: Some(job.id.clone()) };
                let manifest = self.build(request, built_for, progress).await?;
                serde_json::to_value(DatasetSummary::from(&manifest))
            }
            JobKind::DatasetReplay => {
                let ReplayRequest { dataset_id } = read(&job.request)?;
                serde_json::to_value(self.replay(&dataset_id, progress).await?)
            }
        };
        done.map_err(|error| internal(&error))
    }
}

impl Progress for fettle_jobs::Progress {
    fn begin(&self, devices: u64) {
        self.set_devices_total(devices);
    }

    fn device_done(&self, windows: u64) {
        self.add_device();
        self.add_windows(windows);
    }

    fn is_cancelled(&self) -> bool {
        fettle_jobs::Progress::is_cancelled(self)
    }
}

/// What a job is asked, which another version of the program may have written.
fn read<T: for<'de> Deserialize<'de>>(request: &Value) -> Result<T, JobFailure> {
    T::deserialize(request)
        .map_err(|error| JobFailure::new("internal", format!("this version cannot read the job: {error}")))
}

fn internal(error: &dyn std::error::Error) -> JobFailure {
    tracing::error!(error = %causes(error), "a job failed");
    JobFailure::new("internal", "something went wrong inside; the log has it under the job's id")
}

fn causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

impl From<DatasetError> for JobFailure {
    /// The code and the words that the API has for it.
    fn from(error: DatasetError) -> Self {
        let message = error.to_string();
        match &error {
            DatasetError::Feature(feature) => match feature {
                FeatureError::InvalidParameter(errors) => {
                    let errors: Vec<Value> = errors
                        .iter()
                        .map(|error| json!({"field": error.field, "message": error.message}))
                        .collect();
                    JobFailure {
                        details: Some(json!({ "errors": errors })),
                        ..JobFailure::new("invalid_parameter", message)
                    }
                }
                FeatureError::NotFound(_) => JobFailure::new("not_found", message),
                FeatureError::InsufficientData(_) => JobFailure::new("insufficient_data", message),
                FeatureError::TooLarge(_) => JobFailure::new("payload_too_large", message),
                FeatureError::StepFailed { .. } => JobFailure::new("step_failed", message),
                FeatureError::PluginFault { .. } => JobFailure::new("plugin_fault", message),
                FeatureError::PluginUnavailable { .. } => JobFailure::new("plugin_unavailable", message),
                FeatureError::StepTimeout { .. } => JobFailure::new("step_timeout", message),
                FeatureError::BackendUnavailable(..) => {
                    tracing::error!(error = %causes(&error), "a backend is away");
                    JobFailure::new("backend_unavailable", message)
                }
                FeatureError::Internal(..) => internal(&error),
            },
            DatasetError::NotFound(_) => JobFailure::new("not_found", message),
            DatasetError::RowsChanged { .. } => JobFailure::new("conflict", message),
            DatasetError::Storage(StorageError::StorageFull { .. }) => {
                tracing::error!(error = %causes(&error), "no space is left for a dataset");
                JobFailure::new("storage_full", "no space is left for the dataset")
            }
            DatasetError::Storage(StorageError::Unavailable { .. }) => {
                tracing::error!(error = %causes(&error), "the dataset store is away");
                JobFailure::new("backend_unavailable", "the dataset store is unavailable")
            }
            DatasetError::Cancelled => JobFailure::new("cancelled", message),
            DatasetError::Storage(_) | DatasetError::Damaged { .. } => internal(&error),
        }
    }
}
