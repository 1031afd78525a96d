//! Every code of a problem that a request can get is got by one, and is documented where it can be got.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::CONTENT_TYPE;
use fettle_api::{Code, openapi_json};
use serde_json::{Value, json};

use crate::away::{self, Away};
use crate::datasets::{self, DATASET};
use crate::extract::{Client, EXTRACT, request};
use crate::features::{START, with_telemetry, with_welder};
use crate::hostile;
use crate::metadata::{Admin, MODELS, arc, put};
use crate::restless::Restless;
use crate::server::{Answer, PASSWORD, Server};
use crate::stats;

const LOGIN: &str = "/auth/login";

/// Codes that no request can get so far, and why.
const NOT_YET: [(Code, &str); 2] = [
    (Code::PluginUnavailable, "plugins are built in; none can be set aside, forbidden or gone"),
    (
        Code::StorageFull,
        "a login, a build or an import that finds the disk full; the metadata, dataset and series crates try it with \
         stores that are full",
    ),
];

/// What was answered to whom.
struct Seen {
    code: Code,
    /// The documented operation that answered, as (method, path); none where it is the router that refused.
    operation: Option<(&'static str, &'static str)>,
    answer: Answer,
    /// A part of the detail.
    told: &'static str,
}

/// A problem that `extract` answered.
fn extracting(code: Code, answer: Answer, told: &'static str) -> Seen {
    Seen { code, operation: Some(("post", EXTRACT)), answer, told }
}

#[tokio::test]
async fn every_code_that_can_occur_is_provoked_and_documented() {
    let mut seen = Vec::new();
    seen.extend(of_the_request().await);
    seen.extend(of_the_data().await);
    seen.extend(of_plugins().await);
    seen.extend(of_datasets().await);
    seen.extend(of_models().await);
    seen.extend(of_logins().await);
    seen.extend(of_backends().await);

    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    for Seen { code, operation, answer, told } in &seen {
        let problem = answer.problem(code.status().as_u16(), code.name());
        assert_eq!(problem["title"], code.title());
        assert!(problem["detail"].as_str().unwrap().contains(told), "{told} is not in {problem}");
        assert!(answer.body.len() < 2_000, "{problem}");
        let waits = matches!(code, Code::TooManyRequests | Code::BackendUnavailable);
        assert_eq!(!answer.header("retry-after").is_empty(), waits, "{problem}");
        if let Some((method, path)) = operation {
            let responses = &document["paths"][format!("/api/v2{path}")][method]["responses"];
            let content = &responses[code.status().as_str()]["content"]["application/problem+json"];
            assert!(content["examples"][code.name()].is_object(), "{path} does not document {code:?}");
        }
    }

    let mut known: Vec<&str> = seen.iter().map(|seen| seen.code.name()).collect();
    known.sort_unstable();
    known.dedup();
    known.extend(NOT_YET.iter().map(|(code, _)| code.name()));
    known.sort_unstable();
    let mut all: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    all.sort_unstable();
    assert_eq!(known, all, "a code is provoked here or stands in NOT_YET, and not both");
}

