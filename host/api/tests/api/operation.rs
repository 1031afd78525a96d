//! What operators watch.

use axum::body::Body;

use crate::server::Server;

#[tokio::test]
async fn a_live_server_says_so_to_get_and_head() {
    let server = Server::start().await;
    let answer = server.get("/health/live", "").await;
    assert_eq!(answer.json()["data"]["status"], "alive");
    let head = server.send(Server::request("HEAD", "/health/live", "").body(Body::empty()).unwrap()).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
}

#[tokio::test]
async fn readiness_names_every_backend_and_ends_with_draining() {
    let server = Server::start().await;
    let ready = server.get("/health/ready", "").await.json();
    assert_eq!(ready["data"]["status"], "ready");
    assert_eq!(
        ready["data"]["backends"],
        serde_json::json!({"metadata": "ready", "series": "ready", "cache": "ready"})
    );
    server.state.drain();
    let problem = server.get("/health/ready", "").await.problem(503, "backend_unavailable");
    assert_eq!(problem["errors"][0]["field"], "server");
    assert_eq!(server.get("/health/live", "").await.status, 200, "it is still alive");
}

#[tokio::test]
async fn readiness_names_a_backend_that_is_away() {
    let server = Server::start().await;
    std::fs::write(server.folder.path().join("series"), "no folder").unwrap();
    let problem = server.get("/health/ready", "").await.problem(503, "backend_unavailable");
    assert_eq!(problem["errors"][0]["field"], "series");
    assert!(!problem.to_string().contains("readiness"), "nothing of how it was asked: {problem}");
}

#[tokio::test]
async fn metrics_count_requests_by_route() {
    let server = Server::start().await;
    server.get("/health/live", "").await;
    server.get("/no/such/path", "").await;
    let answer = server.get("/metrics", "").await;
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    let text = answer.text();
    for line in [
        r#"http_requests_total{endpoint="/api/v2/health/live",method="GET",status="200"} 1"#,
        r#"http_requests_total{endpoint="unmatched",method="GET",status="404"} 1"#,
        "active_queries 0",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn a_metrics_token_closes_the_metrics() {
    let server = Server::start_with(|settings| settings.metrics_token = Some("scrape me".to_owned())).await;
    server.get("/metrics", "").await.problem(401, "unauthorized");
    server.get("/metrics", "scrape m").await.problem(401, "unauthorized");
    assert_eq!(server.get("/metrics", "scrape me").await.status, 200);
}
