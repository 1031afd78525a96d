//! Reading frames: what is present, where gaps are, one column among others, seconds.

use std::ops::Range;

use crate::{Column, Frame, ParamError, param_error};

/// The present cells of a column, in their order.
///
/// ```
/// let present: Vec<f64> = fettle_sdk::cells::present(&[1.0, f64::NAN, 3.0]).collect();
/// assert_eq!(present, [1.0, 3.0]);
/// ```
pub fn present(values: &[f64]) -> impl DoubleEndedIterator<Item = f64> + Clone {
    values.iter().copied().filter(|value| !value.is_nan())
}

/// The gaps of a column: each longest range of rows whose cells are all missing, from the first to the last.
///
/// ```
/// const N: f64 = f64::NAN;
/// let gaps: Vec<_> = fettle_sdk::cells::gaps(&[N, 1.0, N, N, 2.0]).collect();
/// assert_eq!(gaps, [0..1, 2..4]);
/// ```
pub fn gaps(values: &[f64]) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + values[from..].iter().position(|value| value.is_nan())?;
        let length = values[start..].iter().position(|value| !value.is_nan());
        from = length.map_or(values.len(), |length| start + length);
        Some(start..from)
    })
}

/// The column that the parameter at `path`, a JSON pointer such as `/signal`, names; the error says which there are.
///
/// ```
/// use fettle_sdk::{cells::named, testing::frame};
///
/// let input = frame(&[("current", &[1.0]), ("voltage", &[2.0])]);
/// assert_eq!(named(&input, "voltage", "/signal").unwrap().values, [2.0]);
/// let error = named(&input, "gas", "/signal").unwrap_err();
/// assert_eq!(error.message, "there is no signal `gas`; there are: current, voltage");
/// ```
pub fn named<'a>(frame: &'a Frame, name: &str, path: &str) -> Result<&'a Column, ParamError> {
    frame.columns.iter().find(|column| column.name == name).ok_or_else(|| {
        let names: Vec<&str> = frame.columns.iter().map(|column| column.name.as_str()).collect();
        param_error(path, format!("there is no signal `{name}`; there are: {}", names.join(", ")))
    })
}

/// The rows for which `keep` holds, as a method that removes rows answers them.
pub fn rows_where(frame: &Frame, keep: impl Fn(usize) -> bool) -> Vec<u32> {
    (0..frame.timestamps.len()).filter(|&row| keep(row)).map(|row| row as u32).collect()
}

/// The seconds from one timestamp to another, in either order.
///
/// ```
/// assert_eq!(fettle_sdk::cells::seconds_between(500_000_000, 2_000_000_000), 1.5);
/// ```
pub fn seconds_between(one: i64, other: i64) -> f64 {
    one.abs_diff(other) as f64 / 1e9
}
