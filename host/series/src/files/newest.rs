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

    let bytes: u64 = descents.iter().map(|(_, descent)| descent.bytes_read()).sum();
    tracing::debug!(devices = folders.len(), bytes, "read the newest rows");
    descents.sort_by_key(|(at, _)| *at);
    let mut found = Vec::new();
    for (at, descent) in descents {
        if let Some(rows) = descent.taken()? {
            found.push(NewestRows { device: backward.devices[at].clone(), rows });
        }
    }
    Ok(found)
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
