//! Finding a file of a dataset, or making it.

use std::sync::Arc;

use fettle_datasets::format::{Artifact, make};
use fettle_datasets::store::{DatasetId, StoredArtifact};
use fettle_datasets::{DatasetError, Datasets, StorageError};

use crate::ApiState;
use crate::passage::TimeLimit;
use crate::problem::Problem;

/// A file of the dataset `id`, made if it is the first time that it is asked for.
pub(super) async fn stored(
    state: &ApiState,
    id: &str,
    artifact: Artifact,
    limit: &TimeLimit,
) -> Result<StoredArtifact, Problem> {
    state.datasets().entry(id).await?;
    let missing = || Problem::from(DatasetError::NotFound(id.to_owned()));
    let parsed = DatasetId::parse(id).map_err(|_| missing())?;
    if let Some(stored) = state.datasets().store().open(&parsed, artifact).await? {
        return Ok(stored);
    }
    if artifact == Artifact::DATA {
        // Removed since it was looked up, or its file is lost.
        state.datasets().entry(id).await?;
        let problem = "its table is not in the dataset store".to_owned();
        return Err(DatasetError::Damaged { id: id.to_owned(), problem }.into());
    }
    limit.prolong(state.settings().attended_timeout);
    let (datasets, making) = (state.datasets().clone(), Arc::clone(state.making()));
    // A task of its own: a client that waits no longer finds the file made when it comes back.
    let made = tokio::spawn(async move {
        // One at a time, so that of two who ask at once the second finds it, and the first stays what it was handed.
        let _alone = making.lock().await;
        match datasets.store().open(&parsed, artifact).await? {
            Some(stored) => Ok(Some(stored)),
            None => made(&datasets, &parsed, artifact).await,
        }
    });
    let made = made.await.map_err(|error| Problem::internal(&error))?;
    made.map_err(|error| unread(error, id))?.ok_or_else(missing)
}

/// Makes a file from the dataset's table, and keeps it.
async fn made(
    datasets: &Datasets,
    id: &DatasetId,
    artifact: Artifact,
) -> Result<Option<StoredArtifact>, StorageError> {
    let scratch = datasets.scratch().clone();
    let data = datasets.store().fetch_data(id, &scratch).await?;
    let unwritten = |source: std::io::Error| StorageError::Unavailable {
        what: scratch.display().to_string(),
        source: source.into(),
    };
    let file = tempfile::NamedTempFile::new_in(&scratch).map_err(unwritten)?.into_temp_path();
    let work = move || make(artifact, data.path(), &file).map(|()| file);
    let file = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StorageError::Damaged { what: id.to_string(), problem: error.to_string() })??;
    datasets.store().keep(id, artifact, &file).await?;
    datasets.store().open(id, artifact).await
}

/// What came of reading or making a file that was there a moment ago.
pub(super) fn unread(error: StorageError, id: &str) -> Problem {
    match error {
        StorageError::NotFound { .. } => DatasetError::NotFound(id.to_owned()).into(),
        other => other.into(),
    }
}
