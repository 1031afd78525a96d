//! Finds out whether a step plugin keeps its promises: the real admission on the real engine, then properties that the
//! contract asks for, each tried on generated parameters and rows. What breaks one is made as small as it gets and
//! shown. And measures how fast a plugin is.
//!
//! Everything follows from a seed: the same file and seed give the same report on every machine, but for a plugin that
//! is so slow that not everything is tried.

mod case;
mod check;
mod compare;
mod generate;
mod imports;
mod measure;
mod properties;
mod report;
mod shrink;
mod subject;
mod table;

pub use check::{Options, check, settings};
pub use imports::{Interfaces, interfaces};
pub use measure::{Measured, Measurement, measure};
pub use properties::Property;
pub use report::{Counterexample, MethodReport, Outcome, PluginReport, Report, Verdict};
