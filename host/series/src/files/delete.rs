//! Removing rows: month by month, each file replaced as a whole or taken away.

use fettle_frame::TimeRange;

use super::folder::DeviceFolder;
use super::layout::Layout;
use super::month::Month;
use super::month_file::{MonthFile, Part};
use super::unfinished::Unfinished;
use crate::{ColumnKind, SeriesError};

/// Removes the rows in `range`; answers how many there were.
pub fn delete(folder: &DeviceFolder, range: TimeRange) -> Result<u64, SeriesError> {
    if folder.months(range)?.is_empty() {
        // Not even a folder is made for a device that has no rows there.
        return Ok(0);
    }
    let _lock = folder.lock()?;
    let mut removed = 0;
    for month in folder.months(range)? {
        removed += delete_of_month(folder, month, range)?;
    }
    Ok(removed)
}

fn delete_of_month(folder: &DeviceFolder, month: Month, range: TimeRange) -> Result<u64, SeriesError> {
    let Some(stored) = folder.open(month)? else { return Ok(0) };
    let (part, whole) = (stored.locate(range)?, stored.whole());
    if part.rows == whole.rows {
        folder.remove(month)?;
    } else if part.rows > 0 {
        let mut file = Unfinished::create(folder.unfinished_path(month), &Layout::stored(stored.columns()))?;
        for kept in stored.around(&part) {
            copy(&stored, &kept, &mut file)?;
        }
        file.finish()?;
        folder.publish(month)?;
    }
    Ok(part.rows as u64)
}

/// Copies rows, a batch at a time.
fn copy(stored: &MonthFile, part: &Part, file: &mut Unfinished) -> Result<(), SeriesError> {
    if part.rows == 0 {
        return Ok(());
    }
    let layout = Layout::stored(stored.columns());
    let is_label = |name: &str| matches!(stored.kind(name), Some(ColumnKind::Label(_)));
    for batch in stored.batches(part, |_| true, is_label)? {
        file.append(&layout.arrange(batch?))?;
    }
    Ok(())
}
