//! A database that another service made and goes on using: adopted as it is, or refused as it is.

use std::process::Command;

use crate::support::{at, job, on_postgres, signal, welding};
use fettle_metadata::{
    Conflict, DatasetIndex, DeviceFilter, FieldRole, JobStore, LabelKind, MetadataError, MetadataStore,
    ModelDefinition, ModelFilter, ModelType, NewDevice, NewModelField, NewUser, Page, PasswordHash,
    PostgresSettings, PostgresStore, Registration, Role, UserStore,
};
use fettle_testbed::Postgres;

/// As a service of FastAPI and SQLAlchemy makes its tables: serial numbers, short texts, times without a zone, columns,
/// types, tables and migrations of its own.
const THEIRS: &str = include_str!("device_monitor.sql");

/// What a dump says of all that is theirs, without the columns that were added to it.
fn theirs(server: &Postgres, url: &str) -> String {
    let columns = server.sql(url, "SELECT string_agg(format(
            'SELECT %L AS name, row_to_json(r)::text FROM (SELECT %s FROM %I) AS r', t.name, t.columns, t.name
        ), ' UNION ALL ' ORDER BY t.name) || ' ORDER BY 1, 2'
        FROM (SELECT name, string_agg(quote_ident(column_name), ', ') AS columns FROM their_columns GROUP BY name) AS t");
    let rows = server.sql(url, columns.trim());
    let definitions = server.sql(
        url,
        "SELECT c.name, c.column_name, k.data_type, k.character_maximum_length, k.is_nullable, k.column_default,
            k.ordinal_position
        FROM their_columns AS c JOIN information_schema.columns AS k
            ON k.table_schema = 'public' AND k.table_name = c.name AND k.column_name = c.column_name
        ORDER BY 1, 2",
    );
    let constraints = server.sql(
        url,
        "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid::regclass::text IN (SELECT name FROM their_columns)
            OR confrelid::regclass::text IN (SELECT name FROM their_columns) ORDER BY 1, 2",
    );
    let triggers = server.sql(
        url,
        "SELECT tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE tgrelid::regclass::text IN (SELECT name FROM their_columns) ORDER BY 1, 2",
    );
    let sequences = server.sql(
        url,
        "SELECT sequencename, last_value FROM pg_sequences
        WHERE sequencename IN (SELECT name || '_id_seq' FROM their_columns) ORDER BY 1",
    );
    format!("{rows}\n{definitions}\n{constraints}\n{triggers}\n{sequences}")
}

/// The indexes on their tables.
fn indexes(server: &Postgres, url: &str) -> Vec<String> {
    let listed = server.sql(
        url,
        "SELECT indexdef FROM pg_indexes WHERE tablename IN (SELECT name FROM their_columns) ORDER BY 1",
    );
    listed.lines().map(str::to_owned).collect()
}

async fn open(url: &str) -> PostgresStore {
    PostgresStore::open(&PostgresSettings::new(url)).await.unwrap()
}

/// A database of theirs, and a list of what it consisted of before us.
fn monitored(server: &Postgres) -> String {
    let url = server.database();
    server.sql(&url, THEIRS);
    let hash = PasswordHash::of("test_pass").unwrap();
    let user = format!(
        "INSERT INTO t_user (username, password_hash, role) VALUES ('test_user', '{}', 'user')",
        hash.as_str()
    );
    server.sql(&url, &user);
    server.sql(
        &url,
        "CREATE TABLE their_columns AS SELECT table_name::text AS name, column_name::text
        FROM information_schema.columns WHERE table_schema = 'public'",
    );
    url
}

#[tokio::test]
async fn adopting_changes_nothing_that_was_there() {
    let Some(server) = on_postgres() else { return };
    let url = monitored(server);
    let (before, before_indexes) = (theirs(server, &url), indexes(server, &url));
    assert!(before.contains("WLD001") && before.contains("touch_model") && before.contains("t_alarm"));
    drop(open(&url).await);
    drop(open(&url).await);
    assert_eq!(theirs(server, &url), before);
    let after_indexes = indexes(server, &url);
    assert!(before_indexes.iter().all(|index| after_indexes.contains(index)));
    let added: Vec<_> = after_indexes.iter().filter(|index| !before_indexes.contains(index)).collect();
    assert_eq!(added.len(), 3, "{added:#?}");
    let migrations = server.sql(&url, "SELECT version, description FROM _sqlx_migrations");
    assert_eq!(migrations, "1|theirs\n", "a table of theirs that has the name of sqlx's own");
}

