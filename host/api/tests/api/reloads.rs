//! Plugins over HTTP: what is loaded, loading others, going back.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::body::Body;
use fettle_observe::Metrics;
use fettle_steps::{Plugins, Sandbox, Sources, Tolerance};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::datasets::{asked, assert_documented, text};
use crate::extract::{Client, EXTRACT, request};
use crate::features;
use crate::server::{Answer, Server};

/// A server that loads what a file says, an analyst and an admin.
struct Operated {
    client: Client,
    admin: String,
    folder: TempDir,
}

impl Operated {
    async fn start(plugins_file: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("second.wasm"), component(0)).unwrap();
        std::fs::write(path("hostile.wasm"), component(1)).unwrap();
        std::fs::write(path("plugins.toml"), plugins_file).unwrap();
        let tolerance =
            Tolerance { faults: 2, within: Duration::from_secs(600), lasting: Duration::from_secs(90) };
        let metrics = Arc::new(Metrics::new());
        let settings = fettle_steps::Settings {
            tolerance: Some(tolerance),
            metrics: Some(Arc::clone(&metrics)),
            ..features::settings()
        };
        let sources = Sources {
            file: Some(path("plugins.toml")),
            builtin: fettle_builtin::PLUGINS.map(|builtin| (builtin.name, builtin.component)).to_vec(),
            kept: Some(path("kept")),
            keeps: true,
        };
        let plugins = Plugins::start(Sandbox::new(settings).unwrap(), sources, metrics).await.unwrap();
        let client = Client::of(Server::start_on(plugins, |_| ()).await).await;
        let admin = client.server.token("admin").await;
        Self { client, admin, folder }
    }

    fn write(&self, plugins_file: &str) {
        std::fs::write(self.folder.path().join("plugins.toml"), plugins_file).unwrap();
    }

    fn put(&self, name: &str, component: &[u8]) {
        std::fs::write(self.folder.path().join(name), component).unwrap();
    }

    async fn post(&self, path: &str) -> Answer {
        let request = Server::request("POST", path, &self.admin).body(Body::empty()).unwrap();
        self.client.server.send(request).await
    }

    async fn done(&self, path: &str) -> Value {
        let answer = self.post(path).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"].clone()
    }

    async fn listed(&self) -> Value {
        let token = self.client.server.token("viewer").await;
        self.client.server.get("/plugins", &token).await.json()["data"].clone()
    }

    async fn plugin(&self, name: &str) -> Value {
        let list = self.listed().await;
        let plugins = list["plugins"].as_array().unwrap();
        plugins.iter().find(|plugin| plugin["name"] == name).cloned().unwrap_or(Value::Null)
    }
}

/// A plugin of two features, and one whose methods misbehave.
fn component(index: usize) -> &'static [u8] {
    static COMPONENTS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let packages = ["fettle-second-features", "fettle-hostile"];
    let inside = || std::env::current_exe().unwrap();
    &COMPONENTS.get_or_init(|| fettle_componentize::components(&packages, Path::new(&inside())))[index]
}

/// The same component under another digest: with an empty custom section more.
fn with_other_digest(component: &[u8], mark: u8) -> Vec<u8> {
    [component, &[0, 3, 1, b'm', mark]].concat()
}

/// The built-in plugins as the example file has them.
const BUILTIN: &str = include_str!("../../../../config/plugins.toml");
const SECOND: &str = "\n[[plugin]]\nname = \"second\"\nsource = \"second.wasm\"\n";
const HOSTILE: &str = "\n[[plugin]]\nname = \"hostile\"\nsource = \"hostile.wasm\"\n";

fn with(more: &str) -> String {
    format!("{BUILTIN}{more}")
}

