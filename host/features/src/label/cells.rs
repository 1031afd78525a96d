//! Recorded label columns as one type, whatever each device recorded them in.
//!
//! What a [`LabelScan`](super::LabelScan) has seen can be read as the type that it decided on; a column that cannot has
//! changed in between.

use std::borrow::Cow;
use std::collections::HashMap;

use fettle_frame::LabelValues;

use super::LabelError;
use super::choice::Finite;
use super::scan::as_whole;

/// One cell a row; `None` is missing.
type Cells<'a, T> = Cow<'a, [Option<T>]>;

/// Whether each cell is `true` or a number other than zero.
pub(super) fn flags(values: &LabelValues) -> Result<Cells<'_, bool>, LabelError> {
    match values {
        LabelValues::Int(cells) => Ok(converted(cells, |&value| value != 0)),
        LabelValues::Float(cells) => Ok(converted(cells, |&value| value != 0.0)),
        LabelValues::Bool(cells) => Ok(Cow::Borrowed(cells)),
        LabelValues::Text(_) => all_missing(values),
    }
}

/// Whole numbers; `true` is 1.
pub(super) fn ints(values: &LabelValues) -> Result<Cells<'_, i64>, LabelError> {
    match values {
        LabelValues::Int(cells) => Ok(Cow::Borrowed(cells)),
        LabelValues::Float(cells) => {
            let whole = |&cell: &Option<f64>| {
                cell.map(|value| as_whole(value).ok_or(LabelError::Changed)).transpose()
            };
            cells.iter().map(whole).collect::<Result<Vec<_>, _>>().map(Cow::Owned)
        }
        LabelValues::Bool(cells) => Ok(converted(cells, |&value| i64::from(value))),
        LabelValues::Text(_) => all_missing(values),
    }
}

/// Truth values.
pub(super) fn truth_values(values: &LabelValues) -> Result<Cells<'_, bool>, LabelError> {
    match values {
        LabelValues::Bool(cells) => Ok(Cow::Borrowed(cells)),
        LabelValues::Int(_) | LabelValues::Float(_) | LabelValues::Text(_) => all_missing(values),
    }
}

/// Numbers; `true` is 1. Whole numbers beyond ±2^53 become the nearest f64.
pub(super) fn numbers(values: &LabelValues) -> Result<Cells<'_, Finite>, LabelError> {
    match values {
        LabelValues::Int(cells) => Ok(converted(cells, |&value| Finite::new(value as f64))),
        LabelValues::Float(cells) => Ok(converted(cells, |&value| Finite::new(value))),
        LabelValues::Bool(cells) => Ok(converted(cells, |&value| Finite::new(f64::from(u8::from(value))))),
        LabelValues::Text(_) => all_missing(values),
    }
}

/// Strings, each cell as its place among the distinct ones.
pub(super) struct Text<'a> {
    /// One cell a row: an index into `distinct`.
    pub(super) ranks: Vec<Option<usize>>,
    /// The strings that occur, ascending by code point.
    pub(super) distinct: Vec<&'a str>,
}

impl<'a> Text<'a> {
    pub(super) fn new(values: &'a LabelValues) -> Result<Self, LabelError> {
        let LabelValues::Text(cells) = values else {
            return Ok(Self { ranks: all_missing::<usize>(values)?.into_owned(), distinct: Vec::new() });
        };
        // The order of bytes is that of code points in UTF-8.
        let mut ranks: HashMap<&str, usize> = cells.iter().flatten().map(|text| (text.as_str(), 0)).collect();
        let mut distinct: Vec<&str> = ranks.keys().copied().collect();
        distinct.sort_unstable();
        for (rank, text) in distinct.iter().enumerate() {
            ranks.insert(text, rank);
        }
        let ranks = cells.iter().map(|cell| cell.as_ref().map(|text| ranks[text.as_str()])).collect();
        Ok(Self { ranks, distinct })
    }
}

fn converted<'a, T, U: Clone>(cells: &[Option<T>], convert: impl Fn(&T) -> U) -> Cells<'a, U> {
    Cow::Owned(cells.iter().map(|cell| cell.as_ref().map(&convert)).collect())
}

/// A column of another type, which says nothing as long as no cell is present.
fn all_missing<T: Clone>(values: &LabelValues) -> Result<Cells<'_, T>, LabelError> {
    if values.missing_cells() < values.len() {
        return Err(LabelError::Changed);
    }
    Ok(Cow::Owned(vec![None; values.len()]))
}
