//! On which terms a command lets a plugin in: those that `plugins.toml` gives one.

use clap::{Args, value_parser};
use fettle_config::PluginLimits;
use fettle_steps::{Sandbox, Terms};

/// What an entry of `plugins.toml` says of a plugin, as options.
#[derive(Args, Clone, Copy)]
#[command(next_help_heading = "What the plugin may use, as plugins.toml says of one")]
pub struct TermOptions {
    /// It may import WASI, of which it sees an empty world; components made from Python and JavaScript do
    #[arg(long)]
    wasi: bool,
    /// Most memory of one instance, in MiB, beside eight bytes for each byte that it is given [default: 256]
    #[arg(long, value_name = "MIB", value_parser = value_parser!(u32).range(16..=4096))]
    memory_mib: Option<u32>,
    /// Time that any call may take, in milliseconds … [default: 2000]
    #[arg(long, value_name = "MS", value_parser = value_parser!(u32).range(1..=600_000))]
    time_base_ms: Option<u32>,
    /// … and for each cell that it is given, in nanoseconds, on top of that [default: 1000]
    #[arg(long, value_name = "NS", value_parser = value_parser!(u32).range(0..=1_000_000))]
    time_per_cell_ns: Option<u32>,
    /// Most that one call may give back, in MiB [default: 256]
    #[arg(long, value_name = "MIB", value_parser = value_parser!(u32).range(1..=4096))]
    output_mib: Option<u32>,
}

impl TermOptions {
    /// The terms, with the sandbox's limits where nothing is said.
    pub fn terms(self, sandbox: &Sandbox) -> Terms {
        let Self { wasi, memory_mib, time_base_ms, time_per_cell_ns, output_mib } = self;
        let own = PluginLimits { memory_mib, time_base_ms, time_per_cell_ns, output_mib, concurrency: None };
        Terms { wasi, limits: sandbox.limits().with(own), ..Terms::of(sandbox) }
    }
}
