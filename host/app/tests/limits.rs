//! Bodies that are too much of something, sent to the real program: each is refused for what it is, and none makes the
//! process larger than the bodies that it takes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use serde_json::{Value, json};

use self::program::{PATIENCE, Server, fettle, run_with_input, stdout_of};

const SERVE: [&str; 3] = ["serve", "--config", "fettle.toml"];
const EXTRACT: &str = "/api/v2/ai/features/extract";

const MB: usize = 1_000_000;

/// Most that the process may grow by, MiB: some of the largest body that it takes, which has 8 MiB.
const GROWTH_MIB: u64 = 32;

fn configure(folder: &Path) {
    let config = r#"
        [data]
        dir = "data"
        [server]
        listen = "127.0.0.1:0"
        [auth]
        secret = "a secret of the tests, long enough for anyone"
    "#;
    fs::write(folder.join("fettle.toml"), config).unwrap();
}

/// A body, and what it is refused with.
struct Body {
    what: &'static str,
    begins: String,
    /// What then follows, again and again.
    part: String,
    times: usize,
    chunked: bool,
    status: u16,
    code: &'static str,
    /// A part of the detail.
    told: &'static str,
}

impl Body {
    fn new(what: &'static str, begins: impl Into<String>, status: u16, code: &'static str) -> Self {
        let (begins, part) = (begins.into(), String::new());
        Self { what, begins, part, times: 0, chunked: false, status, code, told: "" }
    }

    /// `part` again and again, in so many bytes.
    fn full_of(self, part: &str, bytes: usize) -> Self {
        Self { part: part.to_owned(), times: bytes / part.len(), ..self }
    }

    fn told(self, told: &'static str) -> Self {
        Self { told, ..self }
    }

    /// It takes megabytes, so it is made when it is sent.
    fn text(&self) -> String {
        self.begins.clone() + &self.part.repeat(self.times)
    }
}

