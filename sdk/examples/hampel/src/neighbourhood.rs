//! The present cells around a row, kept in order while they come and go.

/// Cells in ascending order.
#[derive(Debug, Default)]
pub struct Neighbourhood {
    sorted: Vec<f64>,
}

impl Neighbourhood {
    /// Takes a cell in; a missing one is none.
    pub fn insert(&mut self, value: f64) {
        if !value.is_nan() {
            self.sorted.insert(self.place(value), value);
        }
    }

    /// Lets a cell go that was taken in.
    pub fn remove(&mut self, value: f64) {
        if !value.is_nan() {
            self.sorted.remove(self.place(value));
        }
    }

    /// The median; of an even count the middle of the two. `None` without cells.
    pub fn median(&self) -> Option<f64> {
        let middle = self.sorted.len() / 2;
        let upper = *self.sorted.get(middle)?;
        Some(if self.sorted.len() % 2 == 1 { upper } else { f64::midpoint(self.sorted[middle - 1], upper) })
    }

    /// The median distance of the cells to `median`, which is theirs.
    pub fn deviation(&self, median: f64) -> f64 {
        // Distances ascend from the median outward on both sides, so they are merged as far as their own middle.
        let (left, right) = self.sorted.split_at(self.sorted.partition_point(|&value| value < median));
        let mut left = left.iter().rev().map(|value| median - value).peekable();
        let mut right = right.iter().map(|value| value - median).peekable();
        let mut next = || match (left.peek(), right.peek()) {
            (Some(near), Some(far)) if near <= far => left.next(),
            (Some(_), None) => left.next(),
            _ => right.next(),
        };
        let count = self.sorted.len();
        let mut before = 0.0;
        for _ in 0..count / 2 {
            before = next().unwrap_or(before);
        }
        let middle = next().unwrap_or(before);
        if count % 2 == 1 { middle } else { f64::midpoint(before, middle) }
    }

    /// The first place that is not before `value`. Zeros are alike, whatever their sign.
    fn place(&self, value: f64) -> usize {
        self.sorted.partition_point(|&other| other < value)
    }
}