#[tokio::test]
async fn the_list_says_what_is_loaded_since_when_and_with_which_limits() {
    let limits =
        "[plugin.limits]\nmemory_mib = 64\nconcurrency = 2\n[plugin.defaults.fraction_above]\nlevel = 5\n";
    let disabled = "[[plugin]]\nname = \"off\"\nsource = \"off.wasm\"\nenabled = false\n";
    let operated = Operated::start(&with(&[SECOND, limits, disabled].concat())).await;
    let list = operated.listed().await;
    assert_documented(&list, "PluginList");
    assert_eq!((&list["generation"], &list["failed_reload"]), (&json!(1), &Value::Null));
    assert!(list["since"].as_str().unwrap().ends_with('Z'), "{list}");
    let names: Vec<_> =
        list["plugins"].as_array().unwrap().iter().map(|plugin| text(&plugin["name"])).collect();
    assert_eq!(names, ["missing-value", "outlier", "window", "statistics", "normalize", "second", "off"]);

    let second = operated.plugin("second").await;
    assert_documented(&second, "Plugin");
    assert_eq!((&second["plugin"], &second["state"]), (&json!("second-features"), &json!("loaded")));
    assert_eq!(second["methods"][0], json!({"kind": "feature", "name": "correlation"}));
    assert_eq!(second["limits"]["memory_bytes"], 64 << 20);
    assert_eq!(second["limits"]["concurrency"], 2);
    assert_eq!(second["defaults"], json!({"fraction_above": {"level": 5}}));
    assert!(second["source"].as_str().unwrap().ends_with("/second.wasm"), "{second}");
    let outlier = operated.plugin("outlier").await;
    assert_eq!((&outlier["source"], &outlier["imports"]), (&json!("builtin:outlier"), &json!([])));
    let off = operated.plugin("off").await;
    assert_eq!(
        (&off["state"], &off["enabled"], &off["digest"]),
        (&json!("disabled"), &json!(false), &Value::Null)
    );
}

#[tokio::test]
async fn viewers_may_look_and_admins_may_change() {
    let operated = Operated::start(BUILTIN).await;
    let server = &operated.client.server;
    server.get("/plugins", "").await.problem(401, "unauthorized");
    assert_eq!(server.get("/plugins", &server.token("viewer").await).await.status, 200);
    for role in ["viewer", "analyst"] {
        let token = server.token(role).await;
        for path in ["/plugins/reload", "/plugins/reload?dry_run=true", "/plugins/rollback"] {
            let request = Server::request("POST", path, &token).body(Body::empty()).unwrap();
            server.send(request).await.problem(403, "forbidden");
        }
    }
    for path in ["/plugins/reload?dryrun=true", "/plugins/reload?dry_run=perhaps"] {
        operated.post(path).await.problem(422, "invalid_parameter");
    }
}

