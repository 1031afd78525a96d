//! The two sides of a split.

use serde::{Deserialize, Serialize};

/// One side of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What a model is trained on.
    Train,
    /// What it is held against.
    Val,
}

/// Who is on which side: windows, or devices, by their place among those that were split. Neither side is empty, and
/// each is on one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// The training side.
    pub train: Vec<u32>,
    /// The validation side.
    pub val: Vec<u32>,
}

impl Side {
    /// Its name in tables and requests.
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Train => "train",
            Side::Val => "val",
        }
    }
}

impl Sides {
    /// The side of each that was split.
    pub fn of_each(&self) -> Vec<Side> {
        let mut sides = vec![Side::Train; self.train.len() + self.val.len()];
        for &place in &self.val {
            sides[place as usize] = Side::Val;
        }
        sides
    }
}
