//! PostgreSQL's own account of how it runs our queries, over tables of 10⁵ rows.

use fettle_testbed::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments as _, AssertSqlSafe};
use tokio::sync::OnceCell;

use super::sql::{INSERT_MAPPING, datasets, jobs, models};
use super::{PostgresSettings, PostgresStore};
use crate::Page;

/// 1000 device types of 100 fields each, 10⁵ models of which 1 in 20 is active, and 10⁵ jobs that have ended.
const LOAD: &str = include_str!("../../benches/load.sql");

/// The tables with those rows, loaded once for all tests.
async fn loaded() -> Option<PostgresStore> {
    static DATABASE: OnceCell<Option<String>> = OnceCell::const_new();
    let load = || async {
        let server = Postgres::shared()?;
        let url = server.database();
        drop(PostgresStore::open(&PostgresSettings::new(url.as_str())).await.unwrap());
        server.sql(&url, LOAD);
        Some(url)
    };
    let url = DATABASE.get_or_init(load).await.as_ref()?;
    Some(PostgresStore::open(&PostgresSettings::new(url.as_str())).await.unwrap())
}

/// The plan of `query` with values for its parameters.
async fn plan(store: &PostgresStore, query: &'static str, values: impl Fn(&mut PgArguments)) -> String {
    let mut arguments = PgArguments::default();
    values(&mut arguments);
    let explain = AssertSqlSafe(format!("EXPLAIN {query}"));
    let mut connection = store.pool.acquire().await.unwrap();
    let lines: Vec<String> =
        sqlx::query_scalar_with(explain, arguments).fetch_all(&mut *connection).await.unwrap();
    lines.join("\n")
}

fn add_page(arguments: &mut PgArguments) {
    let page = Page::new(1, 50).unwrap();
    arguments.add(i64::from(page.size.get()) + 1).unwrap();
    arguments.add(0i64).unwrap();
}

#[tokio::test]
async fn the_originals_three_indexes_serve_the_queries_they_were_made_for() {
    let Some(store) = loaded().await else { return };
    let mapping = plan(&store, INSERT_MAPPING, |it| {
        for text in ["m000777", "f42"] {
            it.add(text).unwrap();
        }
        it.add(0i64).unwrap();
        it.add("signal").unwrap();
        it.add(None::<String>).unwrap();
        it.add(None::<String>).unwrap();
        it.add(1.0).unwrap();
        it.add(0.0).unwrap();
    });
    let mapping = mapping.await;
    assert!(mapping.contains("idx_device_field_type_code"), "{mapping}");
    let counted = plan(&store, models::OF_TYPE_AND_STATUS.count.some, |it| {
        it.add("statistics").unwrap();
        it.add(true).unwrap();
    });
    let counted = counted.await;
    assert!(counted.contains("idx_data_model_type_status"), "{counted}");
    let active = plan(&store, models::ACTIVE.page, add_page).await;
    assert!(active.contains("idx_active_models"), "{active}");
    assert!(!active.contains("Sort"), "it comes sorted by code: {active}");
}

#[tokio::test]
async fn reading_a_model_scans_no_table() {
    let Some(store) = loaded().await else { return };
    let model = plan(&store, models::MODEL, |it| it.add("m000777").unwrap()).await;
    assert!(!model.contains("Seq Scan"), "{model}");
}

#[tokio::test]
async fn looking_for_a_job_reads_no_job_that_has_ended() {
    let Some(store) = loaded().await else { return };
    let now = super::values::Moment(jiff::Timestamp::UNIX_EPOCH);
    let claim = plan(&store, jobs::CLAIM, |it| {
        it.add("host").unwrap();
        it.add(now).unwrap();
        it.add(now).unwrap();
        it.add(5i64).unwrap();
    });
    let claim = claim.await;
    assert!(claim.contains("idx_job_open"), "{claim}");
    let ended = plan(&store, jobs::END_ABANDONED, |it| {
        it.add(now).unwrap();
        it.add(5i64).unwrap();
        it.add(super::values::Json("{}".to_owned())).unwrap();
        it.add(super::values::Json("{}".to_owned())).unwrap();
    });
    let ended = ended.await;
    assert!(ended.contains("idx_job_open"), "{ended}");
}

#[tokio::test]
async fn a_page_of_what_one_owner_or_model_has_comes_sorted_from_an_index() {
    let Some(store) = loaded().await else { return };
    let lists = [(jobs::OF_OWNER.page, "idx_job_owner"), (datasets::OF_MODEL.page, "idx_ai_dataset_model")];
    for (query, index) in lists {
        let listed = plan(&store, query, |it| {
            it.add("user 7").unwrap();
            add_page(it);
        });
        let listed = listed.await;
        assert!(listed.contains(index) && !listed.contains("Sort"), "{listed}");
    }
}
