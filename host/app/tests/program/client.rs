//! A user of the API.

use std::time::Duration;

use serde_json::{Value, json};

use super::{PATIENCE, Server};

/// A user who has logged in.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    /// Logs in.
    pub async fn log_in(server: &Server, username: &str, password: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut client = Self { http, base: server.url(""), token: String::new() };
        let login = json!({"username": username, "password": password});
        let (status, answer) = client.post("/api/v2/auth/login", &login).await;
        assert_eq!(status, 200, "{answer}");
        client.token = answer["data"]["access_token"].as_str().unwrap().to_owned();
        client
    }

    /// The same user at another start of the server, whose secret is the same.
    pub fn at(&self, server: &Server) -> Self {
        Self { http: self.http.clone(), base: server.url(""), token: self.token.clone() }
    }

    /// Status and body of an answer.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.send(self.http.get(self.url(path))).await
    }

    /// Status and body of an answer.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(self.http.post(self.url(path)).json(body)).await
    }

    /// Status and body of an answer.
    pub async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(self.http.put(self.url(path)).json(body)).await
    }

    /// Whether there is an answer at all.
    pub async fn is_answered(&self, path: &str, body: &Value) -> bool {
        self.http.post(self.url(path)).json(body).bearer_auth(&self.token).send().await.is_ok()
    }

    /// As [`post`](Self::post), for who does not want to wait; the job's id.
    pub async fn submit(&self, path: &str, body: &Value) -> String {
        let request = self.http.post(self.url(path)).json(body).header("Prefer", "respond-async");
        let (status, answer) = self.send(request).await;
        assert_eq!(status, 202, "{answer}");
        answer["data"]["job_id"].as_str().unwrap().to_owned()
    }

    /// The bytes of a file.
    pub async fn download(&self, path: &str) -> Vec<u8> {
        let answer = self.http.get(self.url(path)).bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.bytes().await.unwrap().to_vec()
    }

    /// A job in its final state.
    pub async fn ended(&self, job_id: &str) -> Value {
        for _ in 0..PATIENCE.as_millis() / 50 {
            let (status, job) = self.get(&format!("/api/v2/jobs/{job_id}")).await;
            assert_eq!(status, 200, "{job}");
            if !matches!(job["data"]["state"].as_str(), Some("queued" | "running")) {
                return job["data"].clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the job {job_id} did not end");
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.bearer_auth(&self.token).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}
