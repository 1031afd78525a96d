//! From the first connection to the last: listen, serve, drain, end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use anyhow::{Context, bail};
use fettle_api::ApiState;
use fettle_config::Server;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::connections::Connections;

/// The socket at `address`, or why there is none.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            bail!("{address} is in use, perhaps by another fettle: end that one, or choose another address")
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on {address}")),
    }
}

/// Serves until SIGTERM, Ctrl-C or `stop`, whichever comes first. Then takes no more connections and waits for the
/// requests in flight, as long as the settings allow; a second signal ends that wait at once.
///
/// An error says that requests were cut off.
pub async fn serve(
    listener: TcpListener,
    api: ApiState,
    settings: &Server,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    // Before the first request, so that a signal never meets a process that would die of it.
    let mut signals = Signals::new()?;
    let connections = Connections::new(fettle_api::router(api.clone()), settings.header_timeout());

    tokio::select! {
        never = connections.take(listener) => match never {},
        name = signals.next() => tracing::info!(signal = name, "draining: requests in flight may end"),
        () = stop => {}
    }
    api.drain();
    tokio::select! {
        () = connections.drain() => {}
        name = signals.next() => bail!("ended at once by a second signal ({name}); requests in flight were cut off"),
        () = tokio::time::sleep(settings.drain()) => {
            bail!("requests that were still in flight after {} s were cut off", settings.drain_s)
        }
    }
    tracing::info!("ended; every request was answered");
    Ok(())
}

/// The signals that ask the program to end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        let on = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self { interrupt: on(SignalKind::interrupt())?, terminate: on(SignalKind::terminate())? })
    }

    /// The name of the next one.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}
