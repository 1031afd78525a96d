//! PostgreSQL.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, io};

use crate::server::{Server, free_port, new_folder, program, run, signal};
use crate::skip;

/// The superuser of the server.
const USER: &str = "fettle";

/// A PostgreSQL server.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    programs: PathBuf,
    databases: AtomicU32,
}

impl Postgres {
    /// The server that all tests of this process share; `None`, after saying so, where PostgreSQL is not installed.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// A server of one's own, to kill and to freeze.
    pub fn start() -> Option<Self> {
        let Some(postgres) = program("postgres", &installed()) else {
            skip("PostgreSQL");
            return None;
        };
        // The path may lead through links to where its tools are not.
        let postgres = postgres.canonicalize().unwrap_or(postgres);
        let programs = postgres.parent().unwrap_or(Path::new("/")).to_owned();
        let (folder, port) = (new_folder("fettle-postgres-"), free_port());
        let data = folder.join("data");
        let account = account(&folder);
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut initdb = account.clone();
        initdb.extend([text(&programs.join("initdb")), "-D".to_owned(), text(&data)]);
        initdb.extend(
            ["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"].map(str::to_owned),
        );
        run(&initdb).expect("initdb");
        let mut command = account;
        command.extend([text(&postgres), "-D".to_owned(), text(&data), "-p".to_owned(), port.to_string()]);
        let mut settings = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", folder.display()),
            // The disk may lose what it was given; a killed server must not: commits reach the system before their answer.
            "fsync=off".to_owned(),
            "full_page_writes=off".to_owned(),
            "max_connections=300".to_owned(),
            "shared_buffers=64MB".to_owned(),
        ];
        if has_statistics(&programs) {
            settings.push("shared_preload_libraries=pg_stat_statements".to_owned());
        }
        command.extend(settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]));
        let ready = ready(&programs, port);
        let server = Server::start(folder, port, command, &data.join("postmaster.pid"), ready);
        Some(Self { server, programs, databases: AtomicU32::new(0) })
    }

    /// The URL of a new, empty database.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port())
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Runs SQL by `psql` in a database, which may be given as its URL; answers what it prints, unaligned.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let url = if database.contains("://") { database.to_owned() } else { self.url(database) };
        let psql = self.programs.join("psql").to_string_lossy().into_owned();
        let command = [psql.as_str(), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, &url];
        run(&command).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Ends it as a power failure would.
    pub fn kill(&self) {
        let children = self.children();
        self.server.kill();
        for child in children {
            signal(child, "KILL");
        }
    }

    /// Starts it again, with all that it had stored.
    pub fn restart(&self) {
        self.server.restart(ready(&self.programs, self.port()));
    }

    /// Stops all of its processes: connections stay open, and nobody answers.
    pub fn freeze(&self) {
        self.server.signal("STOP");
        for child in self.children() {
            signal(child, "STOP");
        }
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        for child in self.children() {
            signal(child, "CONT");
        }
        self.server.signal("CONT");
    }

    /// The folder of its data and its socket.
    pub fn folder(&self) -> &Path {
        self.server.folder()
    }

    fn children(&self) -> Vec<u32> {
        let path = format!("/proc/{0}/task/{0}/children", self.server.id());
        let listed = fs::read_to_string(path).unwrap_or_default();
        listed.split_whitespace().filter_map(|id| id.parse().ok()).collect()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.thaw();
        self.kill();
    }
}

/// Where Debian and Ubuntu put the server's programs, the newest first.
fn installed() -> Vec<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(io::Result::ok);
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders
}

/// What a command begins with: the server refuses to run as root, so that it gets another account there.
fn account(folder: &Path) -> Vec<String> {
    if run(&["id", "-u"]).is_ok_and(|id| id.trim() != "0") {
        return Vec::new();
    }
    let name = ["postgres", "nobody"].into_iter().find(|name| run(&["id", "-u", name]).is_ok());
    let name = name.expect("every system has nobody");
    let group = run(&["id", "-gn", name]).expect("it has a group").trim().to_owned();
    run(&["chown", "-R", &format!("{name}:{group}"), &folder.to_string_lossy()]).expect("root may do so");
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("root may do so");
    ["setpriv", "--reuid", name, "--regid", &group, "--clear-groups", "--"].map(str::to_owned).to_vec()
}

fn has_statistics(programs: &Path) -> bool {
    let library = run(&[programs.join("pg_config").to_string_lossy().as_ref(), "--pkglibdir"]);
    let folder = library.map(|library| PathBuf::from(library.trim()));
    folder
        .or_else(|_| programs.parent().map(|parent| parent.join("lib")).ok_or(()))
        .is_ok_and(|folder| folder.join("pg_stat_statements.so").is_file())
}

fn ready(programs: &Path, port: u16) -> impl Fn() -> bool {
    let psql = programs.join("psql").to_string_lossy().into_owned();
    let url = format!("postgres://{USER}@127.0.0.1:{port}/postgres?connect_timeout=2");
    move || run(&[psql.as_str(), "-X", "-q", "-c", "SELECT 1", &url]).is_ok()
}
