//! A server on a data folder of its own.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Request, StatusCode};
use fettle_api::{ApiSettings, ApiState, Backends, router};
use fettle_datasets::Datasets;
use fettle_datasets::store::DatasetStore;
use fettle_jobs::Jobs;
use fettle_metadata::{MetadataStore, NewUser, PasswordHash, Role, UserStore};
use fettle_series::{ParquetStore, SeriesStore};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::features::Steps;
use crate::stores::Stores;

pub const PASSWORD: &str = "correct horse";

pub struct Server {
    pub state: ApiState,
    pub metadata: Arc<dyn MetadataStore>,
    pub users: Arc<dyn UserStore>,
    pub series: Arc<dyn SeriesStore>,
    pub jobs: Arc<Jobs>,
    pub folder: TempDir,
    router: Router,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Server {
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub async fn start_with(change: impl FnOnce(&mut ApiSettings)) -> Self {
        Self::start_on(crate::features::built_in().await, change).await
    }

    /// With the users viewer, analyst and admin, who all have the same password.
    pub async fn start_on(steps: Steps, change: impl FnOnce(&mut ApiSettings)) -> Self {
        Self::start_behind(steps, change, |metadata| metadata).await
    }

    /// As [`start_on`](Self::start_on), where the API sees of the metadata store what `front` lets it.
    pub async fn start_behind(
        steps: Steps,
        change: impl FnOnce(&mut ApiSettings),
        front: impl FnOnce(Arc<dyn MetadataStore>) -> Arc<dyn MetadataStore>,
    ) -> Self {
        Self::start_between(steps, change, front, |series| series).await
    }

    /// As [`start_behind`](Self::start_behind), and of the rows what `rows_front` lets it.
    pub async fn start_between(
        steps: Steps,
        change: impl FnOnce(&mut ApiSettings),
        front: impl FnOnce(Arc<dyn MetadataStore>) -> Arc<dyn MetadataStore>,
        rows_front: impl FnOnce(Arc<dyn SeriesStore>) -> Arc<dyn SeriesStore>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let metrics = steps.sandbox().metrics().cloned().unwrap_or_default();
        let Stores { metadata, users, jobs: job_store, index, cache } =
            Stores::open(folder.path(), &metrics).await;
        let series = rows_front(Arc::new(ParquetStore::new(folder.path().join("series"))));
        let password_hash = PasswordHash::of(PASSWORD).unwrap();
        for role in [Role::Viewer, Role::Analyst, Role::Admin] {
            let user = NewUser { username: role.to_string(), password_hash: password_hash.clone(), role };
            users.create_user(&user, Timestamp::now()).await.unwrap();
        }
        let mut settings = ApiSettings {
            time_zone: TimeZone::UTC,
            max_body_bytes: 1 << 20,
            max_import_bytes: 64 << 20,
            request_timeout: Duration::from_secs(30),
            attended_rows: 2_000_000,
            attended_timeout: Duration::from_secs(60),
            access_token_secret: b"a secret of at least 32 bytes, or so".to_vec(),
            access_token_lifetime: Duration::from_secs(1800),
            refresh_token_lifetime: Duration::from_secs(86_400),
            failed_logins: 5,
            failed_login_window: Duration::from_secs(60),
            metrics_token: None,
        };
        change(&mut settings);
        let seen = front(Arc::clone(&metadata));
        let features = crate::features::service(&steps, &seen, &series, &metrics);
        let scratch = folder.path().join("scratch");
        std::fs::create_dir(&scratch).unwrap();
        let store = DatasetStore::at(folder.path().join("datasets").to_str().unwrap()).unwrap();
        let datasets = Datasets::new(Arc::clone(&features), Arc::new(store), index, scratch);
        let work = Arc::new(datasets.clone());
        let jobs =
            Arc::new(Jobs::start(job_store, work, Arc::clone(&metrics), fettle_jobs::Settings::default()));
        let backends = Backends {
            features,
            datasets,
            plugins: steps,
            jobs: Arc::clone(&jobs),
            metadata: seen,
            cache,
            users: Arc::clone(&users),
            series: Arc::clone(&series),
            metrics,
        };
        let state = ApiState::new(backends, settings);
        Self { router: router(state.clone()), state, metadata, users, series, jobs, folder }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: head.status, headers: head.headers, body }
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Self::request("GET", path, token).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = Self::request("POST", path, token).header(CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    pub async fn delete(&self, path: &str, token: &str) -> Answer {
        self.send(Self::request("DELETE", path, token).body(Body::empty()).unwrap()).await
    }

    pub async fn post_accepting(&self, accept: &str, path: &str, token: &str, body: &Value) -> Answer {
        let request = Self::request("POST", path, token).header(CONTENT_TYPE, "application/json");
        self.send(request.header(ACCEPT, accept).body(body.to_string().into()).unwrap()).await
    }

    /// A request under the API's base path; without a token where that is empty.
    pub fn request(method: &str, path: &str, token: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(format!("/api/v2{path}"));
        if token.is_empty() { request } else { request.header(AUTHORIZATION, format!("Bearer {token}")) }
    }

    /// What logging in answers, which must work.
    pub async fn log_in(&self, username: &str) -> Value {
        let login = json!({"username": username, "password": PASSWORD});
        let answer = self.post("/auth/login", "", &login).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()["data"].clone()
    }

    /// An access token of `username`.
    pub async fn token(&self, username: &str) -> String {
        self.log_in(username).await["access_token"].as_str().unwrap().to_owned()
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The problem that this is, which must have `status` and `code` and every member of the contract.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.json();
        assert_eq!((self.status.as_u16(), &problem["code"]), (status, &json!(code)), "{problem}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["success"], false);
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("urn:fettle:problem:{code}"));
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        assert!(problem["instance"].as_str().unwrap().starts_with('/'), "{problem}");
        assert!(problem["execution_time"].is_u64(), "{problem}");
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        problem
    }

    /// `field: message` of a 422 about fields.
    pub fn invalid(&self) -> Vec<String> {
        let problem = self.problem(422, "invalid_parameter");
        let errors = problem["errors"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        errors.iter().map(|error| format!("{}: {}", text(&error["field"]), text(&error["message"]))).collect()
    }
}
