//! Where a request comes from.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

/// The address at the other end of the connection, as a handler's argument; unknown where the server does not pass it
/// on. Behind a proxy it is the proxy's, for everybody: `X-Forwarded-For` is not looked at, since anybody can write it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())))
    }
}
