//! Jobs: asked for, watched, cancelled; one's own and others'.

use axum::body::Body;
use axum::http::header::ACCEPT;
use serde_json::{Value, json};

use super::{DATASET, asked, assert_documented, client, text};
use crate::extract::Client;
use crate::server::{Answer, Server};

/// The path of a job that was put into the queue, without the base path.
fn place(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.header("location").strip_prefix("/api/v2").unwrap().to_owned()
}

/// All events of a job, up to the end of the stream.
async fn events(client: &Client, place: &str) -> Vec<Value> {
    let request = Server::request("GET", &format!("{place}/events"), &client.token);
    let request = request.header(ACCEPT, "text/event-stream").body(Body::empty()).unwrap();
    let answer = client.server.send(request).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/event-stream"));
    let text = answer.text();
    let events = text.split("\n\n").filter(|event| event.starts_with("event: job\n"));
    events.map(|event| serde_json::from_str(event.split_once("data: ").unwrap().1).unwrap()).collect()
}

#[tokio::test]
async fn a_job_is_followed_to_its_end_and_leaves_a_dataset() {
    let client = client().await;
    let answer = client.post_async(DATASET, &asked(json!({}))).await;
    let place = place(&answer);
    assert_eq!(answer.header("preference-applied"), "respond-async");
    let queued = answer.json()["data"].clone();
    assert_documented(&queued, "Job");
    assert_eq!(place, format!("/jobs/{}", text(&queued["job_id"])));
    assert_eq!((&queued["kind"], &queued["result"]), (&json!("dataset_build"), &Value::Null));

    let events = events(&client, &place).await;
    let last = events.last().unwrap();
    assert_documented(last, "Job");
    assert_eq!(
        (&last["state"], &last["devices_done"], &last["devices_total"]),
        (&json!("done"), &json!(2), &json!(2))
    );
    assert!(last["finished_at"].is_string() && last["eta_s"].is_null(), "{last}");
    assert_documented(&last["result"], "DatasetSummary");
    assert_eq!(&client.server.get(&place, &client.token).await.json()["data"], last);

    let id = text(&last["result"]["dataset_id"]);
    let manifest = client.server.get(&format!("/ai/datasets/{id}"), &client.token).await.json();
    assert_eq!(manifest["data"]["job_id"], last["job_id"]);
    // What is waited for is the same.
    assert_eq!(client.built(json!({})).await["digest"], last["result"]["digest"]);
}

#[tokio::test]
async fn a_job_that_fails_says_why() {
    let client = client().await;
    let place = place(&client.post_async(DATASET, &asked(json!({"window_size": 2_000}))).await);
    let last = events(&client, &place).await.pop().unwrap();
    assert_eq!((&last["state"], &last["error"]["code"]), (&json!("failed"), &json!("insufficient_data")));
    assert_documented(&last["error"], "JobError");
    let place = self::place(&client.post_async(DATASET, &asked(json!({"label_strategy": "mean"}))).await);
    let last = events(&client, &place).await.pop().unwrap();
    assert_eq!(last["error"]["errors"][0]["field"], "label_strategy");
}

#[tokio::test]
async fn what_shows_without_rows_is_refused_before_there_is_a_job() {
    let client = client().await;
    client.post_async(DATASET, &asked(json!({"val_split": 2}))).await.problem(422, "invalid_parameter");
    let jobs = client.server.get("/jobs", &client.token).await.json();
    assert_eq!(jobs["data"]["total"], 0);
}

#[tokio::test]
async fn a_queued_job_can_be_cancelled() {
    let client = client().await;
    client.server.jobs.drain(); // so that nobody begins it
    let place = place(&client.post_async(DATASET, &asked(json!({}))).await);
    let cancelled = client.server.delete(&place, &client.token).await;
    assert_eq!(cancelled.json()["data"]["state"], "cancelled", "{}", cancelled.text());
    let again = client.server.delete(&place, &client.token).await;
    assert_eq!(again.json()["data"]["state"], "cancelled");
    assert_eq!(events(&client, &place).await.len(), 1);
}

#[tokio::test]
async fn jobs_are_their_owners_and_every_admins() {
    let client = client().await;
    let place = place(&client.post_async(DATASET, &asked(json!({}))).await);
    events(&client, &place).await;
    let server = &client.server;
    let (viewer, admin) = (server.token("viewer").await, server.token("admin").await);
    for path in [place.clone(), format!("{place}/events")] {
        server.get(&path, &viewer).await.problem(403, "forbidden");
    }
    server.delete(&place, &viewer).await.problem(403, "forbidden");
    assert_eq!(server.get("/jobs", &viewer).await.json()["data"]["items"], json!([]));
    let list = server.get("/jobs?page_size=1", &admin).await.json();
    assert_eq!((&list["data"]["total"], &list["data"]["next_cursor"]), (&json!(1), &Value::Null));
    assert_documented(&list["data"]["items"][0], "Job");
    assert_eq!(server.get(&place, &admin).await.status, 200);
    assert_eq!(server.delete(&place, &admin).await.json()["data"]["state"], "done", "it had ended");
}

#[tokio::test]
async fn a_job_that_does_not_exist_is_not_found() {
    let client = client().await;
    let server = &client.server;
    for path in ["/jobs/job_0", "/jobs/job_0/events", "/jobs/%ff"] {
        server.get(path, &client.token).await.problem(404, "not_found");
    }
    server.delete("/jobs/job_0", &client.token).await.problem(404, "not_found");
    let request =
        Server::request("GET", "/jobs/job_0/events", &client.token).header(ACCEPT, "application/json");
    server.send(request.body(Body::empty()).unwrap()).await.problem(406, "not_acceptable");
}
