//! SQLite's own account of how it runs our queries.

use sqlx::{AssertSqlSafe, Row, SqlitePool};

use super::SqliteStore;
use super::sql::{INSERT_MAPPING, datasets, jobs, models};

/// The plan of `query` as SQLite words it, a step a line.
async fn plan(pool: &SqlitePool, query: &'static str) -> String {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}"));
    let rows = sqlx::query(explain).fetch_all(pool).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_originals_three_indexes_serve_the_queries_they_were_made_for() {
    let store = SqliteStore::in_memory().await.unwrap();
    let mapping = plan(&store.pool, INSERT_MAPPING).await;
    assert!(mapping.contains("idx_device_field_type_code (device_type_id=? AND field_code=?)"), "{mapping}");
    let listed = plan(&store.pool, models::OF_TYPE_AND_STATUS.page).await;
    assert!(listed.contains("idx_data_model_type_status (model_type=? AND is_active=?)"), "{listed}");
    let active = plan(&store.pool, models::ACTIVE.page).await;
    assert!(active.contains("idx_active_models"), "{active}");
    assert!(!active.contains("TEMP B-TREE"), "it comes sorted by code: {active}");
}

#[tokio::test]
async fn reading_a_model_scans_no_table() {
    let store = SqliteStore::in_memory().await.unwrap();
    let model = plan(&store.pool, models::MODEL).await;
    assert!(!model.contains("SCAN"), "{model}");
}

#[tokio::test]
async fn looking_for_a_job_reads_no_job_that_has_ended() {
    let store = SqliteStore::in_memory().await.unwrap();
    for query in [jobs::CLAIM, jobs::END_ABANDONED] {
        let plan = plan(&store.pool, query).await;
        assert!(plan.contains("idx_job_open"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "it comes sorted by age: {plan}");
    }
}

#[tokio::test]
async fn a_page_of_what_one_owner_or_model_has_comes_sorted_from_an_index() {
    let store = SqliteStore::in_memory().await.unwrap();
    let of_owner = plan(&store.pool, jobs::OF_OWNER.page).await;
    assert!(of_owner.contains("idx_job_owner (owner=?)"), "{of_owner}");
    let of_model = plan(&store.pool, datasets::OF_MODEL.page).await;
    assert!(of_model.contains("idx_ai_dataset_model (model_code=?)"), "{of_model}");
    assert!(!(of_owner + &of_model).contains("TEMP B-TREE"));
}
