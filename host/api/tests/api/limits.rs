//! Requests that are too much of something: each is refused in a few words, whatever its own size.

use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::extract::{Client, EXTRACT, request};
use crate::server::{Answer, Server};

/// Bytes of an answer to a request that is wrong in one place, or in a thousand.
const SHORT: usize = 20_000;

async fn client() -> Client {
    let server = Server::start_with(|settings| settings.max_body_bytes = 8 << 20).await;
    Client::of(server).await
}

fn long(character: &str) -> String {
    character.repeat(1 << 20)
}

fn told_shortly(answer: &Answer) -> Vec<String> {
    assert!(answer.body.len() < SHORT, "{} bytes", answer.body.len());
    answer.invalid()
}

#[tokio::test]
async fn names_have_a_length() {
    let client = client().await;
    let too_long = "must have at most 128 characters";
    for (changes, field) in [
        (json!({"model_code": long("m")}), "model_code"),
        (json!({"device_code": "d".repeat(129)}), "device_code"),
        (json!({"outlier_method": long("o")}), "outlier_method"),
        (json!({"window_method": long("w")}), "window_method"),
        (json!({"features": [long("f")]}), "features[0]"),
        (json!({"features": ["mean", {"method": long("f")}]}), "features[1].method"),
    ] {
        let told = told_shortly(&client.extract(changes).await);
        assert_eq!(told, [format!("{field}: {too_long}")]);
    }
    let longest = "m".repeat(128);
    let problem = client.extract(json!({"model_code": longest})).await.problem(404, "not_found");
    assert_eq!(problem["errors"][0]["message"], format!("there is no active model `{longest}`"));
}

#[tokio::test]
async fn whatever_else_a_request_holds_comes_back_shortened() {
    let client = client().await;
    for (changes, told) in [
        (json!({"start_time": long("9")}), "start_time: must be an ISO 8601 time"),
        (json!({"normalize_scope": long("s")}), "normalize_scope: must be `feature` or `signal`, not `sss"),
        (json!({long("u"): 1}), "uuu"),
        (json!({"outlier_method": "x".repeat(128)}), "outlier_method: there is no method `xxx"),
        (json!({"outlier_params": {"threshold": "t".repeat(60_000)}}), "outlier_params.threshold: \"ttt"),
        (json!({"missing_value_params": {"m".repeat(60_000): 1}}), "missing_value_params.mmm"),
        (json!({"window_size": "w".repeat(60_000)}), "window_size: \"www"),
        (
            json!({"window_size": "w".repeat(60_000), "window_params": {"window_size": 5}}),
            "window_size: is \"www",
        ),
        (json!({"features": ["mean", "n".repeat(128)]}), "features[1]: \"nnn"),
    ] {
        let answered = told_shortly(&client.extract(changes).await);
        assert!(answered.len() == 1 && answered[0].starts_with(told), "{told}: {answered:?}");
    }
}

#[tokio::test]
async fn parameters_have_a_size() {
    let client = client().await;
    let many: serde_json::Map<String, Value> = (0..50_000).map(|n| (format!("p{n}"), json!(n))).collect();
    let statistics = vec!["mean"; 100_000];
    for (changes, field) in [
        (json!({"outlier_params": many}), "outlier_params"),
        (json!({"window_size": long("w")}), "window_params"),
        (json!({"normalize_params": {"feature_range": vec![0; 100_000]}}), "normalize_params"),
        (
            json!({"features": [{"method": "statistics", "params": {"statistics": statistics}}]}),
            "features[0].params",
        ),
    ] {
        let told = told_shortly(&client.extract(changes).await);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with(&format!("{field}: takes ")), "{told:?}");
        assert!(told[0].ends_with(" bytes as JSON; at most 65536 are allowed"), "{told:?}");
    }
}

#[tokio::test]
async fn lists_of_features_have_a_length() {
    let client = client().await;
    let method = json!({"method": "statistics", "params": {"statistics": ["mean"]}});
    for items in [vec![json!("mean"); 100_000], vec![json!(7); 257], vec![method.clone(); 257]] {
        let expected = format!("features: has {} items; at most 256 are allowed", items.len());
        let told = told_shortly(&client.extract(json!({"features": items})).await);
        assert_eq!(told, [expected]);
    }
    let told = told_shortly(&client.extract(json!({"features": vec![method; 256]})).await);
    assert_eq!(
        told,
        ["features: two of them give a column `current_mean`; each column can stand there once"]
    );
}

#[tokio::test]
async fn a_thousand_mistakes_are_not_told_one_by_one() {
    let client = client().await;
    let many: serde_json::Map<String, Value> = (0..3_000).map(|n| (format!("p{n}"), json!(n))).collect();
    let told = told_shortly(&client.extract(json!({"outlier_params": many})).await);
    assert_eq!((told.len(), told[100].as_str()), (101, "…: 2900 more fields cannot be taken"));
    let told = told_shortly(&client.extract(json!({"features": vec![json!(7); 256]})).await);
    assert_eq!((told.len(), told[100].as_str()), (101, "…: 156 more fields cannot be taken"));
    let many: serde_json::Map<String, Value> = (0..50_000).map(|n| (format!("p{n}"), json!(n))).collect();
    let mut body = request(json!({}));
    body.as_object_mut().unwrap().extend(many);
    let told = told_shortly(&client.server.post(EXTRACT, &client.token, &body).await);
    assert_eq!(told[50], "…: 49950 more fields are not fields of this request");
}

#[tokio::test]
async fn keys_and_headers_come_back_shortened_too() {
    let client = client().await;
    let post = || Server::request("POST", EXTRACT, &client.token);
    let key = long("k");
    let twice = format!(r#"{{"{key}": 1, "{key}": 2}}"#);
    let answer =
        client.server.send(post().header(CONTENT_TYPE, "application/json").body(Body::from(twice)).unwrap());
    let answer = answer.await;
    assert!(answer.body.len() < SHORT);
    assert!(answer.problem(400, "bad_request")["detail"].as_str().unwrap().contains("stands twice"));

    let odd = format!("text/{}", "t".repeat(60_000));
    let answer = client.server.send(post().header(CONTENT_TYPE, &odd).body(Body::from("{}")).unwrap()).await;
    assert!(answer.body.len() < SHORT);
    answer.problem(415, "unsupported_media_type");
    let accepting = post().header(CONTENT_TYPE, "application/json").header(ACCEPT, &odd);
    let answer = client.server.send(accepting.body(Body::from("{}")).unwrap()).await;
    assert!(answer.body.len() < SHORT);
    answer.problem(406, "not_acceptable");
}