#[tokio::test]
async fn a_reload_changes_what_requests_get_and_a_dry_run_changes_nothing() {
    let operated = Operated::start(BUILTIN).await;
    let client = &operated.client;
    let features = json!({"features": [{"method": "fraction_above"}]});
    client.extract(features.clone()).await.problem(422, "invalid_parameter");

    operated.write(&with(&format!("{SECOND}[plugin.defaults.fraction_above]\nlevel = 150.5\n")));
    for path in ["/plugins/reload?dry_run", "/plugins/reload?dry_run=true"] {
        let would = operated.done(path).await;
        assert_documented(&would, "ReloadDocument");
        assert_eq!((&would["dry_run"], &would["generation"]), (&json!(true), &json!(1)));
        assert_eq!(
            (&would["added"], &would["removed"], &would["refused"]),
            (&json!(["second"]), &json!([]), &json!([]))
        );
        client.extract(features.clone()).await.problem(422, "invalid_parameter");
    }
    let done = operated.done("/plugins/reload").await;
    assert_eq!(
        (&done["dry_run"], &done["generation"], &done["added"]),
        (&json!(false), &json!(2), &json!(["second"]))
    );
    assert_eq!(done["unchanged"].as_array().unwrap().len(), 5);

    let step = |data: &Value| {
        let steps = data["metadata"]["steps"].as_array().unwrap();
        steps.iter().find(|step| step["kind"] == "feature").unwrap().clone()
    };
    let before = step(&client.data(features.clone()).await);
    assert_eq!(before["params"], json!({"level": 150.5, "below": false}), "the operator's default ran");
    assert_eq!(before["digest"], operated.plugin("second").await["digest"]);

    operated.put("second.wasm", &with_other_digest(component(0), 1));
    let changed = operated.done("/plugins/reload").await;
    let after = step(&client.data(features.clone()).await);
    assert_ne!(after["digest"], before["digest"]);
    let expected = json!([{
        "name": "second", "what": ["digest"], "digest_before": before["digest"], "digest": after["digest"],
    }]);
    assert_eq!(changed["changed"], expected);

    // A dataset's manifest names what it was built with, and is served with that.
    let asked = asked(json!({"device_codes": ["W1"], "features": ["mean", {"method": "fraction_above"}]}));
    let built = client.server.post("/ai/features/dataset", &client.token, &asked).await.json();
    let id = text(&built["data"]["dataset_id"]);
    let manifest = client.server.get(&format!("/ai/datasets/{id}"), &client.token).await.json();
    let steps = manifest["data"]["content"]["steps"].as_array().unwrap();
    let recorded = steps.iter().find(|step| step["method"] == "fraction_above").unwrap();
    assert_eq!(
        [&recorded["plugin"], &recorded["version"], &recorded["digest"]],
        [&after["plugin"], &after["version"], &after["digest"]]
    );
    operated.write(BUILTIN);
    assert_eq!(operated.done("/plugins/reload").await["removed"], json!(["second"]));
    client.extract(features).await.problem(422, "invalid_parameter");
    let serve = request(json!({"dataset_id": id}));
    // It comes from where datasets are kept; when it is gone from there, too, that is said.
    let name = format!("datasets/plugins/{}.wasm", text(&after["digest"]));
    let (kept, away) = (client.server.folder.path().join(name), operated.folder.path().join("away"));
    std::fs::rename(&kept, &away).unwrap();
    let refused = client.server.post(EXTRACT, &client.token, &serve).await.problem(503, "plugin_unavailable");
    assert!(refused["detail"].as_str().unwrap().contains("is gone"), "{refused}");
    std::fs::rename(&away, &kept).unwrap();
    let served = client.server.post(EXTRACT, &client.token, &serve).await;
    assert_eq!(served.status, 200, "{}", served.text());
    let steps = served.json()["data"]["metadata"]["steps"].as_array().unwrap().clone();
    assert!(steps.iter().any(|step| step["digest"] == after["digest"]), "{steps:?}");

    // Until its plugin is forbidden.
    operated.write(&BUILTIN.replace("forbidden = []", &format!("forbidden = [{}]", after["digest"])));
    operated.done("/plugins/reload").await;
    let refused = client.server.post(EXTRACT, &client.token, &serve).await.problem(503, "plugin_unavailable");
    assert!(refused["detail"].as_str().unwrap().contains("is forbidden"), "{refused}");
}

#[tokio::test]
async fn what_is_refused_is_a_conflict_that_says_all_and_changes_nothing() {
    let operated = Operated::start(&with(SECOND)).await;
    let digest = operated.plugin("second").await["digest"].clone();
    operated.put("second.wasm", &component(0)[..5000]);
    operated.put("new.wasm", b"nothing");
    let new = "[[plugin]]\nname = \"new\"\nsource = \"new.wasm\"\n";
    operated.write(&with(&[SECOND, new].concat()));
    let would = operated.done("/plugins/reload?dry_run=true").await;
    let problem = operated.post("/plugins/reload").await.problem(409, "conflict");
    assert_eq!(problem["errors"], would["refused"]);
    let errors = problem["errors"].as_array().unwrap();
    let fields: Vec<_> = errors.iter().map(|error| text(&error["field"])).collect();
    assert_eq!(fields, ["plugin.second", "plugin.new"]);
    assert!(
        errors.iter().all(|error| text(&error["message"]).contains("not a valid component")),
        "{errors:?}"
    );

    let list = operated.listed().await;
    assert_eq!(list["generation"], 1);
    assert_documented(&list["failed_reload"], "FailedReload");
    assert_eq!(
        (&list["failed_reload"]["trigger"], &list["failed_reload"]["errors"]),
        (&json!("request"), &problem["errors"])
    );
    let second = operated.plugin("second").await;
    assert_eq!(
        (&second["state"], &second["digest"]),
        (&json!("loaded"), &digest),
        "the old one still serves"
    );
    assert!(text(&second["last_error"]).contains("not a valid component"));
    let new = operated.plugin("new").await;
    assert_eq!((&new["state"], &new["digest"]), (&json!("refused"), &Value::Null));
    assert!(text(&new["source"]).ends_with("new.wasm"));

    operated.write("[[plugin]]\nname = 7\n");
    let problem = operated.post("/plugins/reload").await.problem(409, "conflict");
    assert_eq!(problem["errors"][0]["field"], "plugins_file");
    assert!(text(&problem["errors"][0]["message"]).starts_with("line 1"), "{problem}");

    operated.put("second.wasm", component(0));
    operated.write(&with(SECOND));
    operated.done("/plugins/reload").await;
    assert_eq!(operated.listed().await["failed_reload"], Value::Null);
}

