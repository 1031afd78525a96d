//! One database file: opened again, opened twice, opened at once, not openable.

use std::path::Path;

use crate::support::{at, job, model, signal, welding};
use fettle_metadata::{
    DatasetIndex, DeviceFilter, JobStore, MetadataError, MetadataStore, NewDevice, Page, Registration,
    SqliteStore,
};
use tempfile::tempdir;

#[tokio::test]
async fn what_was_registered_is_there_after_a_restart() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("metadata.sqlite");
    let first = SqliteStore::open(&path).await.unwrap();
    first.register(&welding(), at(0)).await.unwrap();
    let before = first.model("welding_ai_model").await.unwrap();
    drop(first);
    let second = SqliteStore::open(&path).await.unwrap();
    assert_eq!(second.model("welding_ai_model").await.unwrap(), before);
    assert!(second.check(&welding()).await.unwrap().is_empty());
}

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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_handles_that_register_at_once_both_succeed() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("metadata.sqlite");
    let handles = [SqliteStore::open(&path).await.unwrap(), SqliteStore::open(&path).await.unwrap()];
    let mut tasks = Vec::new();
    for number in 0..40 {
        let store = handles[number % 2].clone();
        let field = format!("extra_{}", number % 10);
        let mut registration = welding();
        registration
            .devices
            .push(NewDevice { code: format!("WLD{number}"), name: format!("Welder {number}") });
        registration.fields.push(signal(&field));
        registration.models.push(model("welding_extra", &[&field]));
        tasks.push(tokio::spawn(async move { store.register(&registration, at(number as i64)).await }));
    }
    let mut created = 0;
    for task in tasks {
        let registered = task.await.unwrap().unwrap();
        created += usize::from(registered.device_type_created);
    }
    assert_eq!(created, 1, "exactly one of them was first");
    assert_eq!(handles[0].devices(&DeviceFilter::default(), Page::ALL).await.unwrap().items.len(), 41);
    let model = handles[1].model("welding_extra").await.unwrap().unwrap();
    assert_eq!((model.signals.len(), model.revision), (10, 10), "nine extensions of the one that created it");
    assert_eq!(handles[0].model("welding_ai_model").await.unwrap().unwrap().revision, 1);
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

#[tokio::test]
async fn a_thousand_fields_and_devices_are_one_registration() {
    let store = SqliteStore::in_memory().await.unwrap();
    let codes: Vec<_> = (0..1000).map(|number| format!("s{number}")).collect();
    let names: Vec<_> = codes.iter().map(String::as_str).collect();
    let registration = Registration {
        fields: codes.iter().map(|code| signal(code)).collect(),
        devices: codes.iter().map(|code| NewDevice { code: code.clone(), name: code.clone() }).collect(),
        models: vec![model("wide", &names)],
        ..welding()
    };
    store.register(&registration, at(0)).await.unwrap();
    let model = store.model("wide").await.unwrap().unwrap();
    assert_eq!(
        model.signals.iter().map(|signal| &signal.name).collect::<Vec<_>>(),
        codes.iter().collect::<Vec<_>>()
    );
    assert!(store.check(&registration).await.unwrap().is_empty());
}
