//! Long work on datasets: shown as it goes on, and cancelled from the keyboard.

use std::sync::Arc;
use std::time::Duration;

use fettle_datasets::DatasetError;
use fettle_jobs::{JobProgress, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::interval;

use super::said;
use crate::lifecycle::Signals;

/// Time between two looks at how far the work is.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// What a shell expects of a program that ended because of Ctrl-C: 128 and the signal's number.
pub const CANCELLED: u8 = 130;

/// Runs `work` under a progress bar on standard error, or under none where that is no terminal. Ctrl-C and SIGTERM
/// cancel it, which takes less than a second; then the answer is `None`, and nothing is left behind.
pub async fn follow<T>(
    work: impl AsyncFnOnce(Arc<Progress>) -> Result<T, DatasetError>,
) -> anyhow::Result<Option<T>> {
    let progress = Progress::new();
    let bar = progress_bar();
    let mut signals = Signals::new()?;
    // A task of its own: work that keeps its thread busy must not keep anybody from cancelling it.
    let watching = tokio::spawn({
        let (progress, bar) = (progress.clone(), bar.clone());
        async move {
            let mut looks = interval(LOOK_INTERVAL);
            loop {
                tokio::select! {
                    _ = looks.tick() => show(&bar, progress.snapshot()),
                    _ = signals.next() => progress.cancel(),
                }
            }
        }
    });
    let done = work(Arc::new(progress)).await;
    watching.abort();
    bar.finish_and_clear();
    match done {
        Ok(done) => Ok(Some(done)),
        Err(DatasetError::Cancelled) => {
            eprintln!("cancelled; nothing was left behind");
            Ok(None)
        }
        Err(DatasetError::Storage(error)) => Err(said(&error)),
        Err(error) => Err(error.into()),
    }
}

fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} devices  {msg}  {elapsed}, {eta} to go")
        .expect("the template is well formed");
    ProgressBar::new(0).with_style(style)
}

fn show(bar: &ProgressBar, progress: JobProgress) {
    bar.set_length(progress.devices_total);
    bar.set_position(progress.devices_done);
    bar.set_message(format!("{} windows", progress.windows_done));
}
