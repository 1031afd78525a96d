//! Windows of a fixed length of time.

use fettle_sdk::Window;

/// How windows lie on the clock; `size` and `step` are nanoseconds, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// How long a window is.
    pub size: u64,
    /// How long after a window the next one begins.
    pub step: u64,
}

impl Clock {
    /// How many windows lie between the first row's time and the last row's: window k is
    /// [first + k·step, first + k·step + size), and its end is not after the last row's time.
    pub fn count(self, timestamps: &[i64]) -> u64 {
        let span = span(timestamps);
        if timestamps.is_empty() || span < self.size { 0 } else { (span - self.size) / self.step + 1 }
    }

    /// Those of them that hold at least `min_rows` rows (at least one) and begin at another row than the one kept before
    /// them.
    pub fn windows(self, timestamps: &[i64], min_rows: u32) -> Vec<Window> {
        let Self { size, step } = self;
        let count = self.count(timestamps);
        // Times since the first row: they fit into a u64, wherever the timestamps lie.
        let since_first = |row: usize| timestamps[row].abs_diff(timestamps[0]);
        let mut windows: Vec<Window> = Vec::new();
        let (mut start, mut end) = (0, 0);
        let mut k = 0;
        while k < count {
            // The last row is not before the end of any window, so neither search leaves the rows.
            let begins = k * step;
            while since_first(start) < begins {
                start += 1;
            }
            end = end.max(start);
            while since_first(end) < begins + size {
                end += 1;
            }
            // Rows may be days apart and steps nanoseconds long: on to the next window that begins at another row, or,
            // while this row has no window yet, that takes in one more row.
            let past_first_row = (since_first(start) / step).saturating_add(1);
            if end - start >= min_rows as usize {
                windows.push(Window { start: start as u32, end: end as u32 });
                k = past_first_row;
            } else {
                let with_next_row = (since_first(end) - size) / step + 1;
                k = past_first_row.min(with_next_row);
            }
        }
        windows
    }
}

/// Nanoseconds from the first row to the last; 0 without rows.
pub fn span(timestamps: &[i64]) -> u64 {
    match timestamps {
        [first, .., last] => last.abs_diff(*first),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bounds(timestamps: &[i64], size: u64, step: u64, min_rows: u32) -> Vec<(u32, u32)> {
        let windows = Clock { size, step }.windows(timestamps, min_rows);
        windows.iter().map(|window| (window.start, window.end)).collect()
    }

    #[test]
    fn windows_are_half_open_and_end_by_the_last_row() {
        assert_eq!(bounds(&[0, 1, 2, 3, 4, 5], 2, 2, 1), [(0, 2), (2, 4)]);
        assert_eq!(bounds(&[0, 1, 2, 3, 4], 2, 2, 1), [(0, 2), (2, 4)]);
        assert_eq!(bounds(&[0, 1, 2, 3], 2, 2, 1), [(0, 2)]);
        assert_eq!(bounds(&[0, 1, 2, 3], 2, 1, 1), [(0, 2), (1, 3)]);
    }

    #[test]
    fn steps_longer_than_windows_leave_rows_between_them() {
        assert_eq!(bounds(&[0, 1, 2, 3, 4, 5, 6], 2, 4, 1), [(0, 2), (4, 6)]);
    }

    #[test]
    fn too_few_rows_leave_a_window_out() {
        assert_eq!(bounds(&[0, 1, 10, 20, 21, 22, 30], 10, 10, 2), [(0, 2), (3, 6)]);
        assert_eq!(bounds(&[0, 1, 10, 20, 21, 22, 30], 10, 10, 3), [(3, 6)]);
    }

    #[test]
    fn a_window_that_begins_at_the_same_row_is_left_out() {
        // [1, 4), [2, 5) and [3, 6) all begin at the row at 3.
        assert_eq!(bounds(&[0, 3, 4, 5, 9], 3, 1, 1), [(0, 1), (1, 2), (2, 4), (3, 4)]);
    }

    #[test]
    fn a_row_whose_first_window_has_too_few_rows_gets_a_later_one() {
        // [91, 101) holds the row at 100 alone; [92, 102) holds two rows.
        let timestamps = [0, 100, 101, 102, 103, 200];
        assert_eq!(bounds(&timestamps, 10, 1, 2)[0], (1, 3));
    }

    #[test]
    fn rows_far_apart_and_tiny_steps_take_no_time() {
        assert_eq!(bounds(&[i64::MIN, -1, 0, i64::MAX], 2, 1, 2), [(1, 3)]);
        assert_eq!(Clock { size: 2, step: 1 }.count(&[i64::MIN, i64::MAX]), u64::MAX - 1);
        assert_eq!(bounds(&[i64::MIN, i64::MAX], u64::MAX, 1, 1), [(0, 1)]);
        assert_eq!(bounds(&[i64::MIN, i64::MAX], u64::MAX, u64::MAX, 1), [(0, 1)]);
    }

    #[test]
    fn rows_shorter_than_a_window_have_none() {
        assert_eq!(bounds(&[], 1, 1, 1), []);
        assert_eq!(bounds(&[7], 1, 1, 1), []);
        assert_eq!(bounds(&[0, 9], 10, 1, 1), []);
    }

    /// Every window by itself, as the definition says it.
    fn plain(timestamps: &[i64], size: i64, step: i64, min_rows: usize) -> Vec<(u32, u32)> {
        let (Some(first), Some(last)) = (timestamps.first(), timestamps.last()) else { return Vec::new() };
        let mut windows: Vec<(u32, u32)> = Vec::new();
        let mut begins = *first;
        while begins + size <= *last {
            let rows: Vec<u32> = (0..timestamps.len() as u32)
                .filter(|&row| (begins..begins + size).contains(&timestamps[row as usize]))
                .collect();
            let same = |start: u32| windows.last().is_some_and(|last| last.0 == start);
            if rows.len() >= min_rows && !same(rows[0]) {
                windows.push((rows[0], rows[rows.len() - 1] + 1));
            }
            begins += step;
        }
        windows
    }

    proptest! {
        #[test]
        fn windows_are_those_of_the_definition(
            first in -50i64..50,
            steps in prop::collection::vec(prop_oneof![1i64..4, 20i64..60], 0..60),
            size in 1i64..30,
            step in 1i64..30,
            min_rows in 1u32..5,
        ) {
            let timestamps: Vec<i64> = std::iter::once(first)
                .chain(steps.iter().scan(first, |time, step| { *time += step; Some(*time) }))
                .collect();
            prop_assert_eq!(
                bounds(&timestamps, size as u64, step as u64, min_rows),
                plain(&timestamps, size, step, min_rows as usize)
            );
        }
    }
}
