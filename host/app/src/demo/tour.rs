//! The first extraction: what a visitor would do by hand, done by the demo against itself over HTTP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Client, RequestBuilder, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{ANALYST, table};

/// How long the server may take to become ready, and to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The body that both the tour and its curl line send.
const EXTRACTION: &str = r#"{"model_code": "welding_ai_model", "device_code": "WLD001", "start_time": "2025-11-01T00:00:00", "end_time": "2025-11-02T00:00:00", "window_size": 100, "overlap": 0.5, "normalize_method": "z_score", "missing_value_method": "interpolate", "outlier_method": "iqr"}"#;

/// The address that a program on this machine reaches a server at.
pub fn base_url(listening: SocketAddr) -> String {
    let host = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(host, listening.port()))
}

/// Waits until the server is ready, logs in, extracts, and answers what to show of it.
pub async fn first_extraction(base: &str) -> anyhow::Result<String> {
    // The way to oneself leads through no proxy.
    let client = Client::builder().no_proxy().timeout(PATIENCE).build().context("no HTTP client")?;
    wait_until_ready(&client, base).await?;

    let credentials = json!({"username": ANALYST.username, "password": ANALYST.password});
    let login: Answer<Login> =
        answer(client.post(format!("{base}/api/v2/auth/login")).json(&credentials)).await.context("login")?;
    let extract = client
        .post(format!("{base}/api/v2/ai/features/extract"))
        .bearer_auth(login.data.access_token)
        .header("Content-Type", "application/json")
        .body(EXTRACTION);
    let Answer { data: matrix, execution_time } = answer::<Matrix>(extract).await.context("extraction")?;

    Ok(format!(
        "WLD001 on 2025-11-01: {} rows became {} windows × {} features in {execution_time} ms\n\n{}",
        matrix.metadata.row_count,
        matrix.metadata.window_count,
        matrix.feature_names.len(),
        table::first_lines(&matrix.timestamps, &matrix.feature_names, &matrix.features),
    ))
}

/// Commands for a shell that do the same again.
pub fn as_curl(base: &str) -> String {
    let (username, password) = (ANALYST.username, ANALYST.password);
    format!(
        r#"TOKEN=$(curl -s {base}/api/v2/auth/login -H 'Content-Type: application/json' -d '{{"username": "{username}", "password": "{password}"}}' | sed 's/.*"access_token": *"\([^"]*\)".*/\1/')
curl -s {base}/api/v2/ai/features/extract -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{EXTRACTION}'"#
    )
}

/// A successful answer of the API.
#[derive(Deserialize)]
struct Answer<Data> {
    data: Data,
    /// Milliseconds.
    execution_time: u64,
}

#[derive(Deserialize)]
struct Login {
    access_token: String,
}

#[derive(Deserialize)]
struct Matrix {
    features: Vec<Vec<Option<f64>>>,
    feature_names: Vec<String>,
    timestamps: Vec<String>,
    metadata: MatrixMetadata,
}

#[derive(Deserialize)]
struct MatrixMetadata {
    window_count: usize,
    row_count: usize,
}

async fn wait_until_ready(client: &Client, base: &str) -> anyhow::Result<()> {
    let ready = async {
        loop {
            match client.get(format!("{base}/api/v2/health/ready")).send().await {
                Ok(response) if response.status().is_success() => return,
                // Not yet.
                Ok(_) | Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, ready).await.context("the server did not become ready")
}

async fn answer<Data: DeserializeOwned>(request: RequestBuilder) -> anyhow::Result<Answer<Data>> {
    let response = request.send().await?;
    if !response.status().is_success() {
        bail!(refusal(response).await);
    }
    Ok(response.json().await?)
}

/// What the server said instead of an answer.
async fn refusal(response: Response) -> String {
    let status = response.status();
    let body = response.text().await.unwrap_or_default();
    format!("{status}: {body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_every_address_is_reached_on_the_loopback() {
        assert_eq!(base_url("0.0.0.0:8001".parse().unwrap()), "http://127.0.0.1:8001");
        assert_eq!(base_url("[::]:8001".parse().unwrap()), "http://[::1]:8001");
        assert_eq!(base_url("10.1.2.3:80".parse().unwrap()), "http://10.1.2.3:80");
    }
}
