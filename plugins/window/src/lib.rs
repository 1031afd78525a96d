//! Where windows begin and end: by counting rows ([`Sliding`]) or by the clock ([`SlidingTime`]).
//!
//! A method's file holds its parameters, what it says where there is no window, and its examples; the arithmetic stands
//! in [`by_rows`] and [`by_time`].

pub mod by_rows;
pub mod by_time;
mod seconds;
mod sliding;
mod sliding_time;

pub use sliding::{Sliding, SlidingParams};
pub use sliding_time::{SlidingTime, SlidingTimeParams};

fettle_sdk::export!(windowing, "window", [Sliding, SlidingTime]);
