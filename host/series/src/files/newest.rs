//! The newest rows of several devices, merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::descent::{Ahead, Descent};
use super::folder::DeviceFolder;
use crate::{Backward, NewestRows, SeriesError};

/// A device as it waits for its turn; of all that wait, the greatest is next.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    /// When its next row was recorded, or the latest that it can have been.
    time: i64,
    /// Where it stands among the devices by code: of two rows of the same time, the lesser is next.
    rank: Reverse<usize>,
    /// Whether that row has been read.
    is_read: bool,
}

/// The rows that `backward` asks for, of devices in these folders.
///
/// A device is read when the merge has come down to the time of its last row, which the footer of a file tells: of many
/// devices, those whose last rows are old are not read at all.
pub fn newest(folders: &[DeviceFolder], backward: &Backward) -> Result<Vec<NewestRows>, SeriesError> {
    let (found, bytes) = find(folders, backward)?;
    tracing::debug!(devices = folders.len(), bytes, "read the newest rows");
    Ok(found)
}

/// These rows, and how many bytes were read to find them.
fn find(folders: &[DeviceFolder], backward: &Backward) -> Result<(Vec<NewestRows>, u64), SeriesError> {
    let most = usize::try_from(backward.max_rows).unwrap_or(usize::MAX);
    // By code. The answer is in the order of the request.
    let mut order: Vec<usize> = (0..folders.len()).collect();
    order.sort_by(|&one, &other| backward.devices[one].device.cmp(&backward.devices[other].device));
    let first_rows = most.div_ceil(folders.len().max(1)).saturating_mul(2).min(most);
    let mut descents = Vec::with_capacity(order.len());
    for &at in &order {
        if let Some(range) = backward.range_of(&backward.devices[at]) {
            descents.push((at, Descent::new(&folders[at], &backward.columns, range, first_rows)?));
        }
    }
    merge(&mut descents, most)?;

    let bytes = descents.iter().map(|(_, descent)| descent.bytes_read()).sum();
    descents.sort_by_key(|(at, _)| *at);
    let mut found = Vec::new();
    for (at, descent) in descents {
        if let Some(rows) = descent.taken()? {
            found.push(NewestRows { device: backward.devices[at].clone(), rows });
        }
    }
    Ok((found, bytes))
}

/// Goes down all devices at once, until `most` rows are taken or none is left.
fn merge(descents: &mut [(usize, Descent<'_>)], most: usize) -> Result<(), SeriesError> {
    let turn = |rank: usize, descent: &mut Descent<'_>| {
        let ahead = descent.ahead()?;
        Ok::<_, SeriesError>(ahead.map(|ahead| match ahead {
            Ahead::Row(time) => Turn { time, rank: Reverse(rank), is_read: true },
            Ahead::AtMost(time) => Turn { time, rank: Reverse(rank), is_read: false },
        }))
    };
    let mut waiting = BinaryHeap::with_capacity(descents.len());
    for (rank, (_, descent)) in descents.iter_mut().enumerate() {
        waiting.extend(turn(rank, descent)?);
    }
    let mut left = most;
    while left > 0
        && let Some(Turn { rank: Reverse(rank), is_read, .. }) = waiting.pop()
    {
        let descent = &mut descents[rank].1;
        if is_read {
            descent.take();
            left -= 1;
        } else {
            descent.read(left)?;
        }
        waiting.extend(turn(rank, descent)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use fettle_frame::TimeRange;

    use super::*;
    use crate::files::recording::at_1_hz;
    use crate::files::write::write;
    use crate::{Columns, DeviceKey};

    const SECOND: i64 = 1_000_000_000;
    const DAY: i64 = 86_400 * SECOND;
    /// 2025-09-01T00:00:00Z
    const SEPTEMBER: i64 = 1_756_684_800 * SECOND;

    fn welder(number: i64) -> DeviceKey {
        DeviceKey { device_type: "welder".into(), device: format!("WLD{number:03}") }
    }

    /// Rows at 1 Hz of some days from `from` on, five signals that do not repeat.
    fn record(root: &Path, device: i64, from: i64, days: i64) {
        let frame = at_1_hz(from, days * 86_400);
        write(&DeviceFolder::new(root, &welder(device)).unwrap(), &frame).unwrap();
    }

    fn newest(root: &Path, devices: i64, max_rows: u64) -> (Vec<NewestRows>, u64) {
        let backward = Backward {
            devices: (0..devices).map(welder).collect(),
            columns: Columns::signals((0..5).map(|signal| format!("s{signal}"))),
            range: TimeRange::ALL,
            behind: None,
            max_rows,
        };
        let folders: Vec<DeviceFolder> =
            backward.devices.iter().map(|device| DeviceFolder::new(root, device).unwrap()).collect();
        find(&folders, &backward).unwrap()
    }

    #[test]
    fn the_newest_rows_of_months_take_a_small_part_of_the_last_one() {
        let root = tempfile::tempdir().unwrap();
        record(root.path(), 0, SEPTEMBER, 40);
        let folder = DeviceFolder::new(root.path(), &welder(0)).unwrap();
        let month = folder.months(TimeRange::ALL).unwrap()[1];
        let size = std::fs::metadata(folder.month_path(month)).unwrap().len();
        let (found, bytes) = newest(root.path(), 1, 50);
        assert_eq!(found[0].rows.frame.rows(), 50);
        assert_eq!(found[0].rows.frame.timestamps[49], SEPTEMBER + 40 * DAY - SECOND);
        assert!(bytes * 200 < size, "{bytes} bytes of {size}, of the second of two months");
    }

    #[test]
    fn devices_whose_last_rows_are_older_are_not_read() {
        let root = tempfile::tempdir().unwrap();
        record(root.path(), 0, SEPTEMBER + DAY, 1);
        let (alone, bytes_alone) = newest(root.path(), 1, 50);
        let (_, footer) = newest(root.path(), 1, 0);
        for device in 1..8 {
            record(root.path(), device, SEPTEMBER, 1);
        }
        let (among, bytes_among) = newest(root.path(), 8, 50);
        let (_, footers) = newest(root.path(), 8, 0);
        assert_eq!(among, alone);
        // Of each of the others the footer alone, which tells when its last row was recorded.
        assert_eq!(bytes_among - footers, bytes_alone - footer);
        assert!(footers < 9 * footer, "{footer} bytes of one, {footers} of eight");
    }
}
