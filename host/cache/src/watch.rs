//! Asking the store which version it has: what remains when everything else that could tell of a change is lost.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use fettle_metadata::MetadataStore;
use tokio::time::{sleep, timeout};

use crate::known::Known;

/// Pause between two questions. A change that nobody told of is noticed within a second.
pub const INTERVAL: Duration = Duration::from_millis(500);

/// How long the answer is waited for. A store that takes longer counts as away, so that whoever has something to answer
/// with does not wait for it too.
const PATIENCE: Duration = Duration::from_secs(1);

/// Asks again and again, for ever.
pub async fn keep_asking(store: Arc<dyn MetadataStore>, known: Arc<Known>) -> Infallible {
    loop {
        tokio::select! {
            () = sleep(INTERVAL) => {}
            () = known.is_to_be_asked() => {}
        }
        let was_away = known.is_away();
        let asked = known.asking();
        match timeout(PATIENCE, store.version()).await {
            Ok(Ok(version)) => {
                if known.answered(version, asked) {
                    tracing::warn!(
                        version,
                        "the metadata store has gone back to a former state; the cache begins anew"
                    );
                }
                if was_away {
                    tracing::info!("the metadata store answers again");
                }
            }
            Ok(Err(error)) => {
                if known.did_not_answer() {
                    let cause =
                        std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                    tracing::warn!(%error, cause, "the metadata store is away; what is cached goes on answering");
                }
            }
            Err(_) => {
                if known.did_not_answer() {
                    let cause = format!("no answer in {} s", PATIENCE.as_secs());
                    tracing::warn!(cause, "the metadata store is away; what is cached goes on answering");
                }
            }
        }
    }
}
