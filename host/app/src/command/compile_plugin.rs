//! `fettle compile-plugin`: what the server runs to compile a component that does not come with it.

use std::process::ExitCode;

use clap::Args;

/// Compiles the component on standard input to native code on standard output, within its limits
#[derive(Args)]
pub struct Options {
    /// Bytes of memory
    memory_bytes: u64,
    /// Seconds of processor time
    seconds: u64,
}

/// Runs `fettle compile-plugin`.
pub fn run(options: &Options) -> ExitCode {
    fettle_steps::compile_from_standard_input(options.memory_bytes, options.seconds)
}
