use serde::{Deserialize, Serialize};

use crate::problem::Problems;

/// `[limits]`: what one request may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Most cells, rows × signals, of any one device in a request, and of its answer; 8 bytes each.
    pub max_cells: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_cells: 32_000_000 }
    }
}

impl Limits {
    pub(crate) fn check(&self, problems: &mut Problems) {
        problems.check_range("limits.max_cells", self.max_cells, 1..=1_000_000_000);
    }
}
