//! The same bytes whatever the threads; rows that change; clients that leave.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use fettle_series::SeriesStore;
use fettle_steps::Settings;
use serde_json::json;
use tokio::sync::Semaphore;

use super::{SECOND, asked};
use crate::extract::Client;
use crate::features::{self, START, with_welder};
use crate::restless::Restless;
use crate::rows_front::{Front, Reads};
use crate::server::Server;

#[tokio::test]
async fn an_answer_has_the_same_bytes_on_one_thread_and_on_four() {
    let mut answers = Vec::new();
    for threads in [1, 4] {
        let steps = features::steps(Settings { threads, ..features::settings() }, &[]).await;
        let client = Client::of(Server::start_on(steps, |_| ()).await).await;
        // Enough cells that columns are shared between threads, with gaps, over many magnitudes.
        let value = |row: i64| ((row * 7919) % 10_007) as f64 * 10f64.powi((row % 7) as i32);
        let column = |offset: f64| -> Vec<f64> {
            (0..20_000).map(|row| if row % 11 == 3 { f64::NAN } else { offset + value(row) }).collect()
        };
        let timestamps = (0..20_000).map(|row| START + row * SECOND).collect();
        with_welder(&client.server, "W3", timestamps, [column(0.0), column(1e6)]).await;
        let fitted =
            json!({"missing_value_method": "median", "outlier_method": "z_score", "window_size": 20});
        let answer = client.stats(fitted).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let text = answer.text();
        answers.push(text.rsplit_once(",\"execution_time\":").unwrap().0.to_owned());
    }
    assert!(answers[0] == answers[1], "{} and {}", answers[0], answers[1]);
}

#[tokio::test]
async fn rows_that_change_meanwhile_are_a_conflict() {
    let steps = features::built_in().await;
    let server = Server::start_between(steps, |_| (), |all| all, |rows| Arc::new(Restless::over(rows)));
    let client = Client::of(server.await).await;
    client.stats(json!({})).await.problem(409, "conflict");
}

/// Lets so many reads of rows through, and counts those that were begun.
#[derive(Debug)]
struct Gated {
    gate: Arc<Semaphore>,
    begun: Arc<AtomicUsize>,
}

#[async_trait]
impl Reads for Gated {
    async fn before(&self) {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
    }
}

/// Waits until something is so.
async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come to that");
}

/// Files that this process has open below a folder, without a name or with one.
fn open_files(folder: &Path) -> usize {
    let files = std::fs::read_dir("/proc/self/fd").unwrap();
    files
        .filter(|file| {
            std::fs::read_link(file.as_ref().unwrap().path()).is_ok_and(|to| to.starts_with(folder))
        })
        .count()
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_work_and_nothing_of_it_is_left() {
    let (gate, begun) = (Arc::new(Semaphore::new(3)), Arc::new(AtomicUsize::new(0)));
    let front = |store| -> Arc<dyn SeriesStore> {
        Arc::new(Front { store, reads: Gated { gate: Arc::clone(&gate), begun: Arc::clone(&begun) } })
    };
    let steps = features::built_in().await;
    let client = Client::of(Server::start_between(steps, |_| (), |all| all, front).await).await;
    for device in ["W3", "W4"] {
        let timestamps = (0..500).map(|row| START + row * SECOND).collect();
        with_welder(&client.server, device, timestamps, [vec![1.0; 500], vec![2.0; 500]]).await;
    }
    let scratch = client.server.folder.path().join("scratch");
    // A first look at the four devices, of which one has no rows; then, the file of features being open, again.
    gate.add_permits(2);
    let unfitted = asked(json!({"missing_value_method": "none", "outlier_method": "none"}));
    let sixth = until(async || begun.load(Ordering::SeqCst) == 6);
    tokio::select! {
        answer = client.server.get(&unfitted, &client.token) => panic!("it is answered: {}", answer.text()),
        () = sixth => {}
    }
    if cfg!(target_os = "linux") {
        assert_eq!(open_files(&scratch), 1);
    }
    gate.add_permits(100);
    until(async || client.server.get("/metrics", "").await.text().contains("active_queries 0")).await;
    assert_eq!(begun.load(Ordering::SeqCst), 6, "no row was read after the client had left");
    if cfg!(target_os = "linux") {
        assert_eq!(open_files(&scratch), 0);
    }
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0);
    assert_eq!(client.server.get(&unfitted, &client.token).await.status, 200);
}
