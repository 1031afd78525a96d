use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::MIB;
use crate::problem::Problems;

/// `[server]`: the HTTP side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port to listen on.
    #[serde(deserialize_with = "listen")]
    pub listen: SocketAddr,
    /// Largest request body, in MiB; larger ones are answered 413.
    pub body_limit_mib: u32,
    /// Largest file that `POST /data/import` takes, in MiB; larger ones are answered 413.
    pub import_limit_mib: u32,
    /// Longest time that a client may take to send its request's head, in seconds.
    pub header_timeout_s: u32,
    /// Longest time that a request may take from its head to its answer, in seconds.
    pub request_timeout_s: u32,
    /// Longest time that requests in flight are waited for when the server is told to stop, in seconds.
    pub drain_s: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8001)),
            // The most values that a body may hold, a million of rows that are sent along, take about as much.
            body_limit_mib: 8,
            import_limit_mib: 256,
            header_timeout_s: 10,
            request_timeout_s: 60,
            drain_s: 30,
        }
    }
}

impl Server {
    /// Largest request body, in bytes.
    pub fn body_limit_bytes(&self) -> usize {
        usize::try_from(u64::from(self.body_limit_mib) * MIB).unwrap_or(usize::MAX)
    }

    /// Largest file to import, in bytes.
    pub fn import_limit_bytes(&self) -> u64 {
        u64::from(self.import_limit_mib) * MIB
    }

    /// Longest time for a request's head.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_s.into())
    }

    /// Longest time for a request.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_s.into())
    }

    /// Longest wait for requests in flight.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_s.into())
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        problems.check_range("server.body_limit_mib", self.body_limit_mib, 1..=1024);
        problems.check_range("server.import_limit_mib", self.import_limit_mib, 1..=65_536);
        problems.check_range("server.header_timeout_s", self.header_timeout_s, 1..=300);
        problems.check_range("server.request_timeout_s", self.request_timeout_s, 1..=3600);
        problems.check_range("server.drain_s", self.drain_s, 0..=3600);
    }
}

fn listen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = || {
        format!(
            "`{text}` is no address to listen on; write \"127.0.0.1:8001\", or \"0.0.0.0:8001\" for all interfaces"
        )
    };
    text.parse().map_err(|_| D::Error::custom(wrong()))
}
