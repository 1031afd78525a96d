//! How much of a gap is filled.

use std::ops::Range;

use fettle_sdk::Behaviour;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The parameters of a fill.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Fills at most so many cells of a gap: its first ones, or its last ones where the fill goes backward. Without it,
    /// all.
    #[schemars(range(min = 1))]
    pub limit: Option<u32>,
    /// Leaves a gap of more cells than this missing as a whole. Without it, no gap is too long.
    #[schemars(range(min = 1))]
    pub max_gap: Option<u32>,
}

impl Limits {
    /// Whether a gap is short enough to be filled at all.
    pub fn admit(self, gap: &Range<usize>) -> bool {
        self.max_gap.is_none_or(|longest| gap.len() <= longest as usize)
    }

    /// The cells that are filled from the front.
    pub fn first(self, gap: &Range<usize>) -> Range<usize> {
        gap.start..gap.start + self.cells(gap)
    }

    /// The cells that are filled from the back.
    pub fn last(self, gap: &Range<usize>) -> Range<usize> {
        gap.end - self.cells(gap)..gap.end
    }

    /// What these limits make of a fill that otherwise looks back alone: whether a gap is too long shows only once it
    /// ends.
    pub fn behaviour(self) -> Behaviour {
        Behaviour { causal: self.max_gap.is_none(), ..Behaviour::default() }
    }

    fn cells(self, gap: &Range<usize>) -> usize {
        self.limit.map_or(gap.len(), |limit| gap.len().min(limit as usize))
    }
}
