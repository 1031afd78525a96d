//! Rows and windows that a window method left out.

use fettle_frame::Window;
use fettle_steps::Step;

/// What was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOver {
    /// Rows in no window that the method's grid has room for.
    pub rows: usize,
    /// Windows of that grid that the method left out; `None` where the grid is not known.
    pub windows: Option<usize>,
}

/// Compares the windows with the grid that `sliding` and `sliding_time` lay over rows; of other methods only rows that
/// no window covers are known.
pub(super) fn left_over(step: &Step, timestamps: &[i64], windows: &[Window]) -> LeftOver {
    let number = |name| step.param(name).and_then(|value| value.as_f64());
    match (step.method(), number("window_size"), number("stride"), number("size_s"), number("step_s")) {
        ("sliding", Some(size), Some(stride), _, _) => {
            by_rows(timestamps.len(), size as usize, stride as usize, windows.len())
        }
        ("sliding_time", _, _, Some(size_s), Some(step_s)) => {
            by_time(timestamps, nanoseconds(size_s), nanoseconds(step_s), windows.len())
        }
        _ => LeftOver { rows: uncovered(timestamps.len(), windows), windows: None },
    }
}

fn by_rows(rows: usize, size: usize, stride: usize, windows: usize) -> LeftOver {
    if rows < size || stride == 0 {
        return LeftOver { rows, windows: Some(0) };
    }
    let places = (rows - size) / stride + 1;
    let end = (places - 1) * stride + size;
    // Where the stride is longer than a window there are rows between windows too.
    let between = (places - 1) * stride.saturating_sub(size);
    LeftOver { rows: rows - end + between, windows: Some(places.saturating_sub(windows)) }
}

fn by_time(timestamps: &[i64], size: i128, step: i128, windows: usize) -> LeftOver {
    let (Some(&first), Some(&last)) = (timestamps.first(), timestamps.last()) else {
        return LeftOver { rows: 0, windows: Some(0) };
    };
    let since_first = |time: i64| i128::from(time) - i128::from(first);
    let span = since_first(last);
    if span < size || step < 1 {
        return LeftOver { rows: timestamps.len(), windows: Some(0) };
    }
    let places = (span - size) / step + 1;
    let outside = |&&time: &&i64| {
        let time = since_first(time);
        // The last window that begins at or before the row ends last of all that do.
        let window = (time / step).min(places - 1);
        time - window * step >= size
    };
    LeftOver {
        rows: timestamps.iter().filter(outside).count(),
        windows: Some(usize::try_from(places).unwrap_or(usize::MAX).saturating_sub(windows)),
    }
}

fn uncovered(rows: usize, windows: &[Window]) -> usize {
    let mut covered = 0;
    let mut end = 0;
    for window in windows {
        covered += window.end.saturating_sub(window.start.max(end));
        end = end.max(window.end);
    }
    rows - covered
}

/// Seconds as the window method reads them: to the nearest nanosecond.
fn nanoseconds(seconds: f64) -> i128 {
    (seconds * 1e9).round() as i128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_after_the_last_whole_window() {
        assert_eq!(by_rows(8640, 100, 50, 171), LeftOver { rows: 40, windows: Some(0) });
        assert_eq!(by_rows(100, 100, 50, 1), LeftOver { rows: 0, windows: Some(0) });
        assert_eq!(by_rows(450, 100, 50, 6), LeftOver { rows: 0, windows: Some(2) });
    }

    #[test]
    fn rows_in_no_window_of_time() {
        let seconds: Vec<i64> = [0, 1, 2, 3, 10, 11, 12].map(|second| second * 1_000_000_000).to_vec();
        // [0, 4), [4, 8), [8, 12): the second holds no row and was left out, second 12 lies behind the last.
        let four = nanoseconds(4.0);
        assert_eq!(by_time(&seconds, four, four, 2), LeftOver { rows: 1, windows: Some(1) });
    }

    #[test]
    fn rows_that_no_window_covers() {
        let windows = [Window { start: 1, end: 4 }, Window { start: 3, end: 5 }, Window { start: 8, end: 9 }];
        assert_eq!(uncovered(10, &windows), 5);
    }
}
