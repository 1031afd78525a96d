//! Operations on rows of devices.

mod failure;
pub(crate) mod realtime;
