//! Reading a device's rows out of its months.

use std::collections::HashSet;

use fettle_frame::TimeRange;

use super::folder::DeviceFolder;
use super::layout::Layout;
use super::month_file::{MonthFile, Part};
use crate::{ColumnKind, Columns, Rows, SeriesError, Span, StoredColumn};

pub fn read(
    folder: &DeviceFolder,
    columns: &Columns,
    range: TimeRange,
    max_rows: u64,
) -> Result<Rows, SeriesError> {
    let months = locate(folder, range)?;
    let rows: usize = months.iter().map(|(_, part)| part.rows).sum();
    if rows as u64 > max_rows {
        return Err(SeriesError::TooManyRows { rows: rows as u64, max_rows });
    }
    let layout = layout_of(columns, &months)?;
    let wanted: HashSet<&str> = columns.signals.iter().chain(&columns.labels).map(String::as_str).collect();
    let labels: HashSet<&str> = columns.labels.iter().map(String::as_str).collect();
    let mut frame = layout.with_capacity(rows);
    for (file, part) in months.iter().filter(|(_, part)| part.rows > 0) {
        for batch in file.batches(part, |name| wanted.contains(name), |name| labels.contains(name))? {
            frame.append(layout.arrange(batch?)).map_err(|error| file.damaged(&error))?;
        }
    }
    let bytes: u64 = months.iter().map(|(file, _)| file.bytes_read()).sum();
    tracing::debug!(files = months.len(), rows, bytes, "read rows");
    let infinite_cells = frame.without_infinities();
    Ok(Rows { frame, infinite_cells })
}

pub fn count_rows(folder: &DeviceFolder, range: TimeRange) -> Result<u64, SeriesError> {
    Ok(locate(folder, range)?.iter().map(|(_, part)| part.rows as u64).sum())
}

pub fn span(folder: &DeviceFolder) -> Result<Option<Span>, SeriesError> {
    let mut span: Option<Span> = None;
    for file in open(folder, TimeRange::ALL)? {
        let rows = file.whole().rows as u64;
        if let Some((first, last)) = file.span() {
            span = Some(match span {
                None => Span { first, last, rows },
                Some(before) => Span { first: before.first, last, rows: before.rows + rows },
            });
        }
    }
    Ok(span)
}

/// Every column of the device. A column is the same in all its months: a write sees to that.
pub fn columns(folder: &DeviceFolder) -> Result<Vec<StoredColumn>, SeriesError> {
    let mut known = HashSet::new();
    let mut columns = Vec::new();
    for file in open(folder, TimeRange::ALL)? {
        for column in file.columns() {
            if known.insert(column.name.clone()) {
                columns.push(column.clone());
            }
        }
    }
    columns.sort_by_key(|column| column.kind != ColumnKind::Signal);
    Ok(columns)
}

/// The months of `range`, all open before any is read.
fn open(folder: &DeviceFolder, range: TimeRange) -> Result<Vec<MonthFile>, SeriesError> {
    let opened = folder.months(range)?.into_iter().map(|month| folder.open(month));
    opened.filter_map(Result::transpose).collect()
}

fn locate(folder: &DeviceFolder, range: TimeRange) -> Result<Vec<(MonthFile, Part)>, SeriesError> {
    open(folder, range)?
        .into_iter()
        .map(|file| {
            let part = file.locate(range)?;
            Ok((file, part))
        })
        .collect()
}

/// The columns of a read as they are stored; the error names one that does not fit.
fn layout_of(columns: &Columns, months: &[(MonthFile, Part)]) -> Result<Layout, SeriesError> {
    Layout::of(columns, |name| months.iter().filter_map(|(file, _)| file.kind(name)).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::DeviceKey;
    use crate::files::recording::at_1_hz;
    use crate::files::write::write;

    const SECOND: i64 = 1_000_000_000;
    const DAY: i64 = 86_400 * SECOND;
    /// 2025-11-01T00:00:00Z
    const NOVEMBER: i64 = 1_761_955_200 * SECOND;

    /// A month at 1 Hz, of five signals that do not repeat.
    fn month_at_1_hz(root: &Path) -> DeviceFolder {
        let key = DeviceKey { device_type: "welder".into(), device: "WLD001".into() };
        let folder = DeviceFolder::new(root, &key).unwrap();
        let frame = at_1_hz(NOVEMBER, 30 * 86_400);
        write(&folder, &frame).unwrap();
        folder
    }

    #[test]
    fn a_day_of_a_month_at_1_hz_reads_a_small_part_of_the_file() {
        let root = tempfile::tempdir().unwrap();
        let folder = month_at_1_hz(root.path());
        let day = TimeRange::new(NOVEMBER + 12 * DAY, NOVEMBER + 13 * DAY).unwrap();
        let path = folder.month_path(folder.months(day).unwrap()[0]);
        let size = std::fs::metadata(&path).unwrap().len();

        let file = MonthFile::open(&path, &Arc::default()).unwrap().unwrap();
        let footer = file.bytes_read();
        assert!(footer * 200 < size, "the footer is {footer} of {size} bytes");
        let part = file.locate(day).unwrap();
        assert_eq!((part.rows, part.groups.len()), (86_400, 6), "of 159 row groups");
        let located = file.bytes_read();
        assert!(located * 100 < size, "{located} of {size} bytes to find the day");

        let read_all = |columns: &[&str]| {
            let before = file.bytes_read();
            let rows: usize = file
                .batches(&part, |name| columns.contains(&name), |_| false)
                .unwrap()
                .map(|batch| batch.unwrap().rows())
                .sum();
            assert_eq!(rows, 86_400);
            file.bytes_read() - before
        };
        let (one, all) = (read_all(&["s1"]), read_all(&["s0", "s1", "s2", "s3", "s4"]));
        assert!(all * 20 < size, "a day of all signals took {all} of {size} bytes");
        assert!(one * 4 < all, "one signal took {one} bytes, all five {all}");
    }
}
