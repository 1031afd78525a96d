//! A PostgreSQL server that is killed, frozen, full, or not there.

use std::time::{Duration, Instant};

use crate::support::{at, job, on_postgres, welding};
use fettle_metadata::{
    JobStore, MetadataError, MetadataStore, NewDevice, PostgresSettings, PostgresStore, Registration,
};
use fettle_testbed::Postgres;

/// Settings whose limits a test can wait for.
fn settings(url: &str) -> PostgresSettings {
    PostgresSettings {
        max_connections: 4,
        acquire_timeout: Duration::from_millis(1500),
        connect_timeout: Duration::from_millis(1000),
        statement_timeout: Duration::from_millis(1500),
        ..PostgresSettings::new(url)
    }
}

/// The longest that a call may take with those settings: what they add up to, and time for a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

fn is_unavailable<T: std::fmt::Debug>(result: &Result<T, MetadataError>) -> bool {
    matches!(result, Err(MetadataError::Unavailable(_)))
}

/// Waits until the store answers again.
async fn comes_back(store: &PostgresStore) {
    let back = async {
        while store.ping().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), back).await.expect("it comes back by itself");
}

/// Many calls at once, all of which end as `Unavailable`.
async fn all_are_turned_away(store: &PostgresStore) {
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let began = Instant::now();
                let result = store.model("welding_ai_model").await;
                (result, began.elapsed())
            })
        })
        .collect();
    for call in calls {
        let (result, took) = call.await.unwrap();
        assert!(is_unavailable(&result), "{result:?}");
        assert!(took < LONGEST, "{took:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_is_unavailable_until_it_is_back() {
    let Some(server) = Postgres::start() else { return };
    let store = PostgresStore::open(&settings(&server.database())).await.unwrap();
    store.register(&welding(), at(0)).await.unwrap();
    let before = store.model("welding_ai_model").await.unwrap();
    assert!(before.is_some());
    // The servers of tests write nothing down at once.
    server.sql("postgres", "CHECKPOINT");
    for _ in 0..2 {
        server.kill();
        all_are_turned_away(&store).await;
        let error = store.create_job(&job("1"), at(1)).await.unwrap_err();
        assert!(matches!(error, MetadataError::Unavailable(_)), "{error:?}");
        server.restart();
        comes_back(&store).await;
        assert_eq!(store.model("welding_ai_model").await.unwrap(), before);
    }
    store.create_job(&job("1"), at(2)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_freezes_is_unavailable_until_it_thaws() {
    let Some(server) = Postgres::start() else { return };
    let url = server.database();
    let store = PostgresStore::open(&settings(&url)).await.unwrap();
    store.register(&welding(), at(0)).await.unwrap();
    let before = store.model("welding_ai_model").await.unwrap();
    // A query that is under way when the server freezes.
    server.sql(
        &url,
        "CREATE TABLE slow AS SELECT 1; ALTER TABLE t_device RENAME TO t_device_there;
        CREATE VIEW t_device AS SELECT t_device_there.* FROM t_device_there, pg_sleep(1)",
    );
    let inner = store.clone();
    let under_way = tokio::spawn(async move { inner.device("WLD001").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.freeze();
    let cut_off = under_way.await.unwrap();
    assert!(is_unavailable(&cut_off), "{cut_off:?}");
    all_are_turned_away(&store).await;
    server.thaw();
    comes_back(&store).await;
    assert_eq!(store.model("welding_ai_model").await.unwrap(), before);
    // No connection was lost to the pool: as many calls as it has run at once.
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.device("WLD001").await })
        })
        .collect();
    for call in calls {
        assert!(call.await.unwrap().unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_that_is_known_to_be_away_answers_without_waiting() {
    let Some(server) = Postgres::start() else { return };
    let patient = PostgresSettings {
        acquire_timeout: Duration::from_secs(600),
        statement_timeout: Duration::from_secs(600),
        ..settings(&server.database())
    };
    let store = PostgresStore::open(&patient).await.unwrap();
    server.kill();
    // Nobody waits for the ten minutes that the settings would let a busy pool wait.
    tokio::time::timeout(Duration::from_secs(60), all_are_turned_away(&store)).await.unwrap();
    server.restart();
    comes_back(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_that_were_ended_by_the_server_are_replaced() {
    let Some(server) = on_postgres() else { return };
    let url = server.database();
    let store = PostgresStore::open(&settings(&url)).await.unwrap();
    for _ in 0..5 {
        store.ping().await.unwrap();
        let ended = server.sql(
            &url,
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'fettle'",
        );
        assert_ne!(ended, "0\n");
        comes_back(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_call_that_is_dropped_in_the_middle_costs_no_connection() {
    let Some(server) = on_postgres() else { return };
    let url = server.database();
    let store = PostgresStore::open(&settings(&url)).await.unwrap();
    server.sql(
        &url,
        "ALTER TABLE t_device RENAME TO t_device_there;
        CREATE VIEW t_device AS SELECT t_device_there.* FROM t_device_there, pg_sleep(0.2)",
    );
    server.sql(
        &url,
        "INSERT INTO t_device_type (type_code, type_name, created_at, updated_at)
        VALUES ('welder', 'Welder', now(), now());
        INSERT INTO t_device_there (device_code, device_name, device_type_id, created_at, updated_at)
        VALUES ('WLD001', 'First', 1, now(), now())",
    );
    for _ in 0..12 {
        let call = tokio::time::timeout(Duration::from_millis(50), store.device("WLD001")).await;
        assert!(call.is_err(), "it was given up in the middle");
    }
    for _ in 0..4 {
        comes_back(&store).await;
        assert!(store.device("WLD001").await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended_by_the_server() {
    let Some(server) = on_postgres() else { return };
    let url = server.database();
    let store = PostgresStore::open(&settings(&url)).await.unwrap();
    server.sql(
        &url,
        "ALTER TABLE t_metadata_version RENAME TO t_there;
        CREATE VIEW t_metadata_version AS SELECT t_there.* FROM t_there, pg_sleep(600)",
    );
    let result = store.version().await;
    let Err(MetadataError::Unavailable(cause)) = result else { panic!("{result:?}") };
    assert!(cause.to_string().contains("statement timeout"), "{cause}");
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_busy_pool_is_unavailable_but_not_away() {
    let Some(server) = on_postgres() else { return };
    let url = server.database();
    let one = PostgresSettings {
        max_connections: 1,
        min_connections: 0,
        acquire_timeout: Duration::from_millis(700),
        statement_timeout: Duration::from_secs(600),
        ..settings(&url)
    };
    let store = PostgresStore::open(&one).await.unwrap();
    server.sql(
        &url,
        "ALTER TABLE t_metadata_version RENAME TO t_there;
        CREATE VIEW t_metadata_version AS SELECT t_there.* FROM t_there, pg_sleep(2)",
    );
    let inner = store.clone();
    let busy = tokio::spawn(async move { inner.version().await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let result = store.ping().await;
    let Err(MetadataError::Unavailable(cause)) = result else { panic!("{result:?}") };
    assert!(cause.to_string().contains("timed out"), "{cause}");
    busy.await.unwrap().unwrap();
    store.ping().await.unwrap();
}

#[tokio::test]
async fn columns_that_were_widened_meanwhile_are_read_at_once() {
    let Some(server) = on_postgres() else { return };
    let url = server.database();
    server.sql(&url, include_str!("device_monitor.sql"));
    let store = PostgresStore::open(&settings(&url)).await.unwrap();
    for width in [70, 90] {
        assert!(store.device("WLD001").await.unwrap().is_some());
        let widen = format!("ALTER TABLE t_device ALTER COLUMN device_code TYPE varchar({width})");
        server.sql(&url, &widen);
    }
    assert!(store.device("WLD001").await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_not_there_at_the_start_is_told_apart_from_what_does_not_let_us_in() {
    let Some(server) = Postgres::start() else { return };
    let url = server.database();
    let nowhere = settings(&url.replace("/test_0", "/nowhere"));
    let error = PostgresStore::open(&nowhere).await.unwrap_err();
    assert!(matches!(error, MetadataError::Open { .. }), "{error:?}");
    assert!(error.to_string().ends_with(&format!("postgres://fettle@127.0.0.1:{}/nowhere", server.port())));
    server.kill();
    let error = PostgresStore::open(&settings(&url)).await.unwrap_err();
    assert!(matches!(error, MetadataError::Unavailable(_)), "{error:?}");
    let error = PostgresStore::open(&settings("mysql://here")).await.unwrap_err();
    assert!(matches!(error, MetadataError::Open { .. }), "{error:?}");
}

#[tokio::test]
async fn no_error_and_no_debug_shows_the_password() {
    let secret = settings("postgres://fettle:Geheim%21@127.0.0.1:1/metadata?sslmode=require");
    let error = PostgresStore::open(&secret).await.unwrap_err();
    let texts = format!("{secret:?} {error} {error:?} {:?}", std::error::Error::source(&error));
    assert!(texts.contains("postgres://fettle@127.0.0.1:1/metadata"), "{texts}");
    assert!(!texts.contains("Geheim"), "{texts}");
    let error = PostgresStore::open(&settings("postgres//fettle:Geheim@x/y")).await.unwrap_err();
    let texts = format!("{error} {error:?}");
    assert!(!texts.contains("Geheim"), "{texts}");
}

#[tokio::test]
async fn connections_are_as_many_and_are_called_as_the_settings_say() {
    let Some(server) = on_postgres() else { return };
    let url = server.database();
    let named = PostgresSettings { application_name: "fettle of hall 3".into(), ..settings(&url) };
    let store = PostgresStore::open(&named).await.unwrap();
    let calls: Vec<_> = (0..32)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.ping().await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let count = "SELECT COUNT(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'fettle of hall 3'";
    let connections: u32 = server.sql(&url, count).trim().parse().unwrap();
    assert!((1..=4).contains(&connections), "{connections}");
}

#[tokio::test]
async fn a_disk_that_is_full_is_told_apart_and_what_was_there_stays() {
    let Some(server) = on_postgres() else { return };
    let url = server.database();
    let store = PostgresStore::open(&settings(&url)).await.unwrap();
    store.register(&welding(), at(0)).await.unwrap();
    // The server's own error, raised where it would be: while a row is written.
    server.sql(
        &url,
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON t_device FOR EACH ROW
            WHEN (NEW.device_code = 'WLD003') EXECUTE FUNCTION full_disk()",
    );
    let devices = ["WLD002", "WLD003"].map(|code| NewDevice { code: code.into(), name: code.into() });
    let registration = Registration { devices: devices.to_vec(), ..welding() };
    let error = store.register(&registration, at(1)).await.unwrap_err();
    assert!(matches!(error, MetadataError::StorageFull(_)), "{error:?}");
    assert_eq!(store.device("WLD002").await.unwrap(), None, "nothing of it was written");
}