/// What is wrong with a request as such.
async fn of_the_request() -> Vec<Seen> {
    let client = Client::of(Server::start().await).await;
    let (server, token) = (&client.server, client.token.as_str());
    let viewer = server.token("viewer").await;
    let body = request(json!({}));
    let send = async |content_type: &str, body: String| {
        let request = Server::request("POST", EXTRACT, token).header(CONTENT_TYPE, content_type);
        server.send(request.body(Body::from(body)).unwrap()).await
    };
    let json = "application/json";
    let long = format!(r#"{{"model_code": "{}"}}"#, "x".repeat(1 << 20));
    vec![
        extracting(Code::BadRequest, send(json, "{".to_owned()).await, "not JSON"),
        extracting(Code::Unauthorized, server.post(EXTRACT, "", &body).await, "access token"),
        extracting(Code::Forbidden, server.post(EXTRACT, &viewer, &body).await, "takes the role analyst"),
        Seen {
            code: Code::MethodNotAllowed,
            operation: None,
            answer: server.get(EXTRACT, token).await,
            told: "GET is not possible here",
        },
        extracting(
            Code::NotAcceptable,
            server.post_accepting("text/html", EXTRACT, token, &body).await,
            "not as text/html",
        ),
        extracting(Code::PayloadTooLarge, send(json, long).await, "larger than 1048576 bytes"),
        extracting(Code::UnsupportedMediaType, send("text/plain", body.to_string()).await, "text/plain"),
        extracting(Code::InvalidParameter, client.extract(json!({"overlap": 1})).await, "overlap"),
    ]
}

/// What is wrong with what a request asks for.
async fn of_the_data() -> Vec<Seen> {
    let client = Client::of(Server::start().await).await;
    // One row more than a million cells, which is what a request may have here.
    let rows = 500_001;
    let signals = [vec![1.0; rows], vec![2.0; rows]];
    let timestamps = (0..rows as i64).map(|row| START + row * 100_000_000).collect();
    with_welder(&client.server, "LONG", timestamps, signals).await;
    // 20,001 windows of 50 features.
    let statistics = "mean std var min max median sum range rms skewness kurtosis p05 p25 p75 p95 iqr mad slope \
                      mean_abs_change zero_crossings mean_crossings first last count missing_ratio";
    let features: Vec<&str> = statistics.split_whitespace().collect();
    let windows = json!({"device_code": "LONG", "end_time": "2025-11-01T00:33:20.1", "window_size": 1,
        "overlap": 0, "features": features});
    vec![
        extracting(
            Code::NotFound,
            client.extract(json!({"model_code": "wielding"})).await,
            "no active model `wielding`",
        ),
        extracting(Code::PayloadTooLarge, client.extract(json!({"device_code": "LONG"})).await, "500000"),
        extracting(
            Code::PayloadTooLarge,
            client.extract(windows).await,
            "20001 windows × 50 features are 1000050 cells",
        ),
        extracting(
            Code::InsufficientData,
            client.extract(json!({"window_size": 2_000})).await,
            "1000 rows are fewer than one window of 2000 rows",
        ),
        extracting(Code::InsufficientData, client.extract(json!({"device_code": "W2"})).await, "none at all"),
    ]
}

/// What is about datasets and their files.
async fn of_datasets() -> Vec<Seen> {
    let client = datasets::client().await;
    let id = client.dataset(json!({})).await;
    let path = format!("/ai/datasets/{id}/download");
    let ask = Server::request("GET", &path, &client.token).header("range", "bytes=99999999-");
    let beyond = client.server.send(ask.body(Body::empty()).unwrap()).await;
    let values: Vec<u32> = vec![1; 250_000];

    let steps = crate::features::built_in().await;
    let restless = Server::start_between(steps, |_| (), |all| all, |rows| Arc::new(Restless::over(rows)));
    let restless = datasets::client_of(restless.await).await;
    let building = |code, answer, told| Seen { code, operation: Some(("post", DATASET)), answer, told };
    vec![
        Seen {
            code: Code::RangeNotSatisfiable,
            operation: Some(("get", "/ai/datasets/{dataset_id}/download")),
            answer: beyond,
            told: "none of those that were asked for",
        },
        building(
            Code::PayloadTooLarge,
            client.build(json!({"features": values})).await,
            "more than 250000 values",
        ),
        Seen {
            code: Code::Conflict,
            operation: Some(("get", stats::STATS)),
            answer: restless.stats(json!({})).await,
            told: "changed while they were read",
        },
        building(Code::Conflict, restless.build(json!({})).await, "changed while they were read"),
    ]
}

/// What is about models.
async fn of_models() -> Vec<Seen> {
    let admin = Admin::new().await;
    admin.client.dataset(json!({})).await;
    let (server, token) = (&admin.client.server, admin.client.token.as_str());
    let (list, one, unknown) = (MODELS, "/metadata/models/{model_code}", "/metadata/models/arc");
    let stale = arc(json!({"model_code": null, "revision": 7}));
    let seen =
        |code, method, path, answer, told| Seen { code, operation: Some((method, path)), answer, told };
    vec![
        seen(Code::NotFound, "get", one, server.get(unknown, token).await, "no model `arc`"),
        seen(Code::NotFound, "put", one, admin.put("arc", &stale).await, "no model `arc`"),
        seen(Code::NotFound, "delete", one, server.delete(unknown, &admin.token).await, "no model `arc`"),
        seen(Code::Forbidden, "post", list, server.post(list, token, &stale).await, "takes the role admin"),
        seen(
            Code::Forbidden,
            "put",
            one,
            put(server, "welding", token, &stale).await,
            "takes the role admin",
        ),
        seen(Code::Forbidden, "delete", one, server.delete(unknown, token).await, "takes the role admin"),
        seen(
            Code::InvalidParameter,
            "post",
            list,
            admin.create(json!({"fields": 1})).await,
            "fields: must be a list",
        ),
        seen(Code::InvalidParameter, "get", list, server.get("/metadata/models?page=0", token).await, "page"),
        seen(
            Code::Conflict,
            "post",
            list,
            admin.create(json!({"model_code": "welding"})).await,
            "model `welding` exists already",
        ),
        seen(Code::Conflict, "put", one, admin.put("welding", &stale).await, "has revision 1, not 7"),
        seen(
            Code::Conflict,
            "delete",
            one,
            server.delete("/metadata/models/welding", &admin.token).await,
            "datasets were built from model `welding`",
        ),
        seen(
            Code::NotFound,
            "get",
            "/metadata/device-types/{device_type}/fields",
            server.get("/metadata/device-types/lathe/fields", token).await,
            "no device type `lathe`",
        ),
    ]
}

/// What a plugin did.
async fn of_plugins() -> Vec<Seen> {
    let client = Client::of(Server::start_on(hostile::steps().await, |_| ()).await).await;
    let extract = async |method: &str| client.extract(json!({"outlier_method": method})).await;
    vec![
        extracting(Code::StepFailed, extract("rant").await, "`rant` of plugin `hostile` failed: no! no!"),
        extracting(Code::PluginFault, extract("trap").await, "plugin `hostile` is faulty"),
        extracting(Code::StepTimeout, extract("loop_for_ever").await, "was stopped after"),
    ]
}

/// A login too many.
async fn of_logins() -> Vec<Seen> {
    let server = Server::start_with(|settings| settings.failed_logins = 1).await;
    let log_in = async |password: &str| {
        let login = json!({"username": "analyst", "password": password}).to_string();
        let request = Server::request("POST", LOGIN, "").header(CONTENT_TYPE, "application/json");
        let mut request = request.body(Body::from(login)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))));
        server.send(request).await
    };
    let operation = Some(("post", LOGIN));
    vec![
        Seen { code: Code::Unauthorized, operation, answer: log_in("guess").await, told: "wrong" },
        Seen {
            code: Code::TooManyRequests,
            operation,
            answer: log_in(PASSWORD).await,
            told: "failed logins",
        },
    ]
}

