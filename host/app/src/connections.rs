//! Connections: taken, served, and waited for.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tower::Layer;

/// How long to wait when the system cannot give another connection, mostly for want of file descriptors.
const BREATH: Duration = Duration::from_secs(1);

/// Serves a router over HTTP/1.1.
///
/// `axum::serve` would be shorter, but it waits for a request's head as long as a client likes, so that a few thousand
/// idle sockets could keep everyone else out.
pub struct Connections {
    router: Router,
    protocol: http1::Builder,
    open: GracefulShutdown,
}

impl Connections {
    /// Connections on which a request's head must come within `header_timeout`, the wait for it included.
    pub fn new(router: Router, header_timeout: Duration) -> Self {
        let mut protocol = http1::Builder::new();
        protocol.timer(TokioTimer::new()).header_read_timeout(header_timeout);
        Self { router, protocol, open: GracefulShutdown::new() }
    }

    /// Takes connections and serves each on a task of its own, until this future is dropped; the tasks go on.
    pub async fn take(&self, listener: TcpListener) -> Infallible {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => self.serve(stream, peer),
                // The client went away before it was its turn.
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot take a connection");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }

    /// Closes idle connections, and the others after the request that they are at. Done when none is left.
    pub async fn drain(self) {
        self.open.shutdown().await;
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr) {
        // Answers are written whole; waiting to join small packets would only delay the last one.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY refused");
        }
        let service = Extension(ConnectInfo(peer)).layer(self.router.clone());
        let connection =
            self.protocol.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = self.open.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "connection ended");
            }
        });
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
    )
}
