//! Clearing the dataset store of what was never finished.

use std::convert::Infallible;
use std::path::Path;
use std::time::{Duration, SystemTime};

use fettle_config::Settings;
use fettle_datasets::Datasets;

use crate::scratch::Scratch;

/// Time between two sweeps.
const INTERVAL: Duration = Duration::from_secs(3600);

/// What is as old as this is no longer being written. A bucket dates an object from the beginning of its upload.
const LONGEST_UPLOAD: Duration = Duration::from_secs(24 * 3600);

/// From when on somebody else may be writing to the store, at a start: from now on where the store lies in this data
/// folder and nobody else works on that, and else for as long as an upload takes.
pub fn first_limit(settings: &Settings, scratch: &Scratch) -> SystemTime {
    let resolved = |path: &Path| path.canonicalize().ok();
    let store = resolved(Path::new(&settings.datasets.location));
    let own = store.zip(resolved(&settings.data.dir)).is_some_and(|(store, data)| store.starts_with(data));
    scratch.alone_since().filter(|_| own).unwrap_or_else(ordinary_limit)
}

/// Makes good what builds that never finished have left before `before`. A store that is away keeps nobody from starting.
pub async fn sweep(datasets: &Datasets, before: SystemTime) {
    match datasets.sweep(before).await {
        Ok(swept) if swept.datasets + swept.files > 0 => {
            tracing::info!(swept.datasets, swept.files, "removed what unfinished builds had left");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the dataset store was not swept"),
    }
}

/// Removes again and again what no upload is at any more.
pub async fn keep_swept(datasets: &Datasets) -> Infallible {
    loop {
        tokio::time::sleep(INTERVAL).await;
        sweep(datasets, ordinary_limit()).await;
    }
}

fn ordinary_limit() -> SystemTime {
    SystemTime::now() - LONGEST_UPLOAD
}