/// What lies behind the API is away, slow or broken; clients learn that, and no more.
async fn of_backends() -> Vec<Seen> {
    // Long enough to log in, and shorter than what a step may take.
    let slow = Duration::from_millis(250);
    let hurried = Server::start_on(hostile::steps().await, |settings| settings.request_timeout = slow);
    let hurried = Client::of(hurried.await).await;
    let late = hurried.extract(json!({"outlier_method": "loop_for_ever"})).await;

    let steps = crate::features::built_in().await;
    let away = Server::start_behind(steps, |_| (), |_| Arc::new(Away));
    let away = Client::of(away.await).await;
    let unanswered = away.extract(json!({})).await;
    let unlisted = away.server.get(MODELS, &away.token).await;
    for answer in [&unanswered, &unlisted] {
        assert!(!answer.text().contains(away::CAUSE), "{}", answer.text());
    }

    let server = Server::start().await;
    with_telemetry(&server).await;
    let broken = Client::of(server).await;
    let month = broken.server.folder.path().join("series/welder/W1/2025-11.parquet");
    let sound = std::fs::read(&month).unwrap();
    std::fs::write(&month, &sound[..sound.len() / 2]).unwrap();
    let unreadable = broken.extract(json!({})).await;
    for secret in ["parquet", "Parquet", "2025-11", "series", "welder"] {
        assert!(!unreadable.text().contains(secret), "{}", unreadable.text());
    }
    vec![
        extracting(Code::BackendUnavailable, late, "took longer than 0.25 s"),
        extracting(Code::BackendUnavailable, unanswered, "the metadata store is unavailable"),
        Seen {
            code: Code::BackendUnavailable,
            operation: Some(("get", MODELS)),
            answer: unlisted,
            told: "the metadata store does not answer",
        },
        extracting(Code::Internal, unreadable, "something went wrong inside"),
    ]
}
