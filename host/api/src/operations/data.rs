//! Operations on rows of devices.

mod failure;
pub(crate) mod import;
pub(crate) mod realtime;
