//! Inputs, made from a seed.

mod frames;
mod params;
mod random;

pub(crate) use frames::{Fashion, disturbed, frame, windows};
pub(crate) use params::{allowed, outside};
pub(crate) use random::Random;
