//! Building a dataset again.

use axum::body::Body;
use serde_json::{Value, json};

use super::{assert_documented, client, text};
use crate::features::{telemetry, welder};
use crate::server::{Answer, Server};

async fn replay(client: &crate::extract::Client, id: &str) -> Answer {
    let request = Server::request("POST", &format!("/ai/datasets/{id}/replay"), &client.token);
    client.server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_replay_is_identical_until_a_row_changes() {
    let client = client().await;
    let id = client.dataset(json!({})).await;
    let answer = replay(&client, &id).await;
    let same = answer.json()["data"].clone();
    assert_documented(&same, "Replayed");
    assert_eq!((&same["identical"], &same["differences"]), (&json!(true), &json!([])), "{same}");
    assert_eq!(same["digest"], same["replayed_digest"]);

    let mut frame = telemetry();
    frame.signals[1].values[500] += 1e-9;
    let months = client.server.folder.path().join("series/welder/W2");
    std::fs::remove_dir_all(months).unwrap();
    client.server.series.write(&welder("W2"), frame).await.unwrap();
    let changed = replay(&client, &id).await.json()["data"].clone();
    assert_eq!(changed["identical"], false);
    assert_ne!(changed["digest"], changed["replayed_digest"]);
    assert_documented(&changed["differences"][0], "Difference");
    assert_eq!(
        (&changed["differences"][0]["what"], &changed["differences"][0]["name"]),
        (&json!("rows"), &json!("W2"))
    );
}

#[tokio::test]
async fn a_replay_can_be_a_job() {
    let client = client().await;
    let id = client.dataset(json!({})).await;
    let answer = client.post_async(&format!("/ai/datasets/{id}/replay"), &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.header("preference-applied")), (202, "respond-async"));
    let job_id = text(&answer.json()["data"]["job_id"]);
    let job = client.server.jobs.wait(&job_id).await.unwrap().unwrap();
    assert_eq!(job.result.unwrap()["identical"], true);
    let job = client.server.get(&format!("/jobs/{job_id}"), &client.token).await.json();
    assert_eq!((&job["data"]["kind"], &job["data"]["error"]), (&json!("dataset_replay"), &Value::Null));
}

#[tokio::test]
async fn a_replay_takes_an_analyst_a_dataset_and_no_fields() {
    let client = client().await;
    let id = client.dataset(json!({})).await;
    let path = format!("/ai/datasets/{id}/replay");
    let viewer = client.server.token("viewer").await;
    client.server.post(&path, &viewer, &json!({})).await.problem(403, "forbidden");
    replay(&client, "ds_20251103_999").await.problem(404, "not_found");
    let told = client.server.post(&path, &client.token, &json!({"seed": 1})).await.invalid();
    assert_eq!(told, ["seed: is not a field of this request"]);
}
