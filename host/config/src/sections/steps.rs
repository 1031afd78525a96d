use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{MIB, seen_from, shown, shown_if_set};
use crate::problem::Problems;

/// `[steps]`: the sandbox that plugins run in. Each limit holds for every plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Steps {
    /// Threads that run plugins.
    pub threads: usize,
    /// Most memory of one instance, in MiB, beside eight bytes for each byte that it is given; there are as many instances
    /// as threads.
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
    /// The file that says which plugins are loaded; not set: all built-in ones. A relative path is seen from the settings
    /// file's folder.
    #[serde(serialize_with = "shown_if_set")]
    pub plugins_file: Option<PathBuf>,
    /// Time between two looks at that file and at the plugins that it names, in milliseconds.
    pub plugins_poll_ms: u32,
    /// Most memory that compiling a plugin may take, in MiB.
    pub compile_memory_mib: u32,
    /// Time that compiling a plugin may take, in seconds.
    pub compile_time_s: u32,
    /// So many faults of a plugin …
    pub set_aside_faults: u32,
    /// … within so many seconds …
    pub set_aside_within_s: u32,
    /// … set it aside for so many seconds.
    pub set_aside_for_s: u32,
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
            plugins_file: None,
            plugins_poll_ms: 2_000,
            compile_memory_mib: 2_048,
            compile_time_s: 120,
            set_aside_faults: 5,
            set_aside_within_s: 60,
            set_aside_for_s: 30,
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

    /// Time between two looks at the plugins file.
    pub fn plugins_poll(&self) -> Duration {
        Duration::from_millis(self.plugins_poll_ms.into())
    }

    /// Most memory that compiling a plugin may take, in bytes.
    pub fn compile_memory_bytes(&self) -> u64 {
        u64::from(self.compile_memory_mib) * MIB
    }

    /// Time that compiling a plugin may take.
    pub fn compile_time(&self) -> Duration {
        Duration::from_secs(self.compile_time_s.into())
    }

    /// The time within which `set_aside_faults` faults set a plugin aside.
    pub fn set_aside_within(&self) -> Duration {
        Duration::from_secs(self.set_aside_within_s.into())
    }

    /// How long a plugin is set aside.
    pub fn set_aside_for(&self) -> Duration {
        Duration::from_secs(self.set_aside_for_s.into())
    }

    pub(crate) fn resolve(&mut self, base: &Path, data_dir: &Path) {
        seen_from(data_dir, &mut self.native_code_cache);
        if let Some(file) = &mut self.plugins_file {
            seen_from(base, file);
        }
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        problems.check_range("steps.threads", self.threads, 1..=256);
        problems.check_range("steps.memory_mib", self.memory_mib, 16..=4096);
        problems.check_range("steps.time_base_ms", self.time_base_ms, 1..=600_000);
        problems.check_range("steps.time_per_cell_ns", self.time_per_cell_ns, 0..=1_000_000);
        problems.check_range("steps.output_mib", self.output_mib, 1..=4096);
        problems.check_range("steps.plugins_poll_ms", self.plugins_poll_ms, 50..=3_600_000);
        problems.check_range("steps.compile_memory_mib", self.compile_memory_mib, 256..=65_536);
        problems.check_range("steps.compile_time_s", self.compile_time_s, 1..=3600);
        problems.check_range("steps.set_aside_faults", self.set_aside_faults, 1..=1_000_000);
        problems.check_range("steps.set_aside_within_s", self.set_aside_within_s, 1..=86_400);
        problems.check_range("steps.set_aside_for_s", self.set_aside_for_s, 1..=86_400);
    }
}
