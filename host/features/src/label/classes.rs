//! Classes and how often they occur.

use indexmap::IndexMap;

/// How many windows have each class, by key, in the order of the classes.
pub type ClassDistribution = IndexMap<String, u64>;

/// The class of each window, as a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassCodes {
    /// One a window: an index into `keys`.
    pub codes: Vec<u32>,
    /// What the classes are called, in the order of `np.unique`: whole numbers by value (`0`, `1`, `10`), `false` before
    /// `true`, text by code point. Each occurs.
    pub keys: Vec<String>,
}

impl ClassCodes {
    /// The classes of labels, and each label's place among them.
    pub(super) fn new<T: Copy + Ord>(labels: &[T], key: impl Fn(T) -> String) -> Self {
        let mut classes = labels.to_vec();
        classes.sort_unstable();
        classes.dedup();
        let place = |label| classes.partition_point(|class| class < label) as u32;
        Self {
            codes: labels.iter().map(place).collect(),
            keys: classes.iter().map(|&class| key(class)).collect(),
        }
    }

    /// How many windows have each class.
    pub fn distribution(&self) -> ClassDistribution {
        self.count(self.codes.iter())
    }

    /// How many of these windows have each class; a class that none of them has is there, with 0.
    pub fn distribution_of(&self, windows: &[u32]) -> ClassDistribution {
        self.count(windows.iter().map(|&window| &self.codes[window as usize]))
    }

    fn count<'a>(&self, codes: impl Iterator<Item = &'a u32>) -> ClassDistribution {
        let mut counts = vec![0; self.keys.len()];
        for &code in codes {
            counts[code as usize] += 1;
        }
        self.keys.iter().cloned().zip(counts).collect()
    }
}
