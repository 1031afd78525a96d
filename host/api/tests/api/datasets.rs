//! Training datasets over HTTP.

mod building;
mod downloading;
mod jobs;
mod listing;
mod replaying;
mod serving;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use fettle_api::openapi_json;
use serde_json::{Value, json};

use crate::extract::Client;
use crate::features::{telemetry, welder};
use crate::server::{Answer, Server};

pub const DATASET: &str = "/ai/features/dataset";

/// An analyst on a server where `W1` and `W2` have the same telemetry.
pub async fn client() -> Client {
    client_of(Server::start().await).await
}

pub async fn client_of(server: Server) -> Client {
    let client = Client::of(server).await;
    client.server.series.write(&welder("W2"), telemetry()).await.unwrap();
    client
}

impl Client {
    /// Builds with `changes` to a request that works; `null` takes a field out.
    pub async fn build(&self, changes: Value) -> Answer {
        self.server.post(DATASET, &self.token, &asked(changes)).await
    }

    /// What a build that works answers.
    pub async fn built(&self, changes: Value) -> Value {
        let answer = self.build(changes).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"].clone()
    }

    /// The id of a dataset.
    pub async fn dataset(&self, changes: Value) -> String {
        text(&self.built(changes).await["dataset_id"])
    }

    /// Asks for something that would rather be done without waiting.
    pub async fn post_async(&self, path: &str, body: &Value) -> Answer {
        let request = Server::request("POST", path, &self.token)
            .header(CONTENT_TYPE, "application/json")
            .header("prefer", "respond-async, wait=1");
        self.server.send(request.body(Body::from(body.to_string())).unwrap()).await
    }
}

#[expect(clippy::needless_pass_by_value, reason = "json! literals read best without a borrow")]
pub fn asked(changes: Value) -> Value {
    let mut request = json!({
        "model_code": "welding", "device_codes": ["W1", "W2"], "label_column": "quality",
        "start_time": "2025-11-01T00:00:00", "end_time": "2025-11-02T00:00:00",
    });
    let fields = request.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        fields.insert(name.clone(), value.clone());
    }
    request
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// Fails where `object` has other members than the API document says of `schema`.
pub fn assert_documented(object: &Value, schema: &str) {
    let keys = |object: &Value| {
        let mut keys: Vec<String> = object.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    assert_eq!(keys(object), keys(&document["components"]["schemas"][schema]["properties"]), "{schema}");
}
