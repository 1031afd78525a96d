//! What is loaded, what is refused, and what it says then; on real files.

#![expect(clippy::unwrap_used, reason = "a test ends where its premises fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fettle_config::{ConfigError, LogFormat, LogLevel, Purpose, Settings};
use tempfile::{TempDir, tempdir};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A folder with a settings file in it.
fn file(text: &str) -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("fettle.toml");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn load(text: &str, purpose: Purpose) -> Result<Settings, ConfigError> {
    let (_folder, path) = file(text);
    Settings::load(&path, purpose)
}

/// The problems of a file: line (0 for none), key, message.
fn problems(text: &str, purpose: Purpose) -> Vec<(usize, String, String)> {
    match load(text, purpose).unwrap_err() {
        ConfigError::Wrong { problems, .. } => {
            problems.into_iter().map(|it| (it.line.unwrap_or(0), it.key, it.message)).collect()
        }
        other => panic!("{other}"),
    }
}

/// The one problem of a command's file.
fn problem(text: &str) -> (usize, String, String) {
    let mut found = problems(text, Purpose::Command);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn an_empty_file_means_the_defaults() {
    let (folder, path) = file("");
    let settings = Settings::load(&path, Purpose::Command).unwrap();
    assert_eq!(settings, Settings::embedded(folder.path().join("fettle-data")));
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8001");
    assert_eq!(settings.limits.max_cells, 32_000_000);
    assert_eq!(settings.auth.access_token_lifetime(), Duration::from_secs(1800));
    assert!(settings.steps.threads >= 4);
    assert_eq!(settings.steps.memory_bytes(), 256 << 20);
    assert_eq!(settings.datasets.attended_rows, 2_000_000);
    assert_eq!(
        (settings.jobs.keep(), settings.jobs.lease()),
        (Duration::from_hours(720), Duration::from_secs(10))
    );
}

#[test]
fn what_is_set_is_in_force() {
    let text = r#"
        [server]
        listen = "[::1]:9000"
        drain_s = 0
        [data]
        dir = "/srv/fettle"
        time_zone = "Asia/Kolkata"
        [auth]
        secret = "0123456789abcdef0123456789abcdef"
        [steps]
        threads = 2
        native_code_cache = "/var/cache/fettle"
        [datasets]
        location = "s3://factory/fettle"
        attended_rows = 0
        [jobs]
        keep_days = 1
        lease_s = 60
        [log]
        level = "debug"
        format = "json"
    "#;
    let settings = load(text, Purpose::Serve).unwrap();
    assert_eq!(settings.server.listen.to_string(), "[::1]:9000");
    assert_eq!(settings.server.drain(), Duration::ZERO);
    assert_eq!(settings.data.metadata_file(), Path::new("/srv/fettle/metadata.sqlite"));
    assert_eq!(settings.data.time_zone.iana_name(), Some("Asia/Kolkata"));
    assert_eq!(settings.auth.secret.unwrap().expose(), SECRET);
    assert_eq!(settings.steps.threads, 2);
    assert_eq!(settings.steps.native_code_cache, Path::new("/var/cache/fettle"));
    assert_eq!(settings.datasets.location, "s3://factory/fettle");
    assert_eq!(settings.datasets.attended_rows, 0);
    assert_eq!(
        (settings.jobs.keep(), settings.jobs.lease()),
        (Duration::from_hours(24), Duration::from_secs(60))
    );
    assert_eq!((settings.log.level, settings.log.format), (LogLevel::Debug, LogFormat::Json));
}

#[test]
fn relative_paths_do_not_depend_on_where_the_program_was_started() {
    let (folder, path) = file("[data]\ndir = \"rows\"\n[auth]\nsecret_file = \"key\"\n");
    fs::write(folder.path().join("key"), format!("{SECRET}\n")).unwrap();
    let settings = Settings::load(&path, Purpose::Serve).unwrap();
    assert_eq!(settings.data.series_dir(), folder.path().join("rows/series"));
    assert_eq!(settings.steps.native_code_cache, folder.path().join("rows/native-code"));
    assert_eq!(Path::new(&settings.datasets.location), folder.path().join("rows/datasets"));
    assert_eq!(settings.auth.secret.unwrap().expose(), SECRET, "without the line break");
}

#[test]
fn all_mistakes_are_reported_at_once_with_line_and_key() {
    let text = "[server]\nlisten = \"8001\"\nlisen = \"x\"\nbody_limit_mib = -1\n\n[data]\ntime_zone = \"Mars\"\n\n\
                [auth]\nsecret = 7\naccess_token_minutes = 0\n[sever]\n[log]\nlevel = \"loud\"\n";
    let found = problems(text, Purpose::Command);
    let places: Vec<_> = found.iter().map(|(line, key, _)| (*line, key.as_str())).collect();
    let expected = [
        (2, "server.listen"),
        (3, "server.lisen"),
        (4, "server.body_limit_mib"),
        (7, "data.time_zone"),
        (10, "auth.secret"),
        (11, "auth.access_token_minutes"),
        (12, "sever"),
        (14, "log.level"),
    ];
    assert_eq!(places, expected);
    let told = |number: usize, part: &str| assert!(found[number].2.contains(part), "{:?}", found[number]);
    told(0, "`8001` is no address to listen on; write \"127.0.0.1:8001\"");
    told(1, "no such key `lisen`, expected one of `listen`, `body_limit_mib`");
    told(2, "expected u32");
    told(3, "`Mars` is no IANA time zone; write \"UTC\"");
    told(4, "must be a text in quotes");
    told(5, "0 must be between 1 and 1440");
    told(6, "no such section; there are [server], [data], [metadata], [cache], [auth]");
    told(7, "unknown variant `loud`, expected one of `error`, `warn`, `info`");
}

#[test]
fn the_error_reads_as_file_line_key_and_reason() {
    let (_folder, path) = file("\n[limits]\nmax_cells = 0\n[steps]\ntime_base_ms = 60000\n");
    let error = Settings::load(&path, Purpose::Command).unwrap_err().to_string();
    let file = path.display();
    let expected = format!(
        "{file}:3: limits.max_cells: 0 must be between 1 and 1000000000\n\
         {file}:5: steps.time_base_ms: must be shorter than `server.request_timeout_s`, or it limits nothing"
    );
    assert_eq!(error, expected);
}

#[test]
fn a_place_for_datasets_is_a_folder_or_a_bucket() {
    let load = |location: &str| {
        let text = format!("[datasets]\nlocation = \"{location}\"\n");
        load(&text, Purpose::Command).map(|settings| settings.datasets.location)
    };
    for location in ["/srv/datasets", "file:///srv/datasets", "s3://bucket", "s3://bucket/a/prefix"] {
        assert_eq!(load(location).unwrap(), location);
    }
    for location in ["", "s3://", "s3:///prefix", "file://datasets", "http://bucket"] {
        let error = load(location).unwrap_err().to_string();
        assert!(error.contains(":2: datasets.location: must be a folder, or a bucket"), "{error}");
    }
}

#[test]
fn what_is_not_toml_is_refused_with_its_lines() {
    let found = problems("[server]\nlisten = \n[log]\nlevel = \"info\n", Purpose::Command);
    assert_eq!((found.len(), found[0].0, found[1].0), (2, 2, 4), "{found:?}");
    assert!(problem("server = 1\n").2.contains("must be a section, written [server]"));
    let twice = problems("[log]\nlevel = \"info\"\nlevel = \"warn\"\n", Purpose::Command);
    assert_eq!(twice[0].0, 3, "{twice:?}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Settings::load(Path::new("/nowhere/fettle.toml"), Purpose::Command).unwrap_err();
    assert_eq!(error.to_string(), "cannot read the settings /nowhere/fettle.toml");
}

#[test]
fn a_server_must_have_a_secret_and_a_command_need_not() {
    load("", Purpose::Command).unwrap();
    let found = problems("", Purpose::Serve);
    assert_eq!((found.len(), found[0].0, found[0].1.as_str()), (1, 0, "auth.secret"));
    assert!(found[0].2.contains("FETTLE_AUTH_SECRET"), "{found:?}");
}

#[test]
fn a_secret_must_be_long_stand_in_one_place_and_be_readable() {
    let (line, key, message) = problem("[auth]\nsecret = \"short\"\n");
    assert_eq!((line, key.as_str()), (2, "auth.secret"));
    assert!(message.contains("at least 32 bytes"), "{message}");

    let (line, key, message) = problem("[auth]\nsecret_file = \"/nowhere/key\"\n");
    assert_eq!((line, key.as_str()), (2, "auth.secret_file"));
    assert!(message.contains("/nowhere/key"), "{message}");

    let (folder, path) = file(&format!("[auth]\nsecret = \"{SECRET}\"\nsecret_file = \"key\"\n"));
    fs::write(folder.path().join("key"), SECRET).unwrap();
    let error = Settings::load(&path, Purpose::Serve).unwrap_err().to_string();
    assert!(error.ends_with(":3: auth.secret_file: stands beside `secret`; keep one of the two"), "{error}");
    fs::write(&path, "[auth]\nsecret_file = \"key\"\n").unwrap();
    fs::write(folder.path().join("key"), "short").unwrap();
    assert!(Settings::load(&path, Purpose::Serve).unwrap_err().to_string().contains("fewer than 32 bytes"));
}

#[test]
fn the_metrics_token_is_read_from_its_file() {
    let (folder, path) = file("[metrics]\nmetrics_token_file = \"token\"\n");
    assert!(Settings::load(&path, Purpose::Command).is_err());
    fs::write(folder.path().join("token"), "a-token-for-prometheus\n").unwrap();
    let settings = Settings::load(&path, Purpose::Command).unwrap();
    assert_eq!(settings.metrics.token.unwrap().expose(), "a-token-for-prometheus");
}

#[test]
fn databases_and_caches_that_hosts_share_are_set_by_url() {
    let text = "[metadata]\nurl = \"postgres://me@db/fettle\"\npassword_file = \"pg\"\nstatement_timeout_ms = 900\n\
                [cache]\nredis_url = \"redis://cache:6379/1\"\nredis_password_file = \"redis\"\nmodel_ttl_s = 60\n";
    let (folder, path) = file(text);
    fs::write(folder.path().join("pg"), "p@ss\n").unwrap();
    fs::write(folder.path().join("redis"), "hush\n").unwrap();
    let settings = Settings::load(&path, Purpose::Command).unwrap();
    assert_eq!(settings.metadata.url.as_ref().unwrap().expose(), "postgres://me:p%40ss@db/fettle");
    assert_eq!(settings.metadata.statement_timeout(), Duration::from_millis(900));
    assert_eq!(settings.cache.redis_url.as_ref().unwrap().expose(), "redis://:hush@cache:6379/1");
    assert_eq!(settings.cache.model_ttl(), Duration::from_secs(60));
    let shown = format!("{} {settings:?}", settings.explain());
    assert!(shown.contains("postgres://me:(hidden)@db/fettle"), "{shown}");
    assert!(!shown.contains("p%40ss") && !shown.contains("hush"), "{shown}");
    assert_eq!((Settings::embedded("x").metadata.url, Settings::embedded("x").cache.redis_url), (None, None));
}

#[test]
fn what_is_wrong_with_a_url_is_said_without_it() {
    for (text, line, key, part) in [
        (
            "[metadata]\nurl = \"mysql://me:hush@db\"\n",
            2,
            "metadata.url",
            "must be postgres://user@host:port/database",
        ),
        ("[metadata]\nurl = 5\n", 2, "metadata.url", "must be a text in quotes"),
        (
            "[metadata]\npassword_file = \"hush\"\n",
            2,
            "metadata.password_file",
            "is for `metadata.url`, which is not set",
        ),
        (
            "[metadata]\nurl = \"postgres://me:hush@db\"\npassword_file = \"x\"\n",
            3,
            "metadata.password_file",
            "stands beside a password in the URL",
        ),
        ("[metadata]\nmin_connections = 11\n", 2, "metadata.min_connections", "11 must be between 0 and 10"),
        ("[metadata]\napplication_name = \"\"\n", 2, "metadata.application_name", "1 to 63"),
        ("[cache]\nredis_url = \"hush\"\n", 2, "cache.redis_url", "must be redis://host:port/number"),
        (
            "[cache]\nredis_url = \"redis://c\"\nredis_password_file = \"/nowhere/key\"\n",
            3,
            "cache.redis_password_file",
            "/nowhere/key",
        ),
        ("[cache]\nprefix = \"a b\"\n", 2, "cache.prefix", "without spaces"),
        ("[cache]\nmodel_entries = 0\n", 2, "cache.model_entries", "0 must be between 1"),
        ("[cache]\ndevice_ttl_s = 0\n", 2, "cache.device_ttl_s", "0 must be between 1"),
    ] {
        let found = problem(text);
        assert_eq!((found.0, found.1.as_str()), (line, key), "{text}");
        assert!(found.2.contains(part), "{}", found.2);
        assert!(!found.2.contains("hush"), "{}", found.2);
    }
}

#[test]
fn no_secret_shows_anywhere() {
    let hidden = "hidden-hidden-hidden-hidden-hidden";
    let settings = load(&format!("[auth]\nsecret = \"{hidden}\"\n"), Purpose::Serve).unwrap();
    assert!(!format!("{settings:?}").contains("hidden-"));
    assert!(!settings.explain().contains("hidden-"));
    assert!(settings.explain().contains("secret = \"(hidden)\""));
    let wrong = [
        "[auth]\nsecret = \"hidden-\"\n",
        "[auth]\nsecret = \"hidden-\n",
        "[auth]\nsecret = 'hidden-\n",
        "[auth]\nsecret = hidden-\n",
        "[auth]\nsecret = [\"hidden-\"]\n",
        "[auth]\nsecret = { value = \"hidden-\" }\n",
        "[auth]\nsecret = \"hidden-\\q\"\n",
        "[auth]\nsecret = \"hidden-\"\nsecret = \"hidden-\"\n",
        "auth = \"hidden-\"\n",
    ];
    for text in wrong {
        let error = load(text, Purpose::Serve).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("hidden-"), "{shown}");
    }
}

#[test]
fn a_folder_says_by_a_file_which_plugins_it_has() {
    let folder = tempdir().unwrap();
    assert_eq!(Settings::of_folder(folder.path()), Settings::embedded(folder.path()));
    let file = folder.path().join("plugins.toml");
    fs::write(&file, "").unwrap();
    assert_eq!(Settings::of_folder(folder.path()).steps.plugins_file, Some(file));
}

#[test]
fn an_embedded_server_makes_its_secret_once() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("not/yet/there");
    let secret = || {
        let mut settings = Settings::embedded(&data);
        assert_eq!(settings.auth.secret, None);
        settings.ensure_secret().unwrap();
        settings.auth.secret.unwrap()
    };
    let first = secret();
    assert_eq!(first.expose().len(), 64);
    assert_eq!(secret(), first);
    let file = Settings::embedded(&data).data.secret_file();
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "nothing but the secret is left");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::write(&file, "short").unwrap();
    let error = Settings::embedded(&data).ensure_secret().unwrap_err();
    assert!(error.to_string().contains("auth-secret has fewer than 32 bytes"), "{error}");
}

#[test]
fn of_servers_that_start_at_once_all_get_the_same_secret() {
    let folder = tempdir().unwrap();
    let secret = || {
        let mut settings = Settings::embedded(folder.path());
        settings.ensure_secret().unwrap();
        settings.auth.secret.unwrap()
    };
    let secrets: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(secret)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(secrets.iter().all(|other| *other == secrets[0]));
}
