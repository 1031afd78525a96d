//! Plugins come and go while the program serves.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use self::program::client::Client;
use self::program::welding::{self, SERVE};
use self::program::{PATIENCE, Server, refusal_of, run};

const EXTRACT: &str = "/api/v2/ai/features/extract";
const RELOAD: &str = "/api/v2/plugins/reload";

/// Clients that ask all the time.
const CLIENTS: usize = 32;

/// Reloads, of four sorts in turn.
const RELOADS: usize = 100;

/// A folder with the demo's data, two plugins that are not built in, and settings that name them.
struct Plant {
    folder: TempDir,
}

impl Plant {
    fn new(steps: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        welding::prepare(folder.path());
        let settings = fs::read_to_string(folder.path().join("fettle.toml")).unwrap();
        let steps = format!("{settings}\n[steps]\nplugins_file = \"plugins.toml\"\n{steps}\n");
        fs::write(folder.path().join("fettle.toml"), steps).unwrap();
        let plant = Self { folder };
        plant.put_both(0);
        plant.write_all(true);
        plant
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The plugins file with the built-in plugins and these.
    fn write(&self, more: &str) {
        let builtin = include_str!("../../../config/plugins.toml");
        self.replace("plugins.toml", format!("{builtin}\n{more}").as_bytes());
    }

    /// The plugins file with all of them, or all but the built-in one of outliers.
    fn write_all(&self, with_outlier: bool) {
        self.write(&[entry("features"), entry("outliers")].concat());
        if !with_outlier {
            let text = fs::read_to_string(self.path().join("plugins.toml")).unwrap();
            let (all, without) = ("\"builtin:outlier\"", "\"builtin:outlier\"\nenabled = false");
            self.replace("plugins.toml", text.replacen(all, without, 1).as_bytes());
        }
    }

    /// Puts both plugins there, with a mark that their digests show.
    fn put_both(&self, mark: u8) {
        self.replace("features.wasm", &marked(component(0), mark));
        self.replace("outliers.wasm", &marked(component(1), mark));
    }

    fn replace(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path().join("new"), bytes).unwrap();
        fs::rename(self.path().join("new"), self.path().join(name)).unwrap();
    }
}

fn entry(name: &str) -> String {
    format!("[[plugin]]\nname = \"{name}\"\nsource = \"{name}.wasm\"\n")
}

/// A plugin of features, and one of outliers, one of whose methods behaves.
fn component(index: usize) -> &'static [u8] {
    static COMPONENTS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let packages = ["fettle-second-features", "fettle-hostile"];
    &COMPONENTS.get_or_init(|| fettle_componentize::components(&packages, &std::env::current_exe().unwrap()))
        [index]
}

/// The same component under another digest: a custom section more.
fn marked(component: &[u8], mark: u8) -> Vec<u8> {
    [component, &[0, 3, 1, b'm', mark]].concat()
}

/// A component that takes a compiler far more memory than it may have: a module of one function of a million products.
fn bomb() -> Vec<u8> {
    let mut body = vec![0, 0x20, 0];
    body.extend([0x20, 0, 0x7e, 0x22, 0].repeat(1_000_000));
    body.push(0x0b);
    let sized = |bytes: &[u8]| [leb(bytes.len()), bytes.to_vec()].concat();
    let section = |id: u8, bytes: &[u8]| [vec![id], sized(bytes)].concat();
    let module = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[1, 0x60, 1, 0x7e, 1, 0x7e]),
        section(3, &[1, 0]),
        section(10, &[leb(1), sized(&body)].concat()),
    ]
    .concat();
    [component(0).to_vec(), section(1, &module)].concat()
}

fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// An hour of a machine, by both plugins.
fn request() -> Value {
    json!({
        "model_code": "welding_ai_model", "device_code": "WLD001",
        "start_time": "2025-10-06T08:00:00", "end_time": "2025-10-06T09:00:00",
        "outlier_method": "well_behaved", "normalize_method": "min_max",
        "features": ["mean", {"method": "fraction_above", "params": {"level": 100}}],
    })
}

