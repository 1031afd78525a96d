//! Servers that die while they build, at any moment: what they leave is whole or goes, and jobs end all the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use fettle_datasets::table::TableReader;
use serde_json::Value;

use self::program::client::Client;
use self::program::welding::{
    DATASET, days_of_october, log_in, october, prepare, scratch_files, scratch_folders, serve, stored_files,
};
use self::program::{run, stdout_of};

const KILLS: usize = 50;
const SEED: u64 = 20_251_103;

/// Parts of a whole, from 0 to 1, the same for the same seed (SplitMix64).
fn fractions(seed: u64) -> impl Iterator<Item = f64> {
    (1..).map(move |n: u64| {
        let mut bits = seed.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    })
}

#[tokio::test]
async fn killed_at_fifty_moments_of_a_build_it_leaves_no_half_dataset_and_no_job_behind() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder);
    let request = days_of_october(2);

    let server = serve(folder);
    let user = log_in(&server).await;
    let begun = Instant::now();
    let job = user.submit(DATASET, &request).await;
    let first = user.ended(&job).await;
    let usual = begun.elapsed();
    assert_eq!(first["state"], "done", "{first}");
    server.kill();

    let mut jobs = vec![job];
    for part in fractions(SEED).take(KILLS) {
        let server = serve(folder);
        jobs.push(user.at(&server).submit(DATASET, &request).await);
        tokio::time::sleep(usual.mul_f64(part)).await;
        server.kill();
    }

    let mut server = serve(folder);
    let client = user.at(&server);
    let mut built = BTreeSet::new();
    for job in &jobs {
        let ended = client.ended(job).await;
        if ended["state"] == "done" {
            let result = &ended["result"];
            assert_eq!(result["digest"], first["result"]["digest"], "{ended}");
            built.insert(result["dataset_id"].as_str().unwrap().to_owned());
        } else {
            assert_failed_with_a_reason(&ended);
        }
    }
    let listed = listed(&client).await;
    assert_eq!(listed, built, "a dataset for each job that is done, and no other");
    for id in &listed {
        assert_whole(&client, folder, id).await;
    }
    assert_nothing_half(folder, &listed);
    let last = listed.last().unwrap();
    assert!(stdout_of(&run(folder, &["dataset", "replay", last])).contains("is identical"));

    server.signal("TERM");
    assert!(server.wait().success());
    assert_eq!(scratch_folders(folder), 0);
}

#[tokio::test]
async fn a_build_that_a_client_waits_for_fails_with_a_reason_when_its_server_dies() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder);
    let server = serve(folder);
    let user = log_in(&server).await;
    let waiting = {
        let client = user.at(&server);
        tokio::spawn(async move { client.is_answered(DATASET, &october()).await })
    };
    let job = loop {
        let (_, jobs) = user.get("/api/v2/jobs").await;
        if let Some(job) = jobs["data"]["items"].as_array().unwrap().first() {
            assert_eq!(job["state"], "running", "{job}");
            break job["job_id"].as_str().unwrap().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    server.kill();
    assert!(!waiting.await.unwrap(), "the connection broke");

    let server = serve(folder);
    let client = user.at(&server);
    assert_failed_with_a_reason(&client.ended(&job).await);
    assert!(listed(&client).await.is_empty());
    assert_nothing_half(folder, &BTreeSet::new());
}

fn assert_failed_with_a_reason(job: &Value) {
    assert_eq!(job["state"], "failed", "{job}");
    assert!(job["error"]["code"].is_string(), "{job}");
    assert!(job["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{job}");
}

async fn listed(client: &Client) -> BTreeSet<String> {
    let (status, list) = client.get("/api/v2/ai/datasets?page_size=500").await;
    assert_eq!(status, 200, "{list}");
    let items = list["data"]["items"].as_array().unwrap();
    items.iter().map(|item| item["dataset_id"].as_str().unwrap().to_owned()).collect()
}

/// A dataset has its manifest, and downloads to the rows that the manifest says.
async fn assert_whole(client: &Client, folder: &Path, id: &str) {
    let (status, manifest) = client.get(&format!("/api/v2/ai/datasets/{id}")).await;
    assert_eq!(status, 200, "{manifest}");
    let file = folder.join(format!("{id}.parquet"));
    fs::write(&file, client.download(&format!("/api/v2/ai/datasets/{id}/download")).await).unwrap();
    let digest = TableReader::open(&file).unwrap().content_digest().unwrap();
    assert_eq!(manifest["data"]["content"]["table_digest"], digest.to_string(), "{id}");
}

/// Nothing but what is listed lies in the store after the first sweep, and nothing is left on the way.
fn assert_nothing_half(folder: &Path, listed: &BTreeSet<String>) {
    let mut expected: Vec<String> = listed
        .iter()
        .flat_map(|id| ["data.parquet", "manifest.json"].map(|file| format!("datasets/{id}/{file}")))
        .collect();
    expected.sort();
    assert_eq!(stored_files(folder), expected);
    assert_eq!(scratch_files(folder), [""; 0]);
    assert_eq!(scratch_folders(folder), 1, "that of the running server");
}