fn bodies() -> Vec<Body> {
    let too_large = |what, begins: &str| {
        Body::new(what, begins, 413, "payload_too_large").told("larger than 8388608 bytes")
    };
    let too_many = |what, begins: &str| {
        Body::new(what, begins, 413, "payload_too_large").told("more than 1000000 values")
    };
    let not_json = |what, begins: &str| Body::new(what, begins, 400, "bad_request");
    let digits = "1".repeat(MB);
    let member = format!(r#""a":"{}","#, "x".repeat(MB));
    let keys: String = (0..MB * 2 / 3).map(|n| format!(r#""{n}":0,"#)).collect();
    vec![
        too_large("one long text", r#"{"model_code": ""#).full_of("x", 50 * MB),
        too_large("deep lists", r#"{"features": "#).full_of("[", 50 * MB),
        too_large("deep objects", r#"{"features": "#).full_of(r#"{"a":"#, 50 * MB),
        too_large("NaN", r#"{"features": ["#).full_of("NaN,", 50 * MB),
        too_large("one key again and again", "{").full_of(r#""a":1,"#, 50 * MB),
        Body { chunked: true, ..too_large("without a length", r#"{"features": ["#).full_of("0,", 50 * MB) },
        not_json("deep lists", r#"{"features": "#).full_of("[", 8 * MB).told("more than 32 levels deep"),
        not_json("deep objects", "").full_of(r#"{"a":"#, 8 * MB).told("more than 32 levels deep"),
        not_json("NaN", r#"{"features": ["#).full_of("NaN,", 8 * MB).told("expected value"),
        not_json("one key again and again", &format!("{{{}\"b\":1}}", member.repeat(8))).told("stands twice"),
        not_json("a huge exponent", r#"{"window_size": 1e99999999}"#).told("number out of range"),
        not_json("a million digits", &format!(r#"{{"window_size": {digits}}}"#)).told("number out of range"),
        Body::new(
            "a million decimals",
            format!(r#"{{"window_size": 1.{digits}}}"#),
            422,
            "invalid_parameter",
        )
        .told("fields of the request cannot be taken"),
        too_many("numbers", r#"{"features": ["#).full_of("0,", 8 * MB),
        too_many("lists", r#"{"features": ["#).full_of("[0],", 8 * MB),
        too_many("objects", r#"{"features": ["#).full_of(r#"{"a":0},"#, 8 * MB),
        too_many("keys", &format!("{{{keys}")),
    ]
}

/// Sends a request and reads the answer to its end: its status and its body.
fn post(server: &Server, path: &str, token: &str, body: &str, chunked: bool) -> (u16, Value) {
    let mut connection = TcpStream::connect(server.address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = if chunked {
        "Transfer-Encoding: chunked".to_owned()
    } else {
        format!("Content-Length: {}", body.len())
    };
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\n{length}\r\n\r\n",
        server.address
    );
    // As most clients do it: first all of the request, and no look at the answer if that fails.
    send(&mut connection, &head, body, chunked).unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

fn send(connection: &mut TcpStream, head: &str, body: &str, chunked: bool) -> std::io::Result<()> {
    connection.write_all(head.as_bytes())?;
    if !chunked {
        return connection.write_all(body.as_bytes());
    }
    for part in body.as_bytes().chunks(1 << 16) {
        write!(connection, "{:x}\r\n", part.len())?;
        connection.write_all(part)?;
        connection.write_all(b"\r\n")?;
    }
    connection.write_all(b"0\r\n\r\n")
}

/// The most memory that a process has held, in KiB, since [`forget_peak`]; `None` where the system does not tell.
fn peak_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Has the system begin anew with the peak; see `clear_refs` in proc(5).
fn forget_peak(process: u32) {
    if cfg!(target_os = "linux") {
        fs::write(format!("/proc/{process}/clear_refs"), "5").unwrap();
    }
}

#[test]
fn bodies_of_every_bad_kind_are_refused_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    let add = ["user", "add", "ada", "--password-stdin", "--config=fettle.toml"];
    stdout_of(&run_with_input(folder.path(), &add, "a long password\n"));
    // The first start compiles the steps, which takes far more memory than any request.
    let mut first = Server::start(folder.path(), &SERVE);
    assert_eq!(post(&first, EXTRACT, "", "", false).0, 401, "it serves, and so it listens for signals");
    first.signal("TERM");
    assert!(first.wait().success());
    // One thread takes requests: the allocator keeps for each thread what it has freed.
    let server = Server::start_as(fettle(folder.path(), &SERVE).env("TOKIO_WORKER_THREADS", "1"));
    let login = json!({"username": "ada", "password": "a long password"}).to_string();
    let log_in = || post(&server, "/api/v2/auth/login", "", &login, false);
    let (status, tokens) = log_in();
    assert_eq!(status, 200, "{tokens}");
    let token = tokens["data"]["access_token"].as_str().unwrap();

    let small =
        r#"{"model_code": "m", "device_code": "d", "start_time": "2025-11-01", "end_time": "2025-11-02"}"#;
    let answers = || {
        let (status, problem) = post(&server, EXTRACT, token, small, false);
        assert_eq!((status, &problem["code"]), (404, &json!("not_found")), "{problem}");
    };
    answers();
    forget_peak(server.process());
    let before = peak_kib(server.process());
    for body in bodies() {
        let text = body.text();
        let (status, problem) = post(&server, EXTRACT, token, &text, body.chunked);
        let place = format!("{}, {} bytes", body.what, text.len());
        assert_eq!((status, &problem["code"]), (body.status, &json!(body.code)), "{place}: {problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(body.told), "{place}: `{}` is not in {problem}", body.told);
    }
    match (before, peak_kib(server.process())) {
        (Some(before), Some(after)) => {
            let grown = after.saturating_sub(before) / 1024;
            assert!(grown < GROWTH_MIB, "the process grew by {grown} MiB");
        }
        _ => eprintln!("skipped: the peak of a process's memory is not known here"),
    }

    answers();
    assert_eq!(log_in().0, 200);
}
