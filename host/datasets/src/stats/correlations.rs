//! Correlations of features with each other.

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

/// A symmetric matrix, of which one half is held. NaN, in JSON null, where two features have no correlation.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlations {
    width: usize,
    /// Row by row, each from the diagonal on.
    upper: Vec<f64>,
}

/// A row, as JSON has it.
struct Row<'c> {
    of: &'c Correlations,
    row: usize,
}

impl Correlations {
    /// A matrix of so many features, none of which correlate.
    pub(super) fn new(width: usize) -> Self {
        Self { width, upper: vec![f64::NAN; width * (width + 1) / 2] }
    }

    /// How many features there are.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The correlation of two features, by their places; `None` where they have none.
    pub fn get(&self, one: usize, other: usize) -> Option<f64> {
        Some(self.upper[self.place(one, other)]).filter(|value| !value.is_nan())
    }

    pub(super) fn set(&mut self, one: usize, other: usize, correlation: Option<f64>) {
        let place = self.place(one, other);
        self.upper[place] = correlation.unwrap_or(f64::NAN);
    }

    fn place(&self, one: usize, other: usize) -> usize {
        let (row, column) = (one.min(other), one.max(other));
        // The rows before it are as long as the width, then one less each.
        row * self.width - row * row.saturating_sub(1) / 2 + column - row
    }
}

impl Serialize for Correlations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.width).map(|row| Row { of: self, row }))
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut cells = serializer.serialize_seq(Some(self.of.width))?;
        for column in 0..self.of.width {
            cells.serialize_element(&self.of.get(self.row, column))?;
        }
        cells.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_are_the_same_and_what_is_none_is_null() {
        let mut matrix = Correlations::new(3);
        for (place, (one, other)) in [(0, 0), (0, 1), (0, 2), (1, 1), (2, 1)].into_iter().enumerate() {
            matrix.set(one, other, Some(place as f64));
        }
        assert_eq!(serde_json::to_string(&matrix).unwrap(), "[[0.0,1.0,2.0],[1.0,3.0,4.0],[2.0,4.0,null]]");
        assert_eq!((matrix.get(1, 2), matrix.get(2, 2)), (Some(4.0), None));
    }
}
