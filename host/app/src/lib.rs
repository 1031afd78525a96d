//! The `fettle` program as a library, so that tests and benchmarks can reach its parts: the command line, the wiring of
//! the crates below, start and end. It holds no logic that one of those crates could hold.

pub mod demo;

mod allocator;
mod command;
mod connections;
mod database;
mod lifecycle;
mod plugins;
mod scratch;
mod sweep;
mod wiring;

pub use crate::command::main;
