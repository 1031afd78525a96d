//! From windows to a tensor of their rows.

use fettle_frame::Window;

use super::Cut;
use crate::plan::WindowPlan;
use crate::{FeatureError, FieldError, WindowTensor};

/// The rows of each window: refused before any is copied where windows differ in length, or have more cells than
/// `max_cells`.
pub(super) fn of(plan: &WindowPlan, cut: &Cut, max_cells: u64) -> Result<WindowTensor, FeatureError> {
    let Cut { frame, windows } = cut;
    let rows_per_window = common_length(plan, windows)?;
    let rows = windows.len().saturating_mul(rows_per_window);
    let cells = rows.saturating_mul(frame.signals.len());
    if cells as u64 > max_cells {
        return Err(FeatureError::TooLarge(format!(
            "{} windows × {rows_per_window} rows × {} signals are {cells} cells, and at most {max_cells} may be \
             answered at once",
            windows.len(),
            frame.signals.len()
        )));
    }
    Ok(WindowTensor {
        names: frame.signals.iter().map(|signal| signal.name.clone()).collect(),
        timestamps: cut.timestamps(plan.window_label),
        rows_per_window,
        row_timestamps: one_after_the_other(&frame.timestamps, windows, rows),
        columns: frame
            .signals
            .iter()
            .map(|signal| one_after_the_other(&signal.values, windows, rows))
            .collect(),
    })
}

/// How many rows every window has.
fn common_length(plan: &WindowPlan, windows: &[Window]) -> Result<usize, FeatureError> {
    let lengths = || windows.iter().map(|window| window.end - window.start);
    let (least, most) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
    if least == most {
        return Ok(most);
    }
    Err(FeatureError::InvalidParameter(vec![FieldError::new(
        "output",
        format!(
            "`windows` all have the same number of rows, and those of `{}` have from {least} to {most} here; a window \
             method that counts rows, such as `sliding`, would be right",
            plan.window.method()
        ),
    )]))
}

/// The values of the first window, then those of the second, `rows` in all.
fn one_after_the_other<T: Copy>(values: &[T], windows: &[Window], rows: usize) -> Vec<T> {
    let mut all = Vec::with_capacity(rows);
    for window in windows {
        all.extend_from_slice(&values[window.start..window.end]);
    }
    all
}
