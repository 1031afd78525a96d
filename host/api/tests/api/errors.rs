//! Every way to ask wrongly ends in a problem that says what is wrong.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use serde_json::json;

use crate::server::{Answer, Server};

const LOGIN: &str = "/auth/login";

async fn post_bytes(server: &Server, content_type: &str, body: impl Into<Body>) -> Answer {
    let mut request = Server::request("POST", LOGIN, "");
    if !content_type.is_empty() {
        request = request.header(CONTENT_TYPE, content_type);
    }
    server.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn what_is_not_json_is_a_bad_request() {
    let server = Server::start().await;
    for (body, complaint) in [
        (&b"username=x"[..], "not JSON: expected value at line 1 column 1"),
        (b"", "not JSON: EOF"),
        (b"{\"username\": \"\xff\"}", "not UTF-8: byte 14"),
        (b"{\"username\": NaN}", "not JSON: expected value"),
        (b"{\"username\": \"a\", \"username\": \"b\"}", "\"username\" stands twice"),
        (&b"[".repeat(100_000), "more than 32 levels deep"),
        (b"{\"username\": 1e999}", "number out of range"),
    ] {
        let problem =
            post_bytes(&server, "application/json", body.to_vec()).await.problem(400, "bad_request");
        assert!(problem["detail"].as_str().unwrap().contains(complaint), "{problem}");
    }
}

#[tokio::test]
async fn a_body_of_another_kind_is_an_unsupported_media_type() {
    let server = Server::start().await;
    for kind in ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"] {
        post_bytes(&server, kind, "{}").await.problem(415, "unsupported_media_type");
    }
    for kind in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
    {
        post_bytes(&server, kind, "{}").await.problem(422, "invalid_parameter");
    }
    let packed = Server::request("POST", LOGIN, "")
        .header(CONTENT_TYPE, "application/json")
        .header("content-encoding", "gzip")
        .body(Body::from("{}"))
        .unwrap();
    server.send(packed).await.problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_body_over_the_limit_is_too_large_announced_or_not() {
    let server = Server::start_with(|settings| settings.max_body_bytes = 1000).await;
    let body = json!({"username": "x".repeat(2000)}).to_string();
    post_bytes(&server, "application/json", body.clone()).await.problem(413, "payload_too_large");
    let parts: Vec<Result<String, std::io::Error>> =
        vec![Ok(body[..600].to_owned()), Ok(body[600..].to_owned())];
    let streamed = Body::from_stream(futures::stream::iter(parts));
    post_bytes(&server, "application/json", streamed).await.problem(413, "payload_too_large");
}

#[tokio::test]
async fn all_bad_fields_come_in_one_answer() {
    let server = Server::start().await;
    let body = json!({"usrname": "x", "password": 1, "colour": "red"});
    let problems = server.post(LOGIN, "", &body).await.invalid();
    assert_eq!(
        problems,
        [
            "username: is required",
            "password: must be a text, not a number",
            "colour: is not a field of this request",
            "usrname: is not a field of this request; did you mean `username`?",
        ]
    );
    let list = server.post(LOGIN, "", &json!([1])).await.invalid();
    assert_eq!(list, ["body: must be a JSON object"]);
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist_are_problems_too() {
    let server = Server::start().await;
    server.get("/ai/features", "").await.problem(404, "not_found");
    server.send(axum::http::Request::get("/").body(Body::empty()).unwrap()).await.problem(404, "not_found");
    let wrong = server.get(LOGIN, "").await;
    wrong.problem(405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), "POST");
    let delete = Server::request("DELETE", "/health/live", "").body(Body::empty()).unwrap();
    let wrong = server.send(delete).await;
    wrong.problem(405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn an_answer_in_no_accepted_form_is_not_acceptable() {
    let server = Server::start().await;
    let token = server.token("analyst").await;
    let csv = server.post_accepting("text/html", "/ai/features/extract", &token, &json!({})).await;
    let detail = csv.problem(406, "not_acceptable")["detail"].clone();
    let expected = "this is answered as application/json or application/vnd.apache.arrow.stream or application/vnd.apache.parquet or text/csv, not as text/html";
    assert_eq!(detail, expected);
    let arrow = "application/vnd.apache.arrow.stream";
    server.post_accepting(arrow, LOGIN, "", &json!({})).await.problem(406, "not_acceptable");
}

#[tokio::test]
async fn a_request_keeps_the_id_that_it_brought_along() {
    let server = Server::start().await;
    let brought = |id: &str| {
        Server::request("GET", "/nowhere", "").header("x-request-id", id).body(Body::empty()).unwrap()
    };
    let answer = server.send(brought("trace-42")).await;
    assert_eq!(answer.problem(404, "not_found")["request_id"], "trace-42");
    let answer = server.send(brought("not an id")).await;
    assert_ne!(answer.problem(404, "not_found")["request_id"], "not an id");
}
