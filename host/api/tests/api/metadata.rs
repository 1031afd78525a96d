//! Models and devices over HTTP, and what a model's defaults do.

mod changing;
mod dataset_defaults;
mod defaults;
mod listing;
mod refusals;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::datasets;
use crate::extract::Client;
use crate::server::{Answer, Server};

pub const MODELS: &str = "/metadata/models";

/// An analyst on a server with telemetry, and its admin.
pub struct Admin {
    pub client: Client,
    pub token: String,
}

impl Admin {
    pub async fn new() -> Self {
        let client = datasets::client().await;
        let token = client.server.token("admin").await;
        Self { client, token }
    }

    /// Creates a model with `changes` to one that can be created; `null` takes a field out.
    pub async fn create(&self, changes: Value) -> Answer {
        self.client.server.post(MODELS, &self.token, &arc(changes)).await
    }

    /// Puts `body` in the place of the model `code`.
    pub async fn put(&self, code: &str, body: &Value) -> Answer {
        put(&self.client.server, code, &self.token, body).await
    }

    /// A model as it is shown.
    pub async fn model(&self, code: &str) -> Value {
        data(&self.client.server.get(&format!("{MODELS}/{code}"), &self.token).await)
    }

    /// Gives the model `welding` defaults; its new revision.
    pub async fn set_defaults(&self, defaults: Value) -> Value {
        let mut model = self.model("welding").await;
        model["defaults"] = defaults;
        data(&self.put("welding", &model).await)["revision"].clone()
    }
}

/// A model of the welder that can be created.
#[expect(clippy::needless_pass_by_value, reason = "json! literals read best without a borrow")]
pub fn arc(changes: Value) -> Value {
    let mut model = json!({
        "model_code": "arc", "model_name": "Arc", "model_type": "ai_analysis", "device_type": "welder",
        "fields": ["current", {"field_code": "voltage", "name": "voltage_mv", "unit": "mV", "scale": 1000}],
        "label_fields": ["quality"],
    });
    let fields = model.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        fields.insert(name.clone(), value.clone());
    }
    model
}

pub async fn put(server: &Server, code: &str, token: &str, body: &Value) -> Answer {
    let request = Server::request("PUT", &format!("{MODELS}/{code}"), token);
    let request = request.header(CONTENT_TYPE, "application/json");
    server.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// What an answer that is none of a problem holds.
pub fn data(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["success"], true);
    body["data"].clone()
}

/// The values of `name` of all items.
pub fn column(list: &Value, name: &str) -> Vec<Value> {
    list["items"].as_array().unwrap().iter().map(|item| item[name].clone()).collect()
}
