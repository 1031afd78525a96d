//! Statistics of a window: for each signal the mean, the standard deviation, quantiles and so on of the window's cells.
//!
//! How a value comes about: a [`window`] is cut into two [`half`]s, whose sums and sorted cells the next window may share;
//! [`moments`] and [`order`] read what can be read from the halves, [`course`] goes over the window's rows. Every loop
//! over cells adds them up in one fixed order ([`lanes`]), so that results are the same bits on every machine, and a
//! window's results are the same bits whatever other windows there are.

pub mod course;
pub mod half;
pub mod lanes;
pub mod moments;
pub mod order;
pub mod scale;
mod statistic;
mod statistics;
pub mod window;

pub use statistic::Statistic;
pub use statistics::{Statistics, StatisticsParams};

fettle_sdk::export!(features, "statistics", [Statistics]);
