//! The operations, one a file.

mod attended;
pub(crate) mod data;
pub(crate) mod dataset;
pub(crate) mod datasets;
pub(crate) mod extract;
pub(crate) mod jobs;
pub(crate) mod live;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod metadata;
pub(crate) mod methods;
pub(crate) mod metrics;
pub(crate) mod plugins;
pub(crate) mod ready;
pub(crate) mod refresh;
pub(crate) mod stats;
mod step_fields;
