//! The same request gives the same bytes: on every run, for any number of threads, with and without a pool.

use std::collections::BTreeMap;

use fettle_steps::Settings;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::extract::{Client, EXTRACT, request};
use crate::features::{self, START, with_welder};
use crate::server::Server;

const ARROW: &str = "application/vnd.apache.arrow.stream";

/// Rows of the device. With its two signals that is well over 16,384 cells, from which on columns are shared between
/// threads; so are the features, ten columns of two thousand windows.
const ROWS: usize = 20_000;

/// Rounds on each sandbox, of three requests at once in each form: 108 requests a form.
const ROUNDS: usize = 6;

/// A request whose every step that can be fitted is.
fn fitted() -> Value {
    request(json!({
        "device_code": "LONG", "window_size": 20,
        "missing_value_method": "median", "outlier_method": "z_score", "normalize_method": "z_score",
    }))
}

/// Values over many orders of magnitude, so that another order of adding them up would show; a tenth is missing.
fn signals() -> [Vec<f64>; 2] {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let value = (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5;
        if state.is_multiple_of(10) { f64::NAN } else { value * 10f64.powi((state % 7) as i32) }
    };
    let current = (0..ROWS).map(|_| next()).collect();
    let voltage = (0..ROWS).map(|_| 1e6 + next()).collect();
    [current, voltage]
}

async fn client(threads: usize, pooling: bool) -> Client {
    let steps = features::steps(Settings { threads, pooling, ..features::settings() }, &[]).await;
    assert_eq!((steps.sandbox().threads().count(), steps.sandbox().is_pooled()), (threads, pooling));
    let client = Client::of(Server::start_on(steps, |_| ()).await).await;
    let timestamps = (0..ROWS as i64).map(|row| START + row * 1_000_000_000).collect();
    with_welder(&client.server, "LONG", timestamps, signals()).await;
    client
}

/// The sha256 of an answer in Arrow.
async fn arrow(client: &Client) -> String {
    let answer = client.server.post_accepting(ARROW, EXTRACT, &client.token, &fitted()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    hex::encode(Sha256::digest(&answer.body))
}

/// The sha256 of the `data` of an answer in JSON: all but the time that it took.
async fn json(client: &Client) -> String {
    let answer = client.server.post(EXTRACT, &client.token, &fitted()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    let (data, _) = text.rsplit_once(",\"execution_time\":").unwrap();
    let data = data.strip_prefix("{\"success\":true,\"data\":").unwrap();
    hex::encode(Sha256::digest(data))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_answers_have_one_digest_whatever_the_threads_and_the_pool() {
    let mut digests: BTreeMap<String, usize> = BTreeMap::new();
    for (threads, pooling) in [(1, false), (1, true), (2, false), (2, true), (8, false), (8, true)] {
        let client = client(threads, pooling).await;
        for _ in 0..ROUNDS {
            let found = tokio::join!(
                arrow(&client),
                json(&client),
                arrow(&client),
                json(&client),
                arrow(&client),
                json(&client)
            );
            let (a, b, c, d, e, f) = found;
            for digest in [a, b, c, d, e, f] {
                *digests.entry(digest).or_default() += 1;
            }
        }
    }
    assert_eq!(digests.into_values().collect::<Vec<_>>(), [108, 108], "one digest for each form");
}

#[tokio::test]
async fn every_step_of_that_request_is_fitted_where_it_can_be() {
    let client = client(2, false).await;
    let data = client.server.post(EXTRACT, &client.token, &fitted()).await.json()["data"].clone();
    for step in data["metadata"]["steps"].as_array().unwrap() {
        let can_be = !matches!(step["kind"].as_str().unwrap(), "window" | "feature");
        assert_eq!(step["state"].is_object(), can_be, "{step}");
    }
    assert_eq!(data["metadata"]["window_count"], 1_999);
    assert!(data["metadata"]["imputed_cells"].as_u64().unwrap() > 0);
    assert!(data["metadata"]["changed_cells"]["current"].as_u64().unwrap() > 0);
}
