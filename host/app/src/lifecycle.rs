//! From the first connection to the last: listen, serve, drain, end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use fettle_config::Server;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::connections::Connections;
use crate::sweep::keep_swept;
use crate::wiring::Service;

/// How long jobs may take to stop when the server ends. They look several times a second whether they are to.
const LONGEST_STOP: Duration = Duration::from_secs(10);

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

/// Serves until SIGTERM, Ctrl-C or `stop`, whichever comes first. Then takes no more connections, gives jobs that nobody
/// waits for back to the queue, and waits for the requests in flight, as long as the settings allow; a second signal
/// ends that wait at once.
///
/// An error says that requests were cut off.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    settings: &Server,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    // Before the first request, so that a signal never meets a process that would die of it.
    let mut signals = Signals::new()?;
    // Scratch goes when all else has.
    let Service { scratch: _scratch, api, jobs, datasets, mut reloading } = service;
    let connections = Connections::new(fettle_api::router(api.clone()), settings.header_timeout());

    tokio::select! {
        never = connections.take(listener) => match never {},
        never = keep_swept(&datasets) => match never {},
        never = reloading.keep() => match never {},
        name = signals.next() => tracing::info!(signal = name, "draining: requests in flight may end"),
        () = stop => {}
    }
    api.drain();
    jobs.drain();
    let answered = tokio::select! {
        () = connections.drain() => Ok(()),
        name = signals.next() => bail!("ended at once by a second signal ({name}); requests in flight were cut off"),
        () = tokio::time::sleep(settings.drain()) => {
            Err(anyhow!("requests that were still in flight after {} s were cut off", settings.drain_s))
        }
    };
    // Only now: until then, clients wait for what some of the jobs do.
    tokio::select! {
        () = jobs.end() => {}
        name = signals.next() => bail!("ended at once by a second signal ({name}); jobs were cut off"),
        () = tokio::time::sleep(LONGEST_STOP) => {
            tracing::warn!("some jobs have not stopped in {} s; they count as abandoned", LONGEST_STOP.as_secs());
        }
    }
    answered?;
    tracing::info!("ended; every request was answered");
    Ok(())
}

/// The signals that ask the program to end.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on they end nothing by themselves.
    pub fn new() -> anyhow::Result<Self> {
        let on = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self { interrupt: on(SignalKind::interrupt())?, terminate: on(SignalKind::terminate())? })
    }

    /// The name of the next one.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}
