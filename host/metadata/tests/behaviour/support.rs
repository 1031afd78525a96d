//! Databases of both kinds, and values that several tests start from.

use std::sync::Arc;

use fettle_metadata::{
    DatasetEntry, DatasetIndex, FieldRole, JobKind, JobStore, LabelKind, MetadataStore, ModelType, NewDevice,
    NewDeviceType, NewField, NewJob, NewModel, NewModelField, Page, PostgresSettings, PostgresStore,
    Registration, SqliteStore, UserStore,
};
use fettle_testbed::Postgres;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Connection;
use tempfile::TempDir;

/// A test of a function of a [`Place`] for each kind of database.
macro_rules! on_both {
    ($test:ident) => {
        mod $test {
            use super::Place;

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_sqlite() {
                super::$test(Place::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_postgres() {
                let Some(place) = Place::postgres() else { return };
                super::$test(place).await;
            }
        }
    };
}
pub(crate) use on_both;

/// The server that tests share, for those that are about PostgreSQL alone.
pub fn on_postgres() -> Option<&'static Postgres> {
    Postgres::shared()
}

/// All that is kept in a metadata database.
pub trait Store: MetadataStore + UserStore + JobStore + DatasetIndex {}

impl<T: MetadataStore + UserStore + JobStore + DatasetIndex> Store for T {}

/// A new, empty database.
pub enum Place {
    Sqlite(TempDir),
    Postgres(String),
}

impl Place {
    pub fn sqlite() -> Self {
        Place::Sqlite(tempfile::tempdir().unwrap())
    }

    /// `None` where PostgreSQL is not installed.
    pub fn postgres() -> Option<Self> {
        Postgres::shared().map(|server| Place::Postgres(server.database()))
    }

    /// Another one of the same kind.
    pub fn another(&self) -> Self {
        match self {
            Place::Sqlite(_) => Self::sqlite(),
            Place::Postgres(_) => Self::postgres().unwrap(),
        }
    }

    /// A handle on it, as each process has one.
    pub async fn open(&self) -> Arc<dyn Store> {
        match self {
            Place::Sqlite(folder) => {
                Arc::new(SqliteStore::open(&folder.path().join("metadata.sqlite")).await.unwrap())
            }
            Place::Postgres(url) => {
                Arc::new(PostgresStore::open(&PostgresSettings::new(url.as_str())).await.unwrap())
            }
        }
    }

    /// Runs SQL as somebody else would, over a connection of their own.
    pub async fn sql(&self, sql: &'static str) {
        match self {
            Place::Sqlite(folder) => {
                let url = format!("sqlite://{}", folder.path().join("metadata.sqlite").display());
                let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            }
            Place::Postgres(url) => {
                let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            }
        }
    }
}

/// A moment; `second` tells moments apart.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_762_128_000 + second).unwrap()
}

/// Welders with two signals and a label, one device and one model.
pub fn welding() -> Registration {
    Registration {
        device_type: NewDeviceType { code: "welder".into(), name: "Welder".into() },
        fields: vec![
            signal("current"),
            NewField { unit: Some("V".into()), name: "Voltage (V)".into(), ..signal("voltage") },
            label("quality_label", LabelKind::Int),
        ],
        devices: vec![NewDevice { code: "WLD001".into(), name: "First welder".into() }],
        models: vec![model("welding_ai_model", &["voltage", "quality_label", "current"])],
    }
}

pub fn signal(code: &str) -> NewField {
    NewField { code: code.into(), name: code.into(), role: FieldRole::Signal, unit: None }
}

pub fn label(code: &str, kind: LabelKind) -> NewField {
    NewField { code: code.into(), name: code.into(), role: FieldRole::Label(kind), unit: None }
}

pub fn model(code: &str, fields: &[&str]) -> NewModel {
    NewModel {
        code: code.into(),
        name: code.into(),
        model_type: ModelType::AiAnalysis,
        fields: fields.iter().copied().map(NewModelField::plain).collect(),
        defaults: serde_json::Map::new(),
    }
}

pub fn job(id: &str) -> NewJob {
    NewJob {
        id: id.into(),
        kind: JobKind::DatasetBuild,
        owner: "test_user".into(),
        request: json!({"model_code": "welding_ai_model", "val_split": 0.2}),
    }
}

pub fn dataset(id: &str) -> DatasetEntry {
    let summary = json!({"split_method": "time", "class_distribution": {"0": 2800, "1": 2000}});
    DatasetEntry {
        id: id.into(),
        model_code: "welding_ai_model".into(),
        created_by: "test_user".into(),
        job_id: None,
        created_at: at(0),
        digest: "sha256:00".into(),
        train_samples: 3840,
        val_samples: 960,
        feature_count: 25,
        summary: summary.as_object().unwrap().clone(),
    }
}

pub fn page(number: u32, size: u32) -> Page {
    Page::new(number, size).unwrap()
}
