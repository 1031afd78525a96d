//! A server process in a folder of its own, and what ends it.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

/// How long a server may take to answer: far longer than it ever does.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is asked.
const INTERVAL: Duration = Duration::from_millis(20);

/// Waits until its standard input ends, which is when the process that holds the other end is gone, however it went;
/// then ends the server whose id stands in $1, and removes its folder $2.
const UNDERTAKER: &str = r#"
    trap '' INT TERM HUP
    cat > /dev/null
    pid=$(head -n 1 "$1" 2> /dev/null) && { kill -CONT "$pid"; kill -KILL "$pid"; } 2> /dev/null
    sleep 0.5
    rm -rf "$2"
"#;

/// A server that can be killed, frozen and started again on the same port and folder.
#[derive(Debug)]
pub(crate) struct Server {
    folder: PathBuf,
    port: u16,
    command: Vec<String>,
    process: Mutex<Child>,
    /// Holds its standard input open.
    _undertaker: Child,
}

impl Server {
    /// A server that `command` (program and arguments) starts in `folder`, ready once `is_ready` says so. It writes its
    /// process id into the first line of `pid_file`.
    pub(crate) fn start(
        folder: PathBuf,
        port: u16,
        command: Vec<String>,
        pid_file: &Path,
        is_ready: impl Fn() -> bool,
    ) -> Self {
        let undertaker = Command::new("sh")
            .args(["-c", UNDERTAKER, "undertaker"])
            .args([pid_file, &folder])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("sh is there");
        let process = Mutex::new(spawn(&folder, &command));
        let server = Self { folder, port, command, process, _undertaker: undertaker };
        server.wait(is_ready);
        server
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Sends a signal to the server's process alone.
    pub(crate) fn signal(&self, name: &str) {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        signal(process.id(), name);
    }

    /// The id of the server's process.
    pub(crate) fn id(&self) -> u32 {
        self.process.lock().unwrap_or_else(PoisonError::into_inner).id()
    }

    /// Ends the process as a power failure would.
    pub(crate) fn kill(&self) {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        process.kill().expect("it is our child");
        process.wait().expect("it is our child");
    }

    /// Starts it again after [`kill`](Self::kill); as often as it takes, where what was left of the last one is in the
    /// way.
    pub(crate) fn restart(&self, is_ready: impl Fn() -> bool) {
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = spawn(&self.folder, &self.command);
        self.wait(is_ready);
    }

    fn wait(&self, is_ready: impl Fn() -> bool) {
        for _ in 0..PATIENCE.as_millis() / INTERVAL.as_millis() {
            if is_ready() {
                return;
            }
            let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
            if process.try_wait().expect("it is our child").is_some() {
                *process = spawn(&self.folder, &self.command);
            }
            drop(process);
            sleep(INTERVAL);
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        panic!("{} is not ready:\n{log}", self.command.join(" "));
    }
}

/// Sends a signal to a process, which may have ended.
pub(crate) fn signal(process: u32, name: &str) {
    let _ = Command::new("kill").args(["-s", name, &process.to_string()]).stderr(Stdio::null()).status();
}

/// A port that nobody listens on at this moment.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has ports");
    listener.local_addr().expect("it is bound").port()
}

/// A new folder, which the undertaker removes.
pub(crate) fn new_folder(prefix: &str) -> PathBuf {
    tempfile::Builder::new().prefix(prefix).tempdir().expect("there is a folder for temporary files").keep()
}

/// Where a program lies, if it is installed: on the path, or in one of `folders`.
pub(crate) fn program(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let candidates = folders.iter().cloned().chain(std::env::split_paths(&path));
    candidates.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Runs a program to its end; its output, if it ended well.
pub(crate) fn run<S: AsRef<OsStr>>(command: &[S]) -> io::Result<String> {
    let output = Command::new(&command[0]).args(&command[1..]).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
}

fn spawn(folder: &Path, command: &[String]) -> Child {
    let log =
        fs::File::options().create(true).append(true).open(folder.join("log")).expect("the folder is ours");
    let errors = log.try_clone().expect("it is open");
    Command::new(&command[0])
        .args(&command[1..])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .expect("the program was found")
}