#[tokio::test]
async fn what_was_there_is_read_as_far_as_it_means_something_here() {
    let Some(server) = on_postgres() else { return };
    let store = open(&monitored(server)).await;
    let types = store.all_device_types().await.unwrap();
    assert_eq!(types.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["cutter", "welder"]);
    let welder = store.device_type("welder").await.unwrap().unwrap();
    let fields: Vec<_> = welder.fields.iter().map(|field| (field.code.as_str(), field.role)).collect();
    let expected = [
        ("current", FieldRole::Signal),
        ("voltage", FieldRole::Signal),
        ("pulses", FieldRole::Signal),
        ("is_ok", FieldRole::Label(LabelKind::Bool)),
        ("operator", FieldRole::Label(LabelKind::Text)),
    ];
    assert_eq!(fields, expected);
    assert_eq!((welder.fields[0].name.as_str(), welder.fields[0].unit.as_deref()), ("焊接电流", Some("A")));

    let devices = store.devices(&DeviceFilter::default(), Page::ALL).await.unwrap().items;
    let shown: Vec<_> = devices.iter().map(|it| (it.code.as_str(), it.is_active)).collect();
    assert_eq!(shown, [("CUT001", false), ("WLD001", true), ("WLD002", false)]);
    let models = store.models(ModelFilter::default(), Page::ALL).await.unwrap().items;
    let shown: Vec<_> = models.iter().map(|it| (it.model_code.as_str(), it.revision)).collect();
    assert_eq!(shown, [("welding_ai_model", 1), ("welding_realtime", 1)], "one is of a type of their own");
    assert_eq!(store.active_models().await.unwrap().len(), 1);
    assert_eq!(store.model("welding_custom").await.unwrap(), None);

    let users = store.users().await.unwrap();
    let shown: Vec<_> = users.iter().map(|it| (it.username.as_str(), it.role, it.is_active)).collect();
    assert_eq!(
        shown,
        [("admin", Role::Admin, true), ("test_user", Role::Viewer, true), ("左工", Role::Viewer, false)]
    );
    assert!(!users[0].password_hash.verify("admin"), "a hash of another kind opens nothing");
    assert!(users[1].password_hash.verify("test_pass"), "one of our kind does");
}

#[tokio::test]
async fn an_adopted_database_takes_everything_that_ours_takes() {
    let Some(server) = on_postgres() else { return };
    let url = monitored(server);
    let store = open(&url).await;
    let mut registration = welding();
    registration.fields.push(signal("gas_flow"));
    registration.devices.push(NewDevice { code: "WLD003".into(), name: "Third".into() });
    registration.models[0].code = "welding_new".into();
    let registered = store.register(&registration, at(0)).await.unwrap();
    assert!(!registered.device_type_created);
    assert_eq!(registered.fields_created, ["quality_label", "gas_flow"]);
    assert_eq!(registered.devices_created, ["WLD003"]);
    assert_eq!(registered.models_created, ["welding_new"]);
    let model = store.model("welding_new").await.unwrap().unwrap();
    assert_eq!((model.signals.len(), model.labels.len()), (2, 1));

    // A model of theirs gets its fields from us.
    let definition = ModelDefinition {
        code: "welding_ai_model".into(),
        name: "Welding".into(),
        model_type: ModelType::AiAnalysis,
        device_type: "welder".into(),
        is_active: true,
        signals: vec![NewModelField::plain("current"), NewModelField::plain("pulses")],
        labels: vec![NewModelField::plain("is_ok"), NewModelField::plain("voltage")],
        defaults: serde_json::json!({"window_size": 60}).as_object().unwrap().clone(),
    };
    let replaced = store.replace_model(&definition, Some(1), at(1)).await.unwrap().unwrap();
    assert_eq!(store.model("welding_ai_model").await.unwrap(), Some(replaced));
    assert!(store.delete_model("welding_new").await.unwrap());
    assert!(!store.delete_model("welding_custom").await.unwrap(), "not ours to remove");
    let taken = ModelDefinition { code: "welding_custom".into(), ..definition };
    let error = store.create_model(&taken, at(2)).await.unwrap_err();
    assert!(matches!(error, MetadataError::Conflict(Conflict::ModelExists(_))), "{error}");

    let password_hash = PasswordHash::of_nobody();
    let new = NewUser { username: "analyst".into(), password_hash, role: Role::Analyst };
    assert_eq!(store.create_user(&new, at(0)).await.unwrap().role, Role::Analyst);
    let error = store.create_user(&NewUser { username: "admin".into(), ..new }, at(0)).await.unwrap_err();
    assert!(matches!(error, MetadataError::Conflict(Conflict::UserExists(_))), "{error}");
    let own = PasswordHash::of("secret").unwrap();
    let admin = store.set_password("admin", &own, at(3)).await.unwrap().unwrap();
    assert!(admin.password_hash.verify("secret"));
    store.create_job(&job("1"), at(0)).await.unwrap();
    assert!(store.reserve_dataset_id(at(0)).await.unwrap().ends_with("_001"));

    // And their service goes on as before: it removes what it wants to remove, and adds what it knows of.
    server.sql(
        &url,
        "DELETE FROM t_device_field WHERE field_code = 'pulses';
        DELETE FROM t_device_data_model WHERE model_code = 'welding_realtime';
        INSERT INTO t_device (device_code, device_type_id, serial_no) VALUES ('WLD009', 1, 'x');
        TRUNCATE t_alarm",
    );
    let model = store.model("welding_ai_model").await.unwrap().unwrap();
    assert_eq!(model.signals.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["current"]);
    assert_eq!(store.device("WLD009").await.unwrap().unwrap().name, "WLD009", "without a name, its code");
}

