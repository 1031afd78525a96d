use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{MIB, seen_from, shown};
use crate::problem::Problems;

/// `[steps]`: the sandbox that plugins run in. Each limit holds for every plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Steps {
    /// Threads that run plugins.
    pub threads: usize,
    /// Most memory of one instance, in MiB; there are as many instances as threads.
    pub memory_mib: u32,
    /// Time that any call of a plugin may take, in milliseconds …
    pub time_base_ms: u32,
    /// … and for each cell that it is given, in nanoseconds, on top of that.
    pub time_per_cell_ns: u32,
    /// Most that one call may give back, in MiB.
    pub output_mib: u32,
    /// The folder of compiled plugins. A relative path is seen from the data folder.
    #[serde(serialize_with = "shown")]
    pub native_code_cache: PathBuf,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            // On a small machine too, one slow plugin is not to hold up all others.
            threads: available_parallelism().map_or(1, usize::from).max(4),
            memory_mib: 256,
            time_base_ms: 2_000,
            time_per_cell_ns: 1_000,
            output_mib: 256,
            native_code_cache: PathBuf::from("native-code"),
        }
    }
}

impl Steps {
    /// Most memory of one instance, in bytes.
    pub fn memory_bytes(&self) -> usize {
        usize::try_from(u64::from(self.memory_mib) * MIB).unwrap_or(usize::MAX)
    }

    /// Most that one call may give back, in bytes.
    pub fn output_bytes(&self) -> usize {
        usize::try_from(u64::from(self.output_mib) * MIB).unwrap_or(usize::MAX)
    }

    /// Time for any call.
    pub fn time_base(&self) -> Duration {
        Duration::from_millis(self.time_base_ms.into())
    }

    /// Time for each cell on top of that.
    pub fn time_per_cell(&self) -> Duration {
        Duration::from_nanos(self.time_per_cell_ns.into())
    }

    pub(crate) fn resolve(&mut self, data_dir: &Path) {
        seen_from(data_dir, &mut self.native_code_cache);
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        problems.check_range("steps.threads", self.threads, 1..=256);
        problems.check_range("steps.memory_mib", self.memory_mib, 16..=4096);
        problems.check_range("steps.time_base_ms", self.time_base_ms, 1..=600_000);
        problems.check_range("steps.time_per_cell_ns", self.time_per_cell_ns, 0..=1_000_000);
        problems.check_range("steps.output_mib", self.output_mib, 1..=4096);
    }
}
