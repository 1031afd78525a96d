//! How a server starts and ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use self::program::{PATIENCE, Server, refusal_of, run};

/// A configuration for a folder; a drain would take an hour, and a slow client has a second.
fn configure(folder: &Path) {
    let config = r#"
        [data]
        dir = "data"
        [server]
        listen = "127.0.0.1:0"
        header_timeout_s = 1
        drain_s = 3600
        [auth]
        secret = "a secret of the tests, long enough for anyone"
    "#;
    fs::write(folder.join("fettle.toml"), config).unwrap();
}

/// Sends a request's head and the first half of its body: the server has begun with it and cannot end.
fn half_a_request(server: &Server) -> (TcpStream, &'static [u8]) {
    let body = br#"{"refresh_token": "unknown"}"#;
    let (first, rest) = body.split_at(10);
    let mut connection = TcpStream::connect(server.address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        connection,
        "POST /api/v2/auth/refresh HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        server.address,
        body.len()
    )
    .unwrap();
    // The server asks for the body once the handler reads it.
    let mut go_on = [0; 25];
    connection.read_exact(&mut go_on).unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&go_on));
    connection.write_all(first).unwrap();
    (connection, rest)
}

/// Waits until nobody listens any more.
fn wait_until_closed(server: &Server) {
    for _ in 0..PATIENCE.as_millis() / 10 {
        match TcpStream::connect(server.address) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => return,
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    panic!("the server still takes connections");
}

#[test]
fn without_a_secret_it_does_not_serve() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("fettle.toml"), "[data]\ndir = \"data\"\n").unwrap();
    let refusal = refusal_of(&run(folder.path(), &["serve", "--config", "fettle.toml"]));
    assert!(refusal.contains("secret"), "{refusal}");
}

#[test]
fn a_request_in_flight_outlives_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    let mut server = Server::start(folder.path(), &["serve", "--config", "fettle.toml"]);
    let (mut request, rest) = half_a_request(&server);

    server.signal("TERM");
    wait_until_closed(&server);
    request.write_all(rest).unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).unwrap();

    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(server.wait().success());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    let mut server = Server::start(folder.path(), &["serve", "--config", "fettle.toml"]);
    let _in_flight = half_a_request(&server);

    server.signal("TERM");
    wait_until_closed(&server);
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(1));
    server.line_with("cut off");
}

#[test]
fn a_client_that_sends_no_request_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    let server = Server::start(folder.path(), &["serve", "--config", "fettle.toml"]);

    let mut silent = TcpStream::connect(server.address).unwrap();
    silent.set_read_timeout(Some(PATIENCE)).unwrap();
    silent.write_all(b"POST /api/v2/auth/login HTTP/1.1\r\nHost: x").unwrap();
    assert_eq!(silent.read(&mut [0; 1]).unwrap(), 0, "the server closes the connection");
}
