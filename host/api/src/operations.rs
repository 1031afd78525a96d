//! The operations, one a file.

pub(crate) mod extract;
pub(crate) mod live;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod methods;
pub(crate) mod metrics;
pub(crate) mod ready;
pub(crate) mod refresh;
