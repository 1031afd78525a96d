//! Plugins that misbehave, behind the API: each ends as its problem, and the server goes on.

use std::time::Duration;

use fettle_steps::{Limits, Settings};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::features::{self, Steps, with_telemetry};
use crate::server::{Answer, Server};

/// They are compiled and let in once for all tests.
static STEPS: OnceCell<Steps> = OnceCell::const_new();

/// Built-in steps and the hostile ones, who are stopped after three tenths of a second.
pub async fn steps() -> Steps {
    STEPS.get_or_init(admitted).await.clone()
}

async fn admitted() -> Steps {
    let limits =
        Limits { base_time: Duration::from_millis(300), memory_bytes: 64 << 20, ..Limits::default() };
    let settings = Settings { limits, pooling: true, ..features::settings() };
    features::steps(settings, &["fettle-hostile"]).await
}

fn request(outlier_method: &str) -> Value {
    json!({
        "model_code": "welding", "device_code": "W1",
        "start_time": "2025-11-01T00:00:00", "end_time": "2025-11-02T00:00:00",
        "outlier_method": outlier_method,
    })
}

#[tokio::test]
async fn each_misdeed_is_its_problem_and_other_requests_go_on() {
    let server = Server::start_on(steps().await, |_| ()).await;
    with_telemetry(&server).await;
    let token = server.token("analyst").await;
    let extract = async |method: &str| -> Answer {
        server.post("/ai/features/extract", &token, &request(method)).await
    };

    for (method, status, code, told) in [
        ("loop_for_ever", 504, "step_timeout", "stopped"),
        ("eat_memory", 502, "plugin_fault", "MiB of memory"),
        ("too_few_rows", 502, "plugin_fault", "999 values of `current` for 1000 rows"),
        ("trap", 502, "plugin_fault", "trapped"),
    ] {
        // While one misbehaves, another request is answered.
        let (bad, good) = tokio::join!(extract(method), extract("iqr"));
        let problem = bad.problem(status, code);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("hostile") && detail.contains(method) && detail.contains(told), "{detail}");
        assert_eq!(good.status, 200, "{}", good.text());
    }
    assert_eq!(extract("well_behaved").await.status, 200);
    let metrics = server.get("/metrics", "").await.text();
    for cause in ["timeout", "memory", "answer", "trap"] {
        let line = format!(r#"plugin_faults_total{{cause="{cause}",plugin="hostile"}} 1"#);
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
}
