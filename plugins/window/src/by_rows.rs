//! Windows of a fixed number of rows.

use fettle_sdk::Window;

/// How many rows lie between the beginnings of two windows that share the fraction `overlap` of their rows.
///
/// The product is snapped to nine decimals before it is rounded half up: in f64, 100 × (1 − 0.9) is a little less than
/// 10, and 10 × (1 − 0.85) a little more than 1.5.
pub fn stride(window_size: u32, overlap: f64) -> u32 {
    let exact = f64::from(window_size) * (1.0 - overlap);
    let snapped = (exact * 1e9).round() / 1e9;
    ((snapped + 0.5).floor() as u32).max(1)
}

/// The whole windows of `rows` rows, the first from row 0 on.
pub fn windows(rows: usize, window_size: u32, stride: u32) -> impl ExactSizeIterator<Item = Window> {
    let size = window_size as usize;
    let count = if rows < size { 0 } else { (rows - size) / stride as usize + 1 };
    (0..count).map(move |index| {
        let start = index as u32 * stride;
        Window { start, end: start + window_size }
    })
}

/// The rows that come more than `max_gap` nanoseconds after the row before them, ascending.
pub fn rows_after_gaps(timestamps: &[i64], max_gap: u64) -> Vec<usize> {
    // The difference of two ascending i64 fits into a u64, wherever they lie.
    let after_gap = |&row: &usize| timestamps[row].abs_diff(timestamps[row - 1]) > max_gap;
    (1..timestamps.len()).filter(after_gap).collect()
}

/// Whether one of `after_gaps` lies in the window and has its row before in it too.
pub fn holds_gap(window: &Window, after_gaps: &[usize]) -> bool {
    let first = after_gaps.partition_point(|&row| row <= window.start as usize);
    after_gaps.get(first).is_some_and(|&row| row < window.end as usize)
}

/// The most rows in a row without a gap.
pub fn longest_stretch(rows: usize, after_gaps: &[usize]) -> usize {
    let beginnings = std::iter::once(0).chain(after_gaps.iter().copied());
    let ends = after_gaps.iter().copied().chain([rows]);
    beginnings.zip(ends).map(|(start, end)| end - start).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_stride_is_what_decimal_arithmetic_gives() {
        for (window_size, overlap, expected) in [
            (100, 0.5, 50),
            (100, 0.9, 10),
            (100, 0.95, 5),
            (100, 0.99, 1),
            (100, 0.999, 1),
            (100, 0.0, 100),
            (10, 0.85, 2),
            (3, 0.5, 2),
            (101, 0.5, 51),
            (1, 0.0, 1),
            (1, 0.9, 1),
            (7, 0.3, 5),
            (u32::MAX, 0.0, u32::MAX),
        ] {
            assert_eq!(stride(window_size, overlap), expected, "{window_size} rows, overlap {overlap}");
        }
    }

    fn bounds(rows: usize, window_size: u32, stride: u32) -> Vec<(u32, u32)> {
        windows(rows, window_size, stride).map(|window| (window.start, window.end)).collect()
    }

    #[test]
    fn windows_are_whole_and_begin_at_row_0() {
        assert_eq!(bounds(10, 4, 3), [(0, 4), (3, 7), (6, 10)]);
        assert_eq!(bounds(9, 4, 3), [(0, 4), (3, 7)]);
        assert_eq!(bounds(4, 4, 1), [(0, 4)]);
        assert_eq!(bounds(3, 4, 1), []);
        assert_eq!(bounds(0, 1, 1), []);
        assert_eq!(windows(8640, 100, 50).len(), 171);
    }

    #[test]
    fn a_gap_counts_where_both_its_rows_are_in_the_window() {
        let after_gaps = rows_after_gaps(&[0, 10, 20, 50, 60], 10);
        assert_eq!(after_gaps, [3]);
        let holds = |start, end| holds_gap(&Window { start, end }, &after_gaps);
        assert!(holds(2, 4) && holds(0, 5));
        assert!(!holds(0, 3) && !holds(3, 5));
        assert_eq!(longest_stretch(5, &after_gaps), 3);
        assert_eq!(longest_stretch(5, &[]), 5);
    }

    #[test]
    fn timestamps_at_both_ends_of_i64_are_far_apart() {
        assert_eq!(rows_after_gaps(&[i64::MIN, i64::MAX], u64::MAX - 1), [1]);
    }

    proptest! {
        #[test]
        fn no_window_more_would_fit(rows in 0usize..500, window_size in 1u32..60, stride in 1u32..60) {
            let windows: Vec<Window> = windows(rows, window_size, stride).collect();
            let expected: Vec<u32> =
                (0..rows as u32).step_by(stride as usize).filter(|start| start + window_size <= rows as u32).collect();
            prop_assert_eq!(windows.iter().map(|window| window.start).collect::<Vec<_>>(), expected);
            prop_assert!(windows.iter().all(|window| window.end - window.start == window_size));
        }

        #[test]
        fn a_stride_gives_the_overlap_that_gives_it_back(window_size in 1u32..=u32::MAX, part in 0.0..=1.0f64) {
            let wanted = ((f64::from(window_size) * part) as u32).max(1);
            let overlap = 1.0 - f64::from(wanted) / f64::from(window_size);
            prop_assert_eq!(stride(window_size, overlap), wanted);
        }
    }
}
