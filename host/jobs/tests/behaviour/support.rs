//! A work that does what its request says, and hosts that share a database.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use fettle_jobs::{Job, JobFailure, JobKind, JobState, Jobs, Progress, Settings, Submission, Work};
use fettle_metadata::{JobStore, PostgresSettings, PostgresStore, SqliteStore};
use fettle_observe::Metrics;
use fettle_testbed::Postgres;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::Semaphore;

/// A test of a function of a [`Town`] for each kind of database.
macro_rules! on_both {
    ($test:ident) => {
        mod $test {
            use super::Town;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$test(Town::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let Some(town) = Town::postgres() else { return };
                super::$test(town).await;
            }
        }
    };
}
pub(crate) use on_both;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Does what a job's request says, and counts how often each job was begun.
#[derive(Debug)]
pub struct Errands {
    /// Lets as many waiting jobs go on as it has permits.
    pub gate: Semaphore,
    begun: Mutex<BTreeMap<String, u32>>,
    stopped: Mutex<Vec<String>>,
}

/// A database that hosts share.
pub enum Town {
    Sqlite(TempDir),
    Postgres(String),
}

/// Keeps everybody from jobs until it ends.
pub enum Silence {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A host in it, with its errands.
pub struct Host {
    pub jobs: Jobs,
    pub errands: Arc<Errands>,
    pub store: Arc<dyn JobStore>,
    pub metrics: Arc<Metrics>,
}

#[async_trait]
impl Work for Errands {
    async fn run(&self, job: &Job, progress: &Progress) -> Result<Value, JobFailure> {
        *self.begun.lock().unwrap().entry(job.id.clone()).or_default() += 1;
        let request = &job.request;
        progress.set_devices_total(request["devices"].as_u64().unwrap_or(0));
        match request["do"].as_str() {
            Some("answer") => Ok(request["answer"].clone()),
            Some("fail") => Err(JobFailure::new("insufficient_data", "60 rows are fewer than one window")),
            Some("panic") => panic!("as asked"),
            // Waits for one permit a device, and one for the end.
            Some("wait") => {
                for _ in 0..request["devices"].as_u64().unwrap_or(0) {
                    self.pass(job, progress).await?;
                    progress.add_windows(10);
                    progress.add_device();
                }
                self.pass(job, progress).await?;
                Ok(json!("waited"))
            }
            // Takes no notice of being cancelled.
            Some("insist") => {
                self.gate.acquire().await.unwrap().forget();
                Ok(json!("insisted"))
            }
            _ => unreachable!("{request}"),
        }
    }
}

impl Errands {
    /// Waits for a permit, or stops when it is told to.
    async fn pass(&self, job: &Job, progress: &Progress) -> Result<(), JobFailure> {
        tokio::select! {
            permit = self.gate.acquire() => {
                permit.unwrap().forget();
                Ok(())
            }
            () = progress.cancelled() => {
                self.stopped.lock().unwrap().push(job.id.clone());
                Err(JobFailure::new("internal", "stopped"))
            }
        }
    }

    /// How often each job was begun here.
    pub fn begun(&self) -> BTreeMap<String, u32> {
        self.begun.lock().unwrap().clone()
    }

    /// Whether the work on a job was told to stop, and did.
    pub fn has_stopped(&self, job_id: &str) -> bool {
        self.stopped.lock().unwrap().iter().any(|stopped| stopped == job_id)
    }
}

impl Town {
    pub fn sqlite() -> Self {
        Town::Sqlite(tempfile::tempdir().unwrap())
    }

    /// `None` where PostgreSQL is not installed.
    pub fn postgres() -> Option<Self> {
        Postgres::shared().map(|server| Town::Postgres(server.database()))
    }

    pub async fn store(&self) -> Arc<dyn JobStore> {
        match self {
            Town::Sqlite(folder) => {
                Arc::new(SqliteStore::open(&folder.path().join("metadata.sqlite")).await.unwrap())
            }
            Town::Postgres(url) => {
                Arc::new(PostgresStore::open(&PostgresSettings::new(url.as_str())).await.unwrap())
            }
        }
    }

    pub async fn silence(&self) -> Silence {
        match self {
            Town::Sqlite(folder) => {
                let url = format!("sqlite://{}", folder.path().join("metadata.sqlite").display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
                Silence::Sqlite(connection)
            }
            Town::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                sqlx::raw_sql("BEGIN; LOCK TABLE t_job").execute(&mut connection).await.unwrap();
                Silence::Postgres(connection)
            }
        }
    }

    pub async fn host(&self) -> Host {
        self.host_with(settings()).await
    }

    /// A host of its own, as in a process of its own.
    pub async fn host_with(&self, settings: Settings) -> Host {
        let (gate, begun, stopped) = (Semaphore::new(0), Mutex::default(), Mutex::default());
        let errands = Arc::new(Errands { gate, begun, stopped });
        let (store, metrics) = (self.store().await, Arc::new(Metrics::new()));
        let jobs = Jobs::start(
            Arc::clone(&store),
            Arc::clone(&errands) as Arc<dyn Work>,
            Arc::clone(&metrics),
            settings,
        );
        Host { jobs, errands, store, metrics }
    }
}

impl Silence {
    pub async fn end(self) {
        match self {
            Silence::Sqlite(connection) => connection.close().await.unwrap(),
            Silence::Postgres(connection) => connection.close().await.unwrap(),
        }
    }
}

impl Host {
    pub async fn submit(&self, request: Value) -> String {
        self.jobs.submit(errand(request)).await.unwrap().id
    }

    pub async fn job(&self, id: &str) -> Job {
        self.jobs.job(id).await.unwrap().unwrap()
    }

    /// The job in its final state.
    pub async fn ended(&self, id: &str) -> Job {
        patiently(self.jobs.wait(id)).await.unwrap().unwrap()
    }

    /// Returns once the job runs, here or elsewhere.
    pub async fn runs(&self, id: &str) {
        eventually(async || self.job(id).await.state == JobState::Running).await;
    }

    /// Returns once the work on the job has begun here.
    pub async fn has_begun(&self, id: &str) {
        eventually(async || self.errands.begun().contains_key(id)).await;
    }

    /// The metrics of jobs as Prometheus gets them.
    pub fn counts(&self) -> Vec<String> {
        let text = self.metrics.render();
        text.lines().filter(|line| line.starts_with("fettle_jobs")).map(str::to_owned).collect()
    }
}

/// Quick, but for the lease: on a busy machine a heartbeat may be late.
pub fn settings() -> Settings {
    Settings { heartbeat: Duration::from_millis(50), poll: Duration::from_millis(50), ..Settings::default() }
}

/// A host whose jobs can soon be taken over.
pub fn short_lease() -> Settings {
    Settings { lease: Duration::from_millis(500), ..settings() }
}

pub fn errand(request: Value) -> Submission {
    Submission { kind: JobKind::DatasetBuild, owner: "test_user".into(), request }
}

/// Waits until `condition` holds.
pub async fn eventually(condition: impl AsyncFn() -> bool) {
    let holds = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    patiently(holds).await;
}

/// Fails where `future` takes so long that it would never end.
pub async fn patiently<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it ends")
}
