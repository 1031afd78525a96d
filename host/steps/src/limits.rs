//! What a guest may use.

use std::time::Duration;

use fettle_config::PluginLimits;
use wasmtime::ResourceLimiter;

/// Bytes of a mebibyte.
const MIB: usize = 1 << 20;

/// The limits of one call into a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory, beside eight for each byte that goes in.
    pub memory_bytes: usize,
    /// Wall time of a call on nothing.
    pub base_time: Duration,
    /// Wall time for each cell (rows × columns) beside it.
    pub time_per_cell: Duration,
    /// Bytes that a call may hand back.
    pub output_bytes: usize,
    /// Bytes of a component's file.
    pub file_bytes: usize,
    /// Bytes of a method's parameters as JSON.
    pub params_bytes: usize,
    /// Threads that may run it over rows at the same time; `None` for all. See [`Turn`](crate::Turn).
    pub concurrency: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 256 << 20,
            base_time: Duration::from_secs(2),
            // A slow method takes some tens of nanoseconds a cell; a hundred times that is for busy machines.
            time_per_cell: Duration::from_micros(2),
            // 32 million cells (the largest request) are 256 MB.
            output_bytes: 512 << 20,
            // componentize-py makes components of 20 to 35 MB.
            file_bytes: 64 << 20,
            // Parameters are shown in every answer and kept with every dataset; a long one is a list of names.
            params_bytes: 64 << 10,
            concurrency: None,
        }
    }
}

/// A guest holds its input, its output and, while a list grows, twice the output at once.
const MEMORY_PER_INPUT_BYTE: usize = 8;

/// Wall time for all cells of a call, however many. Each window from its row to the last would make hours of a day's rows.
const MOST_TIME_FOR_CELLS: Duration = Duration::from_secs(600);

/// Table elements: a component of componentize-py has some ten thousand.
const TABLE_ELEMENTS: usize = 100_000;

impl Limits {
    /// The same, but for what a plugin has of its own.
    #[must_use]
    pub fn with(&self, own: PluginLimits) -> Limits {
        let mib = |mib: u32| mib as usize * MIB;
        let time_per_cell = own.time_per_cell_ns.map(|ns| Duration::from_nanos(ns.into()));
        Limits {
            memory_bytes: own.memory_mib.map_or(self.memory_bytes, mib),
            base_time: own.time_base_ms.map_or(self.base_time, |ms| Duration::from_millis(ms.into())),
            time_per_cell: time_per_cell.unwrap_or(self.time_per_cell),
            output_bytes: own.output_mib.map_or(self.output_bytes, mib),
            concurrency: own.concurrency.or(self.concurrency),
            ..*self
        }
    }

    /// Bytes of memory for a call on this much input.
    pub(crate) fn memory(&self, input_bytes: usize) -> usize {
        self.memory_bytes.saturating_add(input_bytes.saturating_mul(MEMORY_PER_INPUT_BYTE))
    }

    /// Wall time for a call on this many cells.
    pub(crate) fn time(&self, cells: usize) -> Duration {
        let cells = u32::try_from(cells).unwrap_or(u32::MAX);
        self.base_time.saturating_add(self.time_per_cell.saturating_mul(cells).min(MOST_TIME_FOR_CELLS))
    }
}

/// Memories and tables of an instance: components of other languages hold several modules, which share them.
const MEMORIES: usize = 8;
const TABLES: usize = 64;

/// Core instances of an instance: its modules, and an adapter for each.
const INSTANCES: usize = 256;

/// Watches what a guest grows, all of its memories and tables together, and remembers that it wanted too much: the trap
/// that follows does not say so.
#[derive(Debug, Default)]
pub(crate) struct Growth {
    /// What is allowed.
    pub(crate) memory_bytes: usize,
    /// What was granted.
    pub(crate) reached_bytes: usize,
    table_elements: usize,
    pub(crate) denied: bool,
}

impl ResourceLimiter for Growth {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // Memories do not shrink before the instance ends.
        let together = self.reached_bytes.saturating_add(desired.saturating_sub(current));
        let allowed = together <= self.memory_bytes;
        self.denied |= !allowed;
        if allowed {
            self.reached_bytes = together;
        }
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.denied = true;
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let together = self.table_elements.saturating_add(desired.saturating_sub(current));
        let allowed = together <= TABLE_ELEMENTS;
        if allowed {
            self.table_elements = together;
        }
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_grows_with_the_cells_and_ends() {
        let limits = Limits::default();
        assert_eq!(limits.time(0), Duration::from_secs(2));
        assert_eq!(limits.time(32_000_000), Duration::from_secs(66));
        assert_eq!(limits.time(usize::MAX), Duration::from_secs(602));
    }

    #[test]
    fn memories_and_tables_are_counted_together() {
        let mut growth = Growth { memory_bytes: 100, ..Growth::default() };
        assert!(growth.memory_growing(0, 60, None).unwrap());
        assert!(growth.memory_growing(0, 40, None).unwrap() && !growth.denied);
        assert!(!growth.memory_growing(60, 61, None).unwrap() && growth.denied);
        assert_eq!(growth.reached_bytes, 100);
        assert!(growth.table_growing(0, TABLE_ELEMENTS - 1, None).unwrap());
        assert!(!growth.table_growing(0, 2, None).unwrap() && growth.table_growing(0, 1, None).unwrap());
    }
}
