//! Labels: what the label column of a request is, and what its windows are labelled with.
//!
//! [`LabelScan`] sees the recorded column of every device first, for what a label is follows from all of its values. It
//! ends in a [`LabelRule`], with which [`WindowLabels`] grows a label a window.

mod cells;
mod choice;
mod classes;
mod error;
mod rule;
mod scan;
mod statistics;
mod strategy;
mod windows;

pub use classes::{ClassCodes, ClassDistribution};
pub use error::LabelError;
pub use rule::{LabelMeaning, LabelRule};
pub use scan::LabelScan;
pub use statistics::LabelStatistics;
pub use strategy::{LabelStrategy, LabelTypeRequest};
pub use windows::{LabelColumn, WindowLabels};
