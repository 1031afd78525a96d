//! Others who write to the same PostgreSQL tables at the same moment.

use std::time::Duration;

use crate::support::{at, on_postgres, welding};
use fettle_metadata::{
    MetadataError, MetadataStore, NewDevice, PostgresSettings, PostgresStore, Registration,
};
use sqlx::{Connection, PgConnection};

/// Fails the first `$1` inserts of a device as the server does where two transactions get in each other's way.
fn contended(state: &str, times: u32) -> String {
    format!(
        "CREATE SEQUENCE tries;
        CREATE FUNCTION contend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'others' USING ERRCODE = '{state}'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER contend BEFORE INSERT ON t_device FOR EACH ROW EXECUTE FUNCTION contend()"
    )
}

#[tokio::test]
async fn what_others_are_in_the_way_of_is_tried_again() {
    let Some(server) = on_postgres() else { return };
    for state in ["40001", "40P01"] {
        let url = server.database();
        let store = PostgresStore::open(&PostgresSettings::new(url.as_str())).await.unwrap();
        server.sql(&url, &contended(state, 3));
        let before = store.version().await.unwrap();
        assert!(store.register(&welding(), at(0)).await.unwrap().device_type_created);
        assert_eq!(server.sql(&url, "SELECT last_value FROM tries"), "4\n");
        assert!(store.version().await.unwrap() > before);
    }
}

#[tokio::test]
async fn what_others_are_always_in_the_way_of_is_given_up() {
    let Some(server) = on_postgres() else { return };
    let url = server.database();
    let store = PostgresStore::open(&PostgresSettings::new(url.as_str())).await.unwrap();
    server.sql(&url, &contended("40001", 1000));
    let error = store.register(&welding(), at(0)).await.unwrap_err();
    assert!(matches!(error, MetadataError::Unavailable(_)), "{error:?}");
    assert_eq!(server.sql(&url, "SELECT last_value FROM tries"), "5\n");
    assert_eq!(store.device_type("welder").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_create_at_the_same_moment_is_taken_as_it_is() {
    let Some(server) = on_postgres() else { return };
    let url = server.database();
    server.sql(&url, include_str!("device_monitor.sql"));
    let store = PostgresStore::open(&PostgresSettings::new(url.as_str())).await.unwrap();
    let mut theirs = PgConnection::connect(&url).await.unwrap();
    let insert = "BEGIN; INSERT INTO t_device (device_code, device_name, device_type_id) VALUES ('WLD003', 'Theirs', 1)";
    sqlx::raw_sql(insert).execute(&mut theirs).await.unwrap();
    let inner = store.clone();
    let ours = tokio::spawn(async move {
        let devices = vec![NewDevice { code: "WLD003".into(), name: "Ours".into() }];
        let registration = Registration { fields: vec![], devices, models: vec![], ..welding() };
        inner.register(&registration, at(0)).await
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!ours.is_finished(), "it waits for what becomes of theirs");
    sqlx::raw_sql("COMMIT").execute(&mut theirs).await.unwrap();
    assert!(ours.await.unwrap().unwrap().is_empty());
    assert_eq!(store.device("WLD003").await.unwrap().unwrap().name, "Theirs");
}
