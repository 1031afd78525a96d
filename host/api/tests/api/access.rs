//! Logging in, staying logged in, logging out, and what happens to everybody else.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::header::CONTENT_TYPE;
use fettle_metadata::PasswordHash;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::server::{Answer, PASSWORD, Server};

const METHODS: &str = "/ai/features/methods";
const EXTRACT: &str = "/ai/features/extract";

#[tokio::test]
async fn a_login_answers_both_tokens_and_no_cache_keeps_them() {
    let server = Server::start().await;
    let login = json!({"username": "analyst", "password": PASSWORD});
    let answer = server.post("/auth/login", "", &login).await;
    let body = answer.json();
    assert_eq!(body["success"], true);
    assert!(body["execution_time"].is_u64());
    assert_eq!(body["data"]["token_type"], "bearer");
    assert_eq!(body["data"]["expires_in"], 1800);
    assert_eq!(answer.header("cache-control"), "no-store");
    let token = body["data"]["access_token"].as_str().unwrap();
    assert_eq!(server.get(METHODS, token).await.status, 200);
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_are_told_alike() {
    let server = Server::start().await;
    let unknown = server.post("/auth/login", "", &json!({"username": "nobody", "password": PASSWORD})).await;
    let wrong = server.post("/auth/login", "", &json!({"username": "analyst", "password": "guess"})).await;
    assert_eq!(unknown.problem(401, "unauthorized")["detail"], wrong.problem(401, "unauthorized")["detail"]);
    assert_eq!(wrong.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn failed_logins_are_limited_by_name_and_address_and_successful_ones_never() {
    let server = Server::start_with(|settings| settings.failed_logins = 2).await;
    for _ in 0..4 {
        log_in_from(&server, "192.0.2.1:1", PASSWORD).await.json();
    }
    for _ in 0..2 {
        log_in_from(&server, "192.0.2.1:2", "guess").await.problem(401, "unauthorized");
    }
    let refused = log_in_from(&server, "192.0.2.1:3", PASSWORD).await;
    refused.problem(429, "too_many_requests");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(log_in_from(&server, "192.0.2.2:1", PASSWORD).await.status, 200, "another address");
}

async fn log_in_from(server: &Server, peer: &str, password: &str) -> Answer {
    let login = json!({"username": "analyst", "password": password});
    let mut request = Server::request("POST", "/auth/login", "")
        .header(CONTENT_TYPE, "application/json")
        .body(login.to_string().into())
        .unwrap();
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    server.send(request).await
}

#[tokio::test]
async fn a_refresh_token_trades_once_and_a_second_try_ends_the_whole_login() {
    let server = Server::start().await;
    let first = server.log_in("analyst").await;
    let refresh = |tokens: &Value| json!({"refresh_token": tokens["refresh_token"]});
    let answer = server.post("/auth/refresh", "", &refresh(&first)).await;
    let second = answer.json()["data"].clone();
    assert_eq!(server.get(METHODS, second["access_token"].as_str().unwrap()).await.status, 200);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    server.post("/auth/refresh", "", &refresh(&first)).await.problem(401, "unauthorized");
    server.post("/auth/refresh", "", &refresh(&second)).await.problem(401, "unauthorized");
    let made_up = json!({"refresh_token": "0".repeat(64)});
    server.post("/auth/refresh", "", &made_up).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn logging_out_ends_the_refresh_token_and_may_be_done_twice() {
    let server = Server::start().await;
    let tokens = server.log_in("viewer").await;
    let access = tokens["access_token"].as_str().unwrap();
    let body = json!({"refresh_token": tokens["refresh_token"]});
    server.post("/auth/logout", "", &body).await.problem(401, "unauthorized");
    for _ in 0..2 {
        let answer = server.post("/auth/logout", access, &body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["data"]), (200, &json!({})));
    }
    server.post("/auth/refresh", "", &body).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn roles_bound_what_a_caller_may() {
    let server = Server::start().await;
    let viewer = server.token("viewer").await;
    assert_eq!(server.get(METHODS, &viewer).await.status, 200);
    let refused = server.post(EXTRACT, &viewer, &json!({})).await;
    let detail = refused.problem(403, "forbidden")["detail"].clone();
    assert_eq!(detail, "this takes the role analyst; viewer has the role viewer");
    let admin = server.token("admin").await;
    server.post(EXTRACT, &admin, &json!({})).await.problem(422, "invalid_parameter");
}

#[tokio::test]
async fn who_cannot_prove_it_is_nobody() {
    let server = Server::start().await;
    let token = server.token("analyst").await;
    server.get(METHODS, "").await.problem(401, "unauthorized");
    for broken in ["x", "a.b.c", &token[1..], &format!("{token}x")] {
        server.get(METHODS, broken).await.problem(401, "unauthorized");
    }
    let basic = Server::request("GET", METHODS, "").header("authorization", "Basic YTpi");
    server.send(basic.body(axum::body::Body::empty()).unwrap()).await.problem(401, "unauthorized");
    let lower = Server::request("GET", METHODS, "").header("authorization", format!("bearer {token}"));
    assert_eq!(server.send(lower.body(axum::body::Body::empty()).unwrap()).await.status, 200);
}

#[tokio::test]
async fn an_access_token_ends_within_a_second_of_its_user_being_disabled_or_getting_another_password() {
    let server = Server::start().await;
    let (analyst, viewer) = (server.token("analyst").await, server.token("viewer").await);
    assert_eq!(server.get(METHODS, &analyst).await.status, 200);
    server.users.set_user_active("analyst", false, Timestamp::now()).await.unwrap();
    let changed = PasswordHash::of("another one").unwrap();
    server.users.set_password("viewer", &changed, Timestamp::now()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    server.get(METHODS, &analyst).await.problem(401, "unauthorized");
    server.get(METHODS, &viewer).await.problem(401, "unauthorized");
    let login = json!({"username": "analyst", "password": PASSWORD});
    server.post("/auth/login", "", &login).await.problem(401, "unauthorized");
}
