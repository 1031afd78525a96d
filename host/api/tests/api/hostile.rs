//! Plugins that misbehave, behind the API: each ends as its problem, and the server goes on.

use std::sync::Arc;
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
    features::steps(settings(), &["fettle-hostile"]).await
}

fn settings() -> Settings {
    let limits =
        Limits { base_time: Duration::from_millis(300), memory_bytes: 64 << 20, ..Limits::default() };
    Settings { limits, pooling: true, metrics: Some(Arc::default()), ..features::settings() }
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
    // Faults are counted below: those of other tests do not belong to them.
    let server = Server::start_on(admitted().await, |_| ()).await;
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
        ("recurse", 502, "plugin_fault", "trapped"),
        ("other_column", 502, "plugin_fault", "column `current!` where `current` was due"),
        ("kept_out_of_range", 502, "plugin_fault", "kept rows that are not ascending indices below 1000"),
        ("rant", 422, "step_failed", "no! no!"),
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
    for (cause, count) in [("timeout", 1), ("memory", 1), ("answer", 3), ("trap", 2)] {
        let line = format!(r#"plugin_faults_total{{cause="{cause}",plugin="hostile"}} {count}"#);
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
}

/// What an extraction is asked for to have a hostile plugin run, provoked or not.
fn asked(package: &str, provoke: bool) -> Value {
    let params = json!({"provoke": provoke});
    let mut request = request("none");
    let more = match package {
        "fettle-hostile-transform" => json!({"outlier_method": "hostile", "outlier_params": params}),
        "fettle-hostile-window" => json!({"window_method": "hostile", "window_params": params}),
        _ => json!({"features": [{"method": "hostile", "params": params}]}),
    };
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

#[tokio::test]
async fn whichever_export_misbehaves_the_next_request_is_answered_as_before() {
    const PACKAGES: [&str; 3] =
        ["fettle-hostile-transform", "fettle-hostile-window", "fettle-hostile-features"];
    let components = fettle_componentize::components(&PACKAGES, &std::env::current_exe().unwrap());
    for (world, orders, status, code, told) in [
        (0, "resolve loops", 504, "step_timeout", "stopped"),
        (0, "resolve to a list", 502, "plugin_fault", "the resolved parameters are not a JSON object"),
        (0, "summarize loops", 504, "step_timeout", "stopped"),
        (0, "summarize a megabyte and more", 502, "plugin_fault", "a summary of 1048577 bytes"),
        (0, "fit never ends", 502, "plugin_fault", "no state after 16 rounds"),
        (0, "fit eats memory", 502, "plugin_fault", "MiB of memory"),
        (0, "apply hands back four gibibytes", 502, "plugin_fault", "list pointer/length out of bounds"),
        (0, "apply names no text", 502, "plugin_fault", "invalid utf-8"),
        (1, "reads-values loops", 504, "step_timeout", "stopped"),
        (1, "plan a window beyond the rows", 502, "plugin_fault", "window [999, 1001) of 1000 rows"),
        (1, "plan recurses", 502, "plugin_fault", "trapped"),
        (2, "names loops", 504, "step_timeout", "stopped"),
        (2, "names nothing", 502, "plugin_fault", "a name is one line"),
        (2, "compute forgets a value", 502, "plugin_fault", "values of `current_first` for"),
        (2, "compute traps", 502, "plugin_fault", "trapped"),
    ] {
        let package = PACKAGES[world];
        let ordered = (package.to_owned(), fettle_hostile_orders::given(&components[world], orders));
        let steps = features::steps_with(settings(), vec![ordered]).await;
        let server = Server::start_on(steps, |_| ()).await;
        with_telemetry(&server).await;
        let token = server.token("analyst").await;
        let extract =
            async |request: Value| -> Answer { server.post("/ai/features/extract", &token, &request).await };
        let matrix = |answer: Answer| -> Value {
            assert_eq!(answer.status, 200, "{orders}: {}", answer.text());
            answer.json()["data"]["features"].clone()
        };
        let before = [matrix(extract(asked(package, false)).await), matrix(extract(request("iqr")).await)];
        let problem = extract(asked(package, true)).await.problem(status, code);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("plugin `hostile`") && detail.contains(told), "{orders}: {detail}");
        let after = [matrix(extract(asked(package, false)).await), matrix(extract(request("iqr")).await)];
        assert!(before[0].is_array() && before == after, "{orders}: {} and {}", before[0], after[0]);
    }
}
