//! Redis.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;
use std::time::Duration;

use crate::server::{Server, free_port, new_folder, program};
use crate::skip;

/// A Redis server, which keeps nothing on disk.
#[derive(Debug)]
pub struct Redis {
    server: Server,
}

impl Redis {
    /// The server that all tests of this process share; `None`, after saying so, where Redis is not installed. Tests
    /// that share it take a key prefix each.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Redis>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// A server of one's own, to kill and to freeze.
    pub fn start() -> Option<Self> {
        let Some(redis) = program("redis-server", &[]) else {
            skip("Redis");
            return None;
        };
        let (folder, port) = (new_folder("fettle-redis-"), free_port());
        let pid_file = folder.join("pid");
        let mut command = vec![redis.to_string_lossy().into_owned()];
        let options = [
            ("--port", port.to_string()),
            ("--bind", "127.0.0.1".to_owned()),
            ("--save", String::new()),
            ("--appendonly", "no".to_owned()),
            ("--dir", folder.to_string_lossy().into_owned()),
            ("--pidfile", pid_file.to_string_lossy().into_owned()),
        ];
        command.extend(options.into_iter().flat_map(|(name, value)| [name.to_owned(), value]));
        Some(Self { server: Server::start(folder, port, command, &pid_file, move || answers(port)) })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port())
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Ends it as a power failure would, with all that it held.
    pub fn kill(&self) {
        self.server.kill();
    }

    /// Starts it again, empty.
    pub fn restart(&self) {
        let port = self.port();
        self.server.restart(move || answers(port));
    }

    /// Stops it: connections stay open, and nobody answers.
    pub fn freeze(&self) {
        self.server.signal("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.server.signal("CONT");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.server.kill();
    }
}

fn answers(port: u16) -> bool {
    let ping = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    };
    ping().is_ok_and(|answer| &answer == b"+PONG")
}
