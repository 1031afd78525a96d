//! The operations, one a file.

mod attended;
pub(crate) mod dataset;
pub(crate) mod datasets;
pub(crate) mod extract;
pub(crate) mod jobs;
pub(crate) mod live;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod methods;
pub(crate) mod metrics;
pub(crate) mod plugins;
pub(crate) mod ready;
pub(crate) mod refresh;
mod step_fields;