/// The digests of the two plugins that an answer names.
fn digests(answer: &Value) -> (String, String) {
    let steps = answer["data"]["metadata"]["steps"].as_array().unwrap();
    let of = |method: &str| {
        let step = steps.iter().find(|step| step["method"] == method);
        step.unwrap_or_else(|| panic!("no {method} in {steps:?}"))["digest"].as_str().unwrap().to_owned()
    };
    (of("fraction_above"), of("well_behaved"))
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_a_hundred_reloads_fail_no_request_and_mix_no_answer() {
    // Only what is asked for is reloaded; what is compiled may take little.
    let plant = Plant::new("plugins_poll_ms = 3_600_000\ncompile_memory_mib = 512\ncompile_time_s = 60");
    let server = Server::start(plant.path(), &SERVE);
    let analyst = Arc::new(welding::log_in(&server).await);
    let admin = Client::log_in(&server, "admin", "admin").await;
    let first = generation(&admin).await;
    let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let seen: Arc<Mutex<BTreeSet<(String, String)>>> = Arc::default();

    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (analyst, over, answered) = (Arc::clone(&analyst), Arc::clone(&over), Arc::clone(&answered));
        let seen = Arc::clone(&seen);
        clients.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let (status, answer) = analyst.post(EXTRACT, &request()).await;
                assert_eq!(status, 200, "{answer}");
                seen.lock().unwrap().insert(digests(&answer));
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    // One asks for a method that comes and goes: while it is gone, that and nothing else is what is wrong.
    let (asking, ended) = (Arc::clone(&analyst), Arc::clone(&over));
    let comes_and_goes = tokio::spawn(async move {
        let (mut asked, mut answers) = (request(), BTreeSet::new());
        asked["outlier_method"] = json!("iqr");
        while !ended.load(Ordering::Relaxed) {
            let (status, answer) = asking.post(EXTRACT, &asked).await;
            match status {
                200 => {}
                422 => assert_eq!(answer["errors"][0]["field"], "outlier_method", "{answer}"),
                _ => panic!("{answer}"),
            }
            answers.insert(status);
        }
        answers
    });

    let mut expected = BTreeSet::from([digests_of(&plant)]);
    let bomb = bomb();
    for number in 0..RELOADS {
        let mark = (number / 4 + 1) as u8;
        match number % 4 {
            0 => plant.put_both(mark),
            1 => plant.replace("features.wasm", &component(0)[..component(0).len() / 2]),
            2 => plant.replace("features.wasm", &bomb),
            _ => plant.put_both(mark),
        }
        // The built-in outlier plugin is there in every other generation.
        plant.write_all(mark.is_multiple_of(2));
        let (status, answer) = admin.post(RELOAD, &json!({})).await;
        match number % 4 {
            0 => {
                assert_eq!(
                    (status, answer["data"]["changed"].as_array().map(Vec::len)),
                    (200, Some(2)),
                    "{answer}"
                );
                expected.insert(digests_of(&plant));
            }
            1 => {
                assert_eq!(
                    (status, &answer["errors"][0]["field"]),
                    (409, &json!("plugin.features")),
                    "{answer}"
                );
            }
            2 => {
                let message = answer["errors"][0]["message"].as_str().unwrap();
                assert!(status == 409 && message.contains("it was not compiled"), "{answer}");
            }
            _ => assert_eq!((status, &answer["data"]["changed"]), (200, &json!([])), "{answer}"),
        }
    }
    over.store(true, Ordering::Relaxed);
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    assert_eq!(comes_and_goes.await.unwrap(), BTreeSet::from([200, 422]), "it was there, and it was gone");
    let seen = seen.lock().unwrap().clone();
    let mixed: Vec<_> = seen.difference(&expected).collect();
    assert!(mixed.is_empty(), "of no generation: {mixed:?}");
    assert!(seen.len() > RELOADS / 10, "only {} generations were seen under load", seen.len());
    assert!(answered.load(Ordering::Relaxed) > RELOADS, "there was no load");
    assert_eq!(generation(&admin).await, first + RELOADS as u64 / 4);
}

/// The number of the generation that is in force.
async fn generation(client: &Client) -> u64 {
    client.get("/api/v2/plugins").await.1["data"]["generation"].as_u64().unwrap()
}

/// The digests of the plugins that lie there.
fn digests_of(plant: &Plant) -> (String, String) {
    let digest = |name: &str| {
        let output = std::process::Command::new("sha256sum").arg(plant.path().join(name)).output().unwrap();
        String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().to_owned()
    };
    (digest("features.wasm"), digest("outliers.wasm"))
}

/// Waits until the list of plugins is as it should be.
async fn until(client: &Client, what: &str, is_so: impl Fn(&Value) -> bool) {
    for _ in 0..PATIENCE.as_millis() / 50 {
        let (_, answer) = client.get("/api/v2/plugins").await;
        if is_so(&answer["data"]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

#[tokio::test]
async fn changes_signals_and_restarts_are_as_the_file_says() {
    let plant = Plant::new("plugins_poll_ms = 50");
    let mut server = Server::start(plant.path(), &SERVE);
    let client = welding::log_in(&server).await;
    let changed = generation(&client).await + 1;
    plant.write(&entry("features"));
    until(&client, "the file's change", |plugins| plugins["generation"] == changed).await;
    let (status, answer) = client.post(EXTRACT, &request()).await;
    assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!("outlier_method")), "{answer}");

    server.signal("HUP");
    server.line_with("nothing has changed");
    let metrics = client.download("/api/v2/metrics").await;
    let metrics = String::from_utf8(metrics).unwrap();
    let in_force = format!("plugin_generation {changed}");
    for line in [&*in_force, r#"plugin_reloads_total{outcome="unchanged"} 1"#] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }

    plant.replace("plugins.toml", b"half a fi");
    until(&client, "what is wrong is told", |plugins| plugins["failed_reload"] != Value::Null).await;
    assert_eq!(client.get("/api/v2/ai/features/methods").await.0, 200);
    server.kill();
    fs::remove_file(plant.path().join("features.wasm")).unwrap();

    let mut server = Server::start(plant.path(), &SERVE);
    assert!(server.seen().iter().any(|line| line.contains("last good generation")), "{:?}", server.seen());
    let client = client.at(&server);
    let (_, plugins) = client.get("/api/v2/plugins").await;
    assert_eq!(plugins["data"]["generation"], changed);
    assert_eq!(plugins["data"]["failed_reload"]["trigger"], "start");
    let mut asked = request();
    asked["outlier_method"] = json!("iqr");
    let (status, answer) = client.post(EXTRACT, &asked).await;
    assert_eq!(status, 200, "{answer}");
    server.signal("TERM");
    server.wait();
}

#[tokio::test]
async fn killed_at_any_moment_of_a_reload_it_starts_with_what_was_good() {
    const KILLS: u8 = 10;
    let plant = Plant::new("plugins_poll_ms = 50");
    let mut good = digests_of(&plant).0;
    let mut through = 0;
    for kill in 1..=KILLS {
        let server = Server::start(plant.path(), &SERVE);
        plant.replace("features.wasm", &marked(component(0), kill));
        let next = digests_of(&plant).0;
        if kill < KILLS {
            // The first is hardly noticed.
            tokio::time::sleep(Duration::from_millis(150 * u64::from(kill))).await;
        } else {
            let client = welding::log_in(&server).await;
            let is_in_force = |plugins: &Value| plugins["plugins"].to_string().contains(&next);
            until(&client, "the last reload", is_in_force).await;
        }
        server.kill();
        plant.replace("plugins.toml", b"half a fi");

        let server = Server::start(plant.path(), &SERVE);
        let client = welding::log_in(&server).await;
        let (_, answer) = client.post(EXTRACT, &request()).await;
        let serves = digests(&answer).0;
        assert!(serves == good || serves == next, "neither {good} nor {next}: {answer}");
        through += usize::from(serves == next);
        assert!(kill < KILLS || serves == next, "what was in force is lost");
        server.kill();
        // What the file says counts again from here on.
        plant.write_all(true);
        good = next;
    }
    println!("{through} of {KILLS} reloads were through before the program was killed");
}

/// The processes that a process has started and that have not ended.
fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|process| process.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |id: &u32| {
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        status.lines().any(|line| line == format!("PPid:\t{parent}"))
    };
    ids.filter(is_child).collect()
}

#[tokio::test]
async fn what_compiles_ends_with_its_server() {
    let plant = Plant::new("plugins_poll_ms = 3_600_000\ncompile_memory_mib = 16384\ncompile_time_s = 600");
    let server = Server::start(plant.path(), &SERVE);
    let admin = Client::log_in(&server, "admin", "admin").await;
    plant.replace("features.wasm", &bomb());
    let reload = tokio::spawn(async move { admin.post(RELOAD, &json!({})).await });
    let compiling = loop {
        assert!(!reload.is_finished(), "it was compiled before anybody looked");
        match children(server.process())[..] {
            [] => tokio::time::sleep(Duration::from_millis(5)).await,
            [child] => break child,
            ref more => panic!("{more:?}"),
        }
    };
    server.kill();
    for _ in 0..PATIENCE.as_millis() / 50 {
        if !fs::exists(format!("/proc/{compiling}")).unwrap() {
            reload.abort();
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it goes on without a server");
}

#[test]
fn without_anything_good_it_does_not_start_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[auth]\nsecret = \"a secret of the tests, long enough for anyone\"\n[steps]\nplugins_file = \"p.toml\"\n";
    fs::write(folder.path().join("fettle.toml"), settings).unwrap();
    fs::write(folder.path().join("p.toml"), "[[plugin]]\nname = \"a\"\nsource = \"a.wasm\"\ncolour = 1\n")
        .unwrap();
    let refusal = refusal_of(&run(folder.path(), &SERVE));
    assert!(
        refusal.contains("p.toml") && refusal.contains("line 4: plugin.colour: no such key"),
        "{refusal}"
    );
}

#[test]
fn native_code_that_was_damaged_or_swapped_is_rebuilt_and_never_run() {
    let plant = Plant::new("");
    drop(Server::start(plant.path(), &SERVE));
    let folder = plant.path().join("fettle-data/native-code");
    let entries = || {
        let mut entries: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries
    };
    let sound: Vec<Vec<u8>> = entries().iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(sound.len() >= 7, "a component each");
    // Each is another's: sound code, with the server's own MAC, of the wrong component. The last is flipped.
    for (index, path) in entries().iter().enumerate() {
        let mut other = sound[(index + 1) % sound.len()].clone();
        if index + 1 == sound.len() {
            other.clone_from(&sound[index]);
            *other.last_mut().unwrap() ^= 1;
        }
        fs::write(path, other).unwrap();
    }
    let server = Server::start(plant.path(), &SERVE);
    let told = server.seen().iter().filter(|line| line.contains("not what was written, and rebuilt")).count();
    assert_eq!(told, sound.len(), "{:?}", server.seen());
    drop(server);
    let rebuilt: Vec<Vec<u8>> = entries().iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(rebuilt.iter().zip(&sound).all(|(rebuilt, sound)| rebuilt.len() == sound.len()));
    let server = Server::start(plant.path(), &SERVE);
    assert!(!server.seen().iter().any(|line| line.contains("rebuilt")), "{:?}", server.seen());
}
