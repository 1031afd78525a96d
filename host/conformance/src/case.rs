//! What a property is tried on.

use fettle_frame::{Frame, Window};
use serde_json::{Map, Value};

/// A method's parameters.
pub(crate) type Params = Map<String, Value>;

/// An input on which a property holds or not.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The method's parameters.
    pub(crate) params: Params,
    /// The rows.
    pub(crate) frame: Frame,
    /// Where the rows are cut into parts, ascending; a place twice makes a part without rows.
    pub(crate) cuts: Vec<usize>,
    /// Windows to make features of.
    pub(crate) windows: Vec<Window>,
    /// The row up to which results must not change, where that is what the property is about.
    pub(crate) row: Option<usize>,
}

impl Case {
    /// Parameters alone.
    pub(crate) fn of_params(params: Params) -> Self {
        Self { params, frame: Frame::default(), cuts: Vec::new(), windows: Vec::new(), row: None }
    }

    /// Parameters and rows.
    pub(crate) fn of_rows(params: Params, frame: Frame) -> Self {
        Self { frame, ..Self::of_params(params) }
    }

    /// The parts that the rows are cut into.
    pub(crate) fn parts(&self) -> Vec<Frame> {
        let rows = self.frame.rows();
        let starts = std::iter::once(0).chain(self.cuts.iter().copied());
        let ends = self.cuts.iter().copied().chain([rows]);
        starts.zip(ends).map(|(start, end)| self.frame.slice(start..end)).collect()
    }

    /// The case without the rows `[start, end)`: what points to rows moves along.
    pub(crate) fn without_rows(&self, start: usize, end: usize) -> Self {
        let kept: Vec<usize> = (0..start).chain(end..self.frame.rows()).collect();
        let moved = |row: usize| row.min(start) + row.saturating_sub(end);
        let mut windows: Vec<Window> = Vec::new();
        for window in &self.windows {
            let window = Window { start: moved(window.start), end: moved(window.end) };
            let ascends = windows.last().is_none_or(|last| last.start < window.start);
            if ascends && window.start < window.end {
                windows.push(window);
            }
        }
        Self {
            params: self.params.clone(),
            frame: self.frame.take(&kept),
            cuts: self.cuts.iter().map(|&cut| moved(cut)).collect(),
            windows,
            row: self.row.map(|row| moved(row).min(kept.len().saturating_sub(1))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case() -> Case {
        let timestamps = (0..10).collect();
        let frame = Frame::new(timestamps, Vec::new(), Vec::new()).unwrap();
        Case {
            cuts: vec![2, 2, 7],
            windows: [(0, 4), (3, 6), (4, 10)].map(|(start, end)| Window { start, end }).to_vec(),
            row: Some(9),
            ..Case::of_rows(Params::new(), frame)
        }
    }

    #[test]
    fn parts_follow_one_another_and_may_be_empty() {
        let rows: Vec<usize> = case().parts().iter().map(Frame::rows).collect();
        assert_eq!(rows, [2, 0, 5, 3]);
    }

    #[test]
    fn what_points_to_rows_moves_with_them() {
        let smaller = case().without_rows(3, 6);
        assert_eq!(smaller.frame.timestamps, [0, 1, 2, 6, 7, 8, 9]);
        assert_eq!(smaller.cuts, [2, 2, 4]);
        let bounds: Vec<_> = smaller.windows.iter().map(|window| (window.start, window.end)).collect();
        assert_eq!(bounds, [(0, 3), (3, 7)], "the window that lost all its rows is gone");
        assert_eq!(smaller.row, Some(6));
    }
}
