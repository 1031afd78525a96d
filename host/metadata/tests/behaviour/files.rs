//! One SQLite file: of an earlier release, private, opened at once, sabotaged, not openable.

use std::path::Path;

use crate::support::{at, job, welding};
use fettle_metadata::{DatasetIndex, JobStore, MetadataError, MetadataStore, SqliteStore};
use tempfile::tempdir;

#[tokio::test]
async fn a_database_of_the_first_release_keeps_its_data_and_gets_the_new_tables() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("metadata.sqlite");
    let migrations = folder.path().join("migrations");
    std::fs::create_dir(&migrations).unwrap();
    let initial = include_str!("../../migrations/sqlite/0001_initial.sql");
    std::fs::write(migrations.join("0001_initial.sql"), initial).unwrap();
    let first_release = sqlx::migrate::Migrator::new(migrations.as_path()).await.unwrap();
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.unwrap();
    first_release.run(&pool).await.unwrap();
    for statement in [
        "INSERT INTO t_device_type VALUES (1, 'welder', 'Welder', '2025-11-03T00:00:00.000000Z', '')",
        "INSERT INTO t_device VALUES (1, 'WLD001', 'First', 1, TRUE, '2025-11-03T00:00:00.000000Z', '')",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    pool.close().await;

    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.device("WLD001").await.unwrap().unwrap().name, "First");
    store.create_job(&job("1"), at(0)).await.unwrap();
    assert!(store.reserve_dataset_id(at(0)).await.unwrap().ends_with("_001"));
    store.register(&welding(), at(1)).await.unwrap();
    drop(store);
    assert!(SqliteStore::open(&path).await.unwrap().job("1").await.unwrap().is_some());
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("metadata.sqlite")).await.unwrap();
    store.register(&welding(), at(0)).await.unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        files += 1;
    }
    assert!(files >= 2, "the database and its log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_file_may_be_opened_by_several_at_once() {
    for _ in 0..10 {
        let folder = tempdir().unwrap();
        let path = folder.path().join("metadata.sqlite");
        let open = |path: std::path::PathBuf| tokio::spawn(async move { SqliteStore::open(&path).await });
        let handles: Vec<_> = (0..4).map(|_| open(path.clone())).collect();
        for handle in handles {
            handle.await.unwrap().unwrap().ping().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_registration_that_fails_half_way_leaves_nothing() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("metadata.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    // The database itself refuses the last write of the registration.
    let sabotage = "CREATE TRIGGER sabotage BEFORE INSERT ON t_model_field_mapping
        WHEN NEW.position = 2 BEGIN SELECT RAISE(ABORT, 'no'); END";
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::query(sabotage).execute(&pool).await.unwrap();
    let error = store.register(&welding(), at(0)).await.unwrap_err();
    assert!(matches!(error, MetadataError::Backend(_)), "{error}");
    assert_eq!(store.device_type("welder").await.unwrap(), None);
    assert_eq!(store.device("WLD001").await.unwrap(), None);
    sqlx::query("DROP TRIGGER sabotage").execute(&pool).await.unwrap();
    store.register(&welding(), at(0)).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_opened_is_named() {
    let folder = tempdir().unwrap();
    let missing = folder.path().join("missing/metadata.sqlite");
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a database, and long enough that SQLite looks at it twice: ".repeat(20))
        .unwrap();
    let named = async |path: &Path| {
        let error = SqliteStore::open(path).await.unwrap_err();
        assert!(matches!(error, MetadataError::Open { .. }), "{error:?}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    };
    named(&missing).await;
    named(&text).await;
    named(folder.path()).await;
    assert!(std::fs::read_to_string(&text).unwrap().starts_with("not a database"));
}
