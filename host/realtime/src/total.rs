//! How many rows a query has.

use fettle_series::{DeviceKey, SeriesStore};

use crate::scan::Scanned;
use crate::{Query, RealtimeError, Total};

/// Devices whose rows are counted one by one. Of more, so many are counted, spread evenly over all by their codes, and
/// stand for the rest.
const MOST_COUNTED: usize = 100;

/// How many rows of `devices` lie in the query's range, whatever its filters say of them. Reads no value.
pub async fn count(
    store: &dyn SeriesStore,
    devices: &[DeviceKey],
    query: &Query,
) -> Result<Total, RealtimeError> {
    if devices.len() <= MOST_COUNTED {
        let rows = store.count_rows_of(devices, query.range).await?;
        return Ok(Total { rows, is_estimate: false });
    }
    let sample: Vec<DeviceKey> =
        (0..MOST_COUNTED).map(|at| devices[at * devices.len() / MOST_COUNTED].clone()).collect();
    let rows = store.count_rows_of(&sample, query.range).await?;
    Ok(Total { rows: share_of(devices.len() as u64, rows, MOST_COUNTED as u64), is_estimate: true })
}

/// How many of the rows that were counted all filters hold of: exactly so many where all rows were looked at, and
/// otherwise the share that they have of those that were.
pub fn of_filtered(counted: Total, query: &Query, scanned: &Scanned) -> Total {
    if query.filters.is_empty() {
        return counted;
    }
    if scanned.next.is_none() && query.start.behind.is_none() {
        return Total { rows: scanned.held, is_estimate: false };
    }
    let share = share_of(counted.rows, scanned.held, scanned.looked_at);
    Total { rows: share.max(scanned.held), is_estimate: true }
}

/// `whole × part ÷ of`, rounded; 0 of nothing.
fn share_of(whole: u64, part: u64, of: u64) -> u64 {
    if of == 0 {
        return 0;
    }
    let share = (u128::from(whole) * u128::from(part) + u128::from(of / 2)) / u128::from(of);
    u64::try_from(share).unwrap_or(u64::MAX)
}
