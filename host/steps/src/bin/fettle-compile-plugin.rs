//! The process that compiles components from elsewhere, for the tests; in the program it is a hidden command.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut limits = std::env::args().skip(1).map(|limit| limit.parse().expect("a limit is a number"));
    let (memory, seconds) = (limits.next().expect("bytes of memory"), limits.next().expect("seconds"));
    fettle_steps::compile_from_standard_input(memory, seconds)
}