#[tokio::test]
async fn a_rollback_goes_back_and_forth() {
    let operated = Operated::start(BUILTIN).await;
    let problem = operated.post("/plugins/rollback").await.problem(409, "conflict");
    assert!(text(&problem["detail"]).contains("no generation before"), "{problem}");
    assert_eq!(problem["errors"][0]["field"], "previous_generation");
    let list = operated.listed().await;
    assert_eq!([&list["previous_generation"], &list["failed_reload"]], [&Value::Null; 2]);

    operated.write(&with(SECOND));
    operated.done("/plugins/reload").await;
    let back = operated.done("/plugins/rollback").await;
    assert_eq!((&back["generation"], &back["removed"]), (&json!(3), &json!(["second"])));
    let forth = operated.done("/plugins/rollback").await;
    assert_eq!((&forth["generation"], &forth["added"]), (&json!(4), &json!(["second"])));
}

#[tokio::test]
async fn the_list_says_that_plugins_were_rolled_back_and_what_a_rollback_would_return_to() {
    let operated = Operated::start(BUILTIN).await;
    let digest = operated.plugin("outlier").await["digest"].clone();
    assert_eq!(operated.listed().await["rolled_back"], false);
    operated.write(&with(SECOND));
    operated.done("/plugins/reload").await;
    let list = operated.listed().await;
    assert_documented(&list, "PluginList");
    assert_documented(&list["previous_generation"], "PreviousGeneration");
    assert_eq!(
        (&list["rolled_back"], &list["previous_generation"]["generation"]),
        (&json!(false), &json!(1))
    );
    let previous = list["previous_generation"]["plugins"].as_array().unwrap();
    assert_eq!(previous.len(), 5, "{previous:?}");
    assert!(previous.contains(&json!({"name": "outlier", "digest": digest})), "{previous:?}");
    let second = operated.plugin("second").await["digest"].clone();

    operated.done("/plugins/rollback").await;
    let list = operated.listed().await;
    assert_eq!((&list["rolled_back"], &list["failed_reload"]), (&json!(true), &Value::Null));
    assert_eq!(list["previous_generation"]["generation"], 2);
    let previous = list["previous_generation"]["plugins"].as_array().unwrap();
    assert!(previous.contains(&json!({"name": "second", "digest": second})), "{previous:?}");

    // Whatever is forbidden would not come back.
    operated.write(&BUILTIN.replace("forbidden = []", &format!("forbidden = [{second}]")));
    operated.done("/plugins/reload").await;
    let list = operated.listed().await;
    assert_eq!((&list["rolled_back"], &list["generation"]), (&json!(false), &json!(3)));
    let previous = list["previous_generation"]["plugins"].as_array().unwrap();
    assert!(previous.iter().all(|plugin| plugin["name"] != "second"), "{previous:?}");
}

