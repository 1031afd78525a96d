//! Hosts that share a database and a cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fettle_testbed::{Postgres, Redis};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::Client;
use super::{PATIENCE, Server, fettle, run, run_with_input, stdout_of};

/// The model that all requests are about.
pub const MODEL: &str = "press";

/// Where features are asked for.
pub const EXTRACT: &str = "/api/v2/ai/features/extract";

const PASSWORD: &str = "correct horse";

/// A plant with a press, whose rows lie in a folder and whose metadata lies in PostgreSQL.
pub struct Plant {
    folder: TempDir,
}

impl Plant {
    /// With an analyst and an admin, and a file of ten minutes imported.
    pub fn new(postgres: &Postgres, redis: &Redis) -> Self {
        let plant = Self { folder: tempfile::tempdir().unwrap() };
        let config = format!(
            "[data]\ndir = \"data\"\n[server]\nlisten = \"127.0.0.1:0\"\n\
             [auth]\nsecret = \"a secret of the tests, long enough for anyone\"\n\
             [metadata]\nurl = \"{}\"\nacquire_timeout_ms = 1000\nconnect_timeout_ms = 1000\n\
             [cache]\nredis_url = \"{}\"\nprefix = \"plant:\"\n",
            postgres.database(),
            redis.url()
        );
        fs::write(plant.file("fettle.toml"), config).unwrap();
        plant.import(&["force", "stroke"]);
        for role in ["analyst", "admin"] {
            let arguments =
                ["user", "add", role, "--role", role, "--password-stdin", "--config", "fettle.toml"];
            stdout_of(&run_with_input(plant.folder.path(), &arguments, PASSWORD));
        }
        plant
    }

    /// Imports ten minutes with these signals; the model gets those that it lacks.
    pub fn import(&self, signals: &[&str]) {
        let mut text = format!("time,{}\n", signals.join(","));
        for second in 0..600 {
            let cells = (0..signals.len()).map(|signal| format!("{}", (second * (signal + 3)) % 17));
            let cells: Vec<String> = cells.collect();
            text.push_str(&format!(
                "2025-11-01T00:{:02}:{:02},{}\n",
                second / 60,
                second % 60,
                cells.join(",")
            ));
        }
        fs::write(self.file("rows.csv"), text).unwrap();
        let arguments = [
            "import",
            "--config",
            "fettle.toml",
            "--model",
            MODEL,
            "--device",
            "P1",
            "--time-column",
            "time",
            "rows.csv",
        ];
        stdout_of(&run(self.folder.path(), &arguments));
    }

    /// Starts a server.
    pub fn serve(&self) -> Server {
        Server::start_as(&mut self.command())
    }

    pub async fn log_in(&self, server: &Server, username: &str) -> Client {
        Client::log_in(server, username, PASSWORD).await
    }

    fn command(&self) -> Command {
        fettle(self.folder.path(), &["serve", "--config", "fettle.toml"])
    }

    fn file(&self, name: &str) -> PathBuf {
        Path::new(self.folder.path()).join(name)
    }
}

/// A request for the features of all rows.
pub fn extraction() -> Value {
    json!({
        "model_code": MODEL, "device_code": "P1",
        "start_time": "2025-11-01T00:00:00", "end_time": "2025-11-01T00:10:00",
    })
}

/// What a server says of itself.
pub async fn metric(server: &Server, name: &str) -> f64 {
    let text = reqwest::get(server.url("/api/v2/metrics")).await.unwrap().text().await.unwrap();
    let line = text.lines().find(|line| line.starts_with(&format!("{name} ")));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).rsplit(' ').next().unwrap().parse().unwrap()
}

/// Status and document of readiness.
pub async fn readiness(server: &Server) -> (u16, Value) {
    let answer = reqwest::get(server.url("/api/v2/health/ready")).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Waits until it is so.
pub async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..PATIENCE.as_millis() / 50 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came to be that {what}");
}
