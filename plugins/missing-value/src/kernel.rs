//! The arithmetic, as plain Rust over one column.

pub mod fill;
pub mod gaps;
pub mod interpolate;
