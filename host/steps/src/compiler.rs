//! Compiling components that come from elsewhere, in a process of its own.
//!
//! A file of a few hundred kilobytes can make a compiler take gigabytes and hours. It is compiled by a child that limits
//! its own memory and processor time before it reads the first byte, and that is ended when it takes too long. The
//! child gets no environment but what it is told, and no open files but its pipes.

use std::io::{Read, Write};
use std::os::unix::process::parent_id;
use std::path::PathBuf;
use std::process::{self, Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rlimit::Resource;

use crate::{AdmissionError, sandbox};

/// Bytes of what the child says that are told.
const TOLD_BYTES: u64 = 2 << 10;

/// Native code is at most so many times as large as its component.
const CODE_PER_COMPONENT_BYTE: u64 = 64;

/// A child that has closed its output ends within so long by itself.
const LAST_MOMENTS: Duration = Duration::from_secs(10);

/// The process that compiles.
#[derive(Debug, Clone)]
pub struct Compiler {
    /// A program that calls [`compile_from_standard_input`].
    pub program: PathBuf,
    /// What it is called with, before its limits in bytes and seconds.
    pub arguments: Vec<String>,
    /// All of its environment: what its allocator is told.
    pub environment: Vec<(String, String)>,
    /// Bytes of memory that it may take, all that it maps counted.
    pub memory_bytes: u64,
    /// How long it may take.
    pub time: Duration,
}

/// What the child ends with where the component is at fault, and not what is around it.
const INVALID: u8 = 3;

/// Reads a component from standard input and writes its native code to standard output, within so many bytes of memory
/// and seconds of processor time. What is wrong goes to standard error, as text.
pub fn compile_from_standard_input(memory_bytes: u64, seconds: u64) -> ExitCode {
    let (told, code) = match compiled(memory_bytes, seconds) {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(invalid)) => (invalid, ExitCode::from(INVALID)),
        Err(error) => (error.to_string(), ExitCode::FAILURE),
    };
    eprintln!("{told}");
    code
}

/// The outer error is of the system, the inner one of the component.
fn compiled(memory_bytes: u64, seconds: u64) -> std::io::Result<Result<(), String>> {
    end_with_the_server()?;
    for (resource, most) in [(Resource::AS, memory_bytes), (Resource::CPU, seconds), (Resource::CORE, 0)] {
        // The machine may allow less.
        let most = most.min(resource.get_hard()?);
        resource.set(most, most)?;
    }
    let mut component = Vec::new();
    std::io::stdin().lock().read_to_end(&mut component)?;
    let code = match sandbox::compile_alone(&component) {
        Ok(code) => code,
        Err(error) => return Ok(Err(format!("{error:#}"))),
    };
    let mut out = std::io::stdout().lock();
    out.write_all(&code)?;
    out.flush()?;
    Ok(Ok(()))
}

/// A server that has ended, however that came, needs no code any more. A process whose parent has gone gets another one.
fn end_with_the_server() -> std::io::Result<()> {
    let server = parent_id();
    let watch = move || {
        while parent_id() == server {
            thread::sleep(Duration::from_millis(200));
        }
        process::exit(1);
    };
    // Its memory counts as well.
    thread::Builder::new().stack_size(64 << 10).spawn(watch).map(drop)
}

impl Compiler {
    /// Native code of a component.
    pub(crate) fn compile(&self, component: &[u8]) -> Result<Vec<u8>, AdmissionError> {
        let failed =
            |error: std::io::Error| AdmissionError::Compile(format!("{}: {error}", self.program.display()));
        let mut child = self.start().map_err(failed)?;
        let written = feed(&mut child, component.to_vec());
        let most = CODE_PER_COMPONENT_BYTE * component.len() as u64 + (1 << 20);
        let code = collect(child.stdout.take(), most + 1);
        let told = collect(child.stderr.take(), TOLD_BYTES);
        let code = match code.recv_timeout(self.time) {
            Ok(code) => code,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                // It may have ended meanwhile.
                let _ = child.kill();
                let _ = child.wait();
                let seconds = self.time.as_secs();
                return Err(AdmissionError::Compile(format!("it took longer than {seconds} s")));
            }
        };
        let status = ended(&mut child, code.len() as u64 > most).map_err(failed)?;
        drop(written);
        if status.success() && code.len() as u64 <= most {
            return Ok(code);
        }
        let told = told.recv().unwrap_or_default();
        Err(self.failure(status, String::from_utf8_lossy(&told).trim()))
    }

    fn start(&self) -> std::io::Result<Child> {
        Command::new(&self.program)
            .args(&self.arguments)
            .arg(self.memory_bytes.to_string())
            // The clock on the wall ends it as well: see `compile`.
            .arg(self.time.as_secs().max(1).to_string())
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }

    /// What became of a child: it says itself what is wrong with a component; all else is its limits.
    fn failure(&self, status: ExitStatus, told: &str) -> AdmissionError {
        match status.code() {
            Some(code) if code == i32::from(INVALID) => AdmissionError::Invalid(told.to_owned()),
            _ => AdmissionError::Compile(format!(
                "the process that compiles was ended ({status}); it may take {} MiB of memory and {} s: {}",
                self.memory_bytes >> 20,
                self.time.as_secs(),
                // What follows is for those who look for a mistake in the compiler.
                told.lines().next().unwrap_or("it said nothing")
            )),
        }
    }
}

/// Waits for the end of a child that has said all, or is not to say more.
fn ended(child: &mut Child, at_once: bool) -> std::io::Result<ExitStatus> {
    let mut patience = if at_once { 0 } else { LAST_MOMENTS.as_millis() / 10 };
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if patience == 0 {
            // It may have ended meanwhile.
            let _ = child.kill();
            return child.wait();
        }
        patience -= 1;
        thread::sleep(Duration::from_millis(10));
    }
}

/// Writes to the child's standard input on a thread of its own: who reads its answer meanwhile blocks neither.
fn feed(child: &mut Child, component: Vec<u8>) -> Option<thread::JoinHandle<()>> {
    let mut stdin = child.stdin.take()?;
    // A child that ends before it has read all is told by its status.
    Some(thread::spawn(move || drop(stdin.write_all(&component))))
}

/// What a pipe gives until its end, or until `most` bytes.
fn collect(pipe: Option<impl Read + Send + 'static>, most: u64) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What was read until an error counts.
            let _ = pipe.take(most).read_to_end(&mut bytes);
        }
        let _ = sender.send(bytes);
    });
    receiver
}
