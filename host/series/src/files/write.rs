//! Writing rows: month by month, each file replaced as a whole.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use fettle_frame::{Frame, TIME_COLUMN};

use super::folder::DeviceFolder;
use super::layout::Layout;
use super::merge::Merge;
use super::month::Month;
use super::month_file::MonthFile;
use super::read;
use super::unfinished::Unfinished;
use crate::{ColumnKind, SeriesError, StoredColumn, Written};

pub fn write(folder: &DeviceFolder, frame: &Frame) -> Result<Written, SeriesError> {
    check_names(frame)?;
    let _lock = folder.lock()?;
    check_kinds(frame, &read::columns(folder)?)?;
    let mut written = Written::default();
    for (month, rows) in Month::split(&frame.timestamps) {
        let of_month = write_month(folder, month, frame, rows)?;
        written.rows_new += of_month.rows_new;
        written.rows_replaced += of_month.rows_replaced;
        written.rows_identical += of_month.rows_identical;
    }
    Ok(written)
}

/// Replaces the file of a month by itself with the new rows, unless they are all there already.
fn write_month(
    folder: &DeviceFolder,
    month: Month,
    frame: &Frame,
    rows: Range<usize>,
) -> Result<Written, SeriesError> {
    let stored = folder.open(month)?;
    let layout = Layout::join(stored.as_ref().map_or(&[], MonthFile::columns), frame);
    let mut merge = Merge::new(&layout, frame, rows);
    let mut file = Unfinished::create(folder.unfinished_path(month), &layout)?;
    if let Some(stored) = &stored {
        let is_label = |name: &str| matches!(stored.kind(name), Some(ColumnKind::Label(_)));
        for batch in stored.batches(&stored.whole(), |_| true, is_label)? {
            file.append(&merge.over(batch?))?;
        }
    }
    while let Some(rows) = merge.rest() {
        file.append(&rows)?;
    }
    let written = merge.written();
    if written.rows_new + written.rows_replaced > 0 {
        file.finish()?;
        folder.publish(month)?;
    }
    Ok(written)
}

fn check_names(frame: &Frame) -> Result<(), SeriesError> {
    let mut names = HashSet::from([TIME_COLUMN]);
    let signals = frame.signals.iter().map(|signal| &signal.name);
    for name in signals.chain(frame.labels.iter().map(|label| &label.name)) {
        if name == TIME_COLUMN {
            return Err(SeriesError::column(name, "is the name of the time column"));
        }
        if !names.insert(name) {
            return Err(SeriesError::column(name, "stands twice among the columns to write"));
        }
    }
    Ok(())
}

/// A column keeps its kind in all months, for ever.
fn check_kinds(frame: &Frame, stored: &[StoredColumn]) -> Result<(), SeriesError> {
    let stored: HashMap<&str, ColumnKind> =
        stored.iter().map(|column| (column.name.as_str(), column.kind)).collect();
    let signals = frame.signals.iter().map(|signal| (&signal.name, ColumnKind::Signal));
    let labels = frame.labels.iter().map(|label| (&label.name, ColumnKind::Label(label.values.label_type())));
    for (name, kind) in signals.chain(labels) {
        if let Some(other) = stored.get(name.as_str()).filter(|other| **other != kind) {
            return Err(SeriesError::column(name, format!("is stored as {other}, not as {kind}")));
        }
    }
    Ok(())
}