#[tokio::test]
async fn metrics_say_what_is_loaded_and_that_a_reload_failed_or_was_undone() {
    let operated = Operated::start(&with(SECOND)).await;
    let lines = async |wanted: &[String]| {
        let text = operated.client.server.get("/metrics", "").await.text();
        for line in wanted {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        text
    };
    let states = |failed: u8, rolled_back: u8| {
        [format!("plugin_reload_failed {failed}"), format!("plugins_rolled_back {rolled_back}")]
    };
    let info = |plugin: &Value| {
        let [digest, name, version] = ["digest", "plugin", "version"].map(|key| text(&plugin[key]));
        format!("plugin_info{{digest=\"{digest}\",plugin=\"{name}\",version=\"{version}\"}} 1")
    };
    lines(&states(0, 0)).await;
    let (outlier, old) = (info(&operated.plugin("outlier").await), info(&operated.plugin("second").await));
    lines(&[outlier.clone(), old.clone()]).await;

    operated.write("broken");
    operated.post("/plugins/reload").await.problem(409, "conflict");
    lines(&[&states(1, 0)[..], std::slice::from_ref(&old)].concat()).await;

    operated.put("second.wasm", &with_other_digest(component(0), 1));
    operated.write(&with(SECOND));
    operated.done("/plugins/reload").await;
    let new = info(&operated.plugin("second").await);
    let text = lines(&[&states(0, 0)[..], &[outlier.clone(), new.clone()]].concat()).await;
    assert!(!text.contains(&old), "{text}");

    operated.done("/plugins/rollback").await;
    let text = lines(&[&states(0, 1)[..], &[outlier, old]].concat()).await;
    assert!(!text.contains(&new), "{text}");
    operated.done("/plugins/reload").await;
    lines(&states(0, 0)).await;
}

#[tokio::test]
async fn what_cannot_be_kept_is_no_fault_of_the_file() {
    let operated = Operated::start(BUILTIN).await;
    let kept = operated.folder.path().join("kept");
    std::fs::remove_dir_all(&kept).unwrap();
    std::fs::write(&kept, "a file where the folder should be").unwrap();
    operated.write(&with(SECOND));
    let problem = operated.post("/plugins/reload").await.problem(409, "conflict");
    assert_eq!(problem["errors"][0]["field"], "kept_plugins", "{problem}");
    assert_eq!(operated.listed().await["failed_reload"]["errors"], problem["errors"]);
}

/// What is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// What was logged since the last time.
    fn taken(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

#[tokio::test]
async fn the_log_says_who_asked_for_what_and_what_came_of_it() {
    let operated = Operated::start(BUILTIN).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let logged = async |path: &str| {
        operated.post(path).await;
        let text = log.taken();
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("by request")).collect();
        assert_eq!(lines.len(), 1, "{path}: {text}");
        lines[0].to_owned()
    };
    let assert_told = |line: String, level: &str, told: &str| {
        assert!(line.contains(level) && line.contains(told) && line.contains("generation="), "{line}");
    };
    assert_told(
        logged("/plugins/rollback").await,
        "WARN",
        "a rollback of the plugins by request was refused",
    );
    operated.write("broken");
    assert_told(logged("/plugins/reload?dry_run").await, "INFO", "was tried out by request");
    assert_told(logged("/plugins/reload").await, "WARN", "a reload of the plugins by request was refused");
    operated.write(&with(SECOND));
    assert_told(logged("/plugins/reload").await, "INFO", "plugins reloaded by request");
    assert_told(logged("/plugins/rollback").await, "INFO", "plugins rolled back by request");
}

#[tokio::test]
async fn a_plugin_that_is_set_aside_is_unavailable_and_says_for_how_long() {
    let operated = Operated::start(&with(HOSTILE)).await;
    let client = &operated.client;
    for _ in 0..2 {
        client.extract(json!({"outlier_method": "trap"})).await.problem(502, "plugin_fault");
    }
    let answer = client.extract(json!({"outlier_method": "well_behaved"})).await;
    let problem = answer.problem(503, "plugin_unavailable");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((60..=90).contains(&wait), "{wait}");
    assert!(text(&problem["detail"]).contains("hostile"), "{problem}");
    let listed = operated.plugin("hostile").await;
    assert_eq!(listed["state"], "set_aside");
    assert!(text(&listed["last_error"]).contains("trapped"), "{listed}");
    assert!((60..=90).contains(&listed["retry_after_s"].as_u64().unwrap()), "{listed}");
    assert_eq!(client.extract(json!({"outlier_method": "iqr"})).await.status, 200, "all others serve");
    assert_eq!(operated.plugin("outlier").await["state"], "loaded");
}
