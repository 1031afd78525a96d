//! A device's rows in memory: timestamps, numeric signals and label columns.
//!
//! The one shape that travels through the house: the series store reads into a [`Frame`], steps change it, features
//! come out as one. It knows nothing of devices, models or plugins.

mod arrow;
mod frame;
mod label;
mod range;

pub use crate::arrow::{ArrowError, TIME_COLUMN};
pub use crate::frame::{Frame, FrameError, Signal, Window};
pub use crate::label::{Label, LabelType, LabelValues};
pub use crate::range::{EmptyRange, TimeRange};
