//! What preloading, estimated totals and the three indexes are worth at 10⁵ rows, on a PostgreSQL server of its own.
//!
//! `cargo bench -p fettle-metadata --bench queries`. Prints a table of medians; `load.sql` says what the rows are.

#![expect(clippy::unwrap_used, reason = "a benchmark ends where its premises fail")]

use std::time::{Duration, Instant};

use fettle_metadata::{
    DeviceFilter, MetadataStore, ModelFilter, ModelType, Page, PostgresSettings, PostgresStore,
};
use fettle_testbed::Postgres;
use sqlx::PgPool;

/// Runs of which the median is taken, after one that is not counted.
const RUNS: usize = 9;

/// Field mappings in the way of an ORM that loads what a row refers to when it is looked at.
const ACTIVE_CODES: &str =
    "SELECT model_code FROM t_device_data_model WHERE is_active = TRUE ORDER BY model_code";
const TYPE_IDS: &str = "SELECT id FROM t_device_type ORDER BY type_code";

const DEVICES: &str = "SELECT device_code, device_name, type_code, is_active FROM t_device
    JOIN t_device_type ON t_device_type.id = t_device.device_type_id ORDER BY device_code LIMIT 50";
const COUNT_DEVICES: &str = "SELECT COUNT(*) FROM t_device
    JOIN t_device_type ON t_device_type.id = t_device.device_type_id";

/// What `config/postgres/indexes.sql` makes, and how to be without it.
const INDEXES: [(&str, &str); 3] = [
    (
        "DROP INDEX idx_device_field_type_code",
        "CREATE UNIQUE INDEX idx_device_field_type_code ON t_device_field (device_type_id, field_code)",
    ),
    (
        "DROP INDEX idx_data_model_type_status",
        "CREATE INDEX idx_data_model_type_status ON t_device_data_model (model_type, is_active)",
    ),
    (
        "DROP INDEX idx_active_models",
        "CREATE INDEX idx_active_models ON t_device_data_model (model_code) WHERE is_active = TRUE",
    ),
];

struct Bench {
    server: Postgres,
    url: String,
    store: PostgresStore,
    /// Whoever does not use the store.
    pool: PgPool,
}

fn main() {
    let Some(server) = Postgres::start() else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(run(server));
}

async fn run(server: Postgres) {
    let url = server.database();
    let store = PostgresStore::open(&PostgresSettings::new(url.as_str())).await.unwrap();
    server.sql(&url, include_str!("load.sql"));
    server.sql(&url, "VACUUM ANALYZE");
    let pool = PgPool::connect(&url).await.unwrap();
    let bench = Bench { server, url, store, pool };

    println!("| what | before | ms | after | ms | of before |\n|---|---|---:|---|---:|---:|");
    bench.preloading().await;
    bench.totals().await;
    bench.indexes().await;
}

impl Bench {
    async fn preloading(&self) {
        let before = median(async || {
            let codes: Vec<String> = sqlx::query_scalar(ACTIVE_CODES).fetch_all(&self.pool).await.unwrap();
            for code in codes {
                self.store.model(&code).await.unwrap().unwrap();
            }
        });
        let (before, after) =
            (before.await, median(async || drop(self.store.active_models().await.unwrap())));
        row("1,000 active models with their fields", ("N + 1 queries", before), ("1 query", after.await));

        let before = median(async || {
            let ids: Vec<i64> = sqlx::query_scalar(TYPE_IDS).fetch_all(&self.pool).await.unwrap();
            for id in ids {
                self.store.fields(id).await.unwrap().unwrap();
            }
        });
        let after = median(async || drop(self.store.all_device_types().await.unwrap()));
        let (before, after) = (before.await, after.await);
        row("1,000 device types with 100,000 fields", ("N + 1 queries", before), ("1 query", after));
    }

    async fn totals(&self) {
        let before = median(async || {
            let mut transaction = self.pool.begin().await.unwrap();
            sqlx::query(DEVICES).fetch_all(&mut *transaction).await.unwrap();
            sqlx::query(COUNT_DEVICES).fetch_one(&mut *transaction).await.unwrap();
            transaction.commit().await.unwrap();
        });
        let page = Page::new(1, 50).unwrap();
        let after = median(async || drop(self.store.devices(&DeviceFilter::default(), page).await.unwrap()));
        row("a page of 100,000 devices", ("COUNT(*)", before.await), ("estimate", after.await));
    }

    async fn indexes(&self) {
        let page = Page::new(1, 50).unwrap();
        let fields = async || drop(self.store.device_type("type500").await.unwrap().unwrap());
        let of_type = ModelFilter { model_type: Some(ModelType::Statistics), is_active: Some(true) };
        let of_type = async || drop(self.store.models(of_type, page).await.unwrap());
        let active = ModelFilter { model_type: None, is_active: Some(true) };
        let active = async || drop(self.store.models(active, page).await.unwrap());

        // Each index by itself, against none of the three: one of the others may serve a query almost as well.
        for (drop_index, _) in INDEXES {
            self.server.sql(&self.url, drop_index);
        }
        let before = [median(&fields).await, median(&of_type).await, median(&active).await];
        let mut after = Vec::new();
        for (place, (drop_index, make_index)) in INDEXES.into_iter().enumerate() {
            self.server.sql(&self.url, make_index);
            self.server.sql(&self.url, "VACUUM ANALYZE");
            after.push(match place {
                0 => median(&fields).await,
                1 => median(&of_type).await,
                _ => median(&active).await,
            });
            self.server.sql(&self.url, drop_index);
        }
        for (place, (what, index)) in [
            ("the fields of a device type", "idx_device_field_type_code"),
            ("models by type and status", "idx_data_model_type_status"),
            ("active models", "idx_active_models"),
        ]
        .into_iter()
        .enumerate()
        {
            row(what, ("none of the three indexes", before[place]), (index, after[place]));
        }
    }
}

async fn median(work: impl AsyncFn()) -> Duration {
    work().await;
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let began = Instant::now();
        work().await;
        times.push(began.elapsed());
    }
    times.sort();
    times[RUNS / 2]
}

fn row(what: &str, (before, old): (&str, Duration), (after, new): (&str, Duration)) {
    let (old, new) = (old.as_secs_f64() * 1000.0, new.as_secs_f64() * 1000.0);
    println!("| {what} | {before} | {old:.2} | {after} | {new:.2} | {:.0} % |", new / old * 100.0);
}