#[tokio::test]
async fn a_text_that_their_column_cannot_hold_is_refused_as_such() {
    let Some(server) = on_postgres() else { return };
    let store = open(&monitored(server)).await;
    let mut registration = Registration { models: vec![], ..welding() };
    registration.devices.push(NewDevice { code: "x".repeat(80), name: "long".into() });
    let error = store.register(&registration, at(0)).await.unwrap_err();
    assert!(error.to_string().contains("longer than the database's table can hold"), "{error}");
    registration.devices[1] = NewDevice { code: "x".into(), name: "a\0b".into() };
    let error = store.register(&registration, at(0)).await.unwrap_err();
    assert!(error.to_string().contains("the character NUL"), "{error}");
    assert_eq!(store.device("x").await.unwrap(), None);
}

#[tokio::test]
async fn tables_that_do_not_fit_are_named_and_left_alone() {
    let Some(server) = on_postgres() else { return };
    let url = server.database();
    server.sql(
        &url,
        "CREATE TYPE kind AS ENUM ('REALTIME');
        CREATE TABLE t_device_data_model (id uuid PRIMARY KEY, model_code text, model_type kind);
        CREATE TABLE t_device (id serial PRIMARY KEY, device_code text, device_type_id int, is_active smallint)",
    );
    let dump = || {
        let tables = "SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = 'public' ORDER BY 1, ordinal_position";
        server.sql(&url, tables)
    };
    let before = dump();
    let error = PostgresStore::open(&PostgresSettings::new(url.as_str())).await.unwrap_err();
    assert!(matches!(error, MetadataError::Open { .. }), "{error:?}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    for fault in [
        "t_device.is_active is int2, not bool",
        "t_device_data_model.id is uuid, not int8 or int4 or int2",
        "t_device_data_model.model_type is kind, not text or varchar",
        "t_device_data_model has no column device_type_id",
    ] {
        assert!(cause.contains(fault), "{cause}");
    }
    assert_eq!(dump(), before);
}

#[tokio::test]
async fn a_table_of_theirs_under_a_name_of_ours_is_not_touched() {
    let Some(server) = on_postgres() else { return };
    let url = server.database();
    server.sql(&url, "CREATE TABLE t_job (id serial, what text)");
    let error = PostgresStore::open(&PostgresSettings::new(url.as_str())).await.unwrap_err();
    assert!(matches!(error, MetadataError::Open { .. }), "{error:?}");
    let tables =
        "SELECT string_agg(table_name, ' ') FROM information_schema.tables WHERE table_schema = 'public'";
    assert_eq!(server.sql(&url, tables), "t_job\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_may_be_adopted_by_several_hosts_at_once() {
    let Some(server) = on_postgres() else { return };
    for url in [monitored(server), server.database()] {
        let hosts: Vec<_> = (0..6)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { open(&url).await })
            })
            .collect();
        for host in hosts {
            host.await.unwrap().ping().await.unwrap();
        }
        assert_eq!(server.sql(&url, "SELECT COUNT(*) FROM t_fettle_migration WHERE success"), "2\n");
        assert_eq!(server.sql(&url, "SELECT COUNT(*) FROM t_metadata_version"), "1\n");
    }
}

/// `pg_dump` of an adopted database loads into an empty one, and is adopted there as what it is.
#[tokio::test]
async fn an_adopted_database_survives_a_dump() {
    let Some(server) = on_postgres() else { return };
    let url = monitored(server);
    let store = open(&url).await;
    store.register(&Registration { models: vec![], ..welding() }, at(0)).await.unwrap();
    let copy = server.database();
    let script = format!("pg_dump --no-owner '{url}' | psql -X -q -v ON_ERROR_STOP=1 '{copy}' > /dev/null");
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
    let restored = open(&copy).await;
    assert_eq!(restored.all_device_types().await.unwrap(), store.all_device_types().await.unwrap());
}
