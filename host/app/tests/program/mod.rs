//! The real program, started and watched.

#![expect(dead_code, reason = "each test file uses a part of it")]

pub mod authors;
pub mod client;
pub mod shared;
pub mod welding;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// How long anything may take before a test gives up on it: far longer than it ever does.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The program with arguments, in a folder of its own.
pub fn fettle(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fettle"));
    command.args(arguments).current_dir(folder).env_remove("RUST_LOG");
    command
}

/// Runs the program to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    fettle(folder, arguments).stdin(Stdio::null()).output().unwrap()
}

/// Runs the program to its end with a text on standard input.
pub fn run_with_input(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = fettle(folder, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin: ChildStdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// What a run wrote to standard output, after a check that it ended well.
pub fn stdout_of(output: &Output) -> String {
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// What a run wrote to standard error, after a check that it ended with exit code 1.
pub fn refusal_of(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stderr)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    lines: Receiver<String>,
    /// Every line so far.
    seen: Vec<String>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts the program and waits until it has said where it listens.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_as(&mut fettle(folder, arguments))
    }

    /// As [`start`](Self::start), with the program's environment changed.
    pub fn start_as(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        forward(child.stdout.take().unwrap(), sender.clone());
        forward(child.stderr.take().unwrap(), sender);
        let mut server =
            Self { child, lines, seen: Vec::new(), address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let line = server.line_with("http://127.0.0.1:");
        let port: String = line
            .split("http://127.0.0.1:")
            .nth(1)
            .unwrap()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        server.address.set_port(port.parse().unwrap());
        server
    }

    /// Reads on until a line holds `part`.
    pub fn line_with(&mut self, part: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.seen.push(line),
                Err(error) => panic!("no line with `{part}` ({error}):\n{}", self.seen.join("\n")),
            }
            let line = self.seen.last().unwrap();
            if line.contains(part) {
                return line.clone();
            }
        }
    }

    /// Every line that was read so far.
    pub fn seen(&self) -> &[String] {
        &self.seen
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The process's id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal: `TERM`, `INT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Has it end in its own time; every line that it wrote.
    pub fn stop(mut self) -> Vec<String> {
        self.signal("TERM");
        assert!(self.wait().success(), "{}", self.seen.join("\n"));
        // The lines end when its output does.
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.seen.push(line);
        }
        std::mem::take(&mut self.seen)
    }

    /// Ends it as a power failure would, with SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end.
    pub fn wait(&mut self) -> ExitStatus {
        for _ in 0..PATIENCE.as_millis() / 10 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("the program did not end:\n{}", self.seen.join("\n"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(source: impl Read + Send + 'static, lines: mpsc::Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(source).lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                return;
            }
        }
    });
}
