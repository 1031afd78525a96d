//! The `fettle` program.

use std::process::ExitCode;

/// Results and Arrow buffers are large blocks, made and dropped with every request. The system's allocator gives each
/// back to the kernel, and the page faults of getting it again cost more than the computation; mimalloc keeps them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    fettle_app::main()
}
