//! Datasets that were built.

pub(crate) mod delete;
pub(crate) mod download;
pub(crate) mod list;
pub(crate) mod manifest;
pub(crate) mod replay;
