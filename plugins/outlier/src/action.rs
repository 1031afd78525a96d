//! What becomes of a cell beyond the bounds.

use fettle_sdk::{Behaviour, Frame, ParamError, Scope, param_error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bounds::Bounds;
use crate::kernel;

/// What becomes of a cell beyond the bounds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is pulled to the bound.
    #[default]
    Clip,
    /// It becomes missing.
    Missing,
    /// Its row goes.
    Drop,
}

impl Action {
    /// What the host has to know.
    pub fn behaviour(self) -> Behaviour {
        match self {
            Action::Clip | Action::Missing => Behaviour::default(),
            Action::Drop => Behaviour { scope: Scope::Frame, causal: true, removes_rows: true },
        }
    }

    /// Whether cells that become missing are to be filled again is a question only where cells become missing.
    pub fn check_refill(self, refill: bool) -> Vec<ParamError> {
        if !refill || self == Action::Missing {
            return Vec::new();
        }
        vec![param_error("/refill", "makes sense only with the action `missing`")]
    }

    /// Does it to the cells of a column; dropped rows are gone already.
    pub fn apply(self, bounds: Bounds, values: &mut [f64]) {
        let Some((lower, upper)) = bounds.ends() else { return };
        match self {
            Action::Clip => kernel::clip(values, lower, upper),
            Action::Missing => kernel::remove(values, lower, upper),
            Action::Drop => {}
        }
    }
}

/// The rows in which no column is beyond its bounds.
pub fn rows_within(bounds: impl Iterator<Item = Bounds>, frame: &Frame) -> Vec<u32> {
    let mut beyond = vec![false; frame.timestamps.len()];
    for (column, bounds) in frame.columns.iter().zip(bounds) {
        if let Some((lower, upper)) = bounds.ends() {
            kernel::mark(&column.values, lower, upper, &mut beyond);
        }
    }
    (0u32..).zip(beyond).filter(|(_, beyond)| !beyond).map(|(row, _)| row).collect()
}
