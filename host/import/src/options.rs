//! What to import, and how to read it.

use std::str::FromStr;

use jiff::tz::TimeZone;

use crate::columns::find;
use crate::{ImportError, TimeFormat};

/// How to read the files of one device, and what to register them as.
///
/// Columns are named by their header as it stands in the file, or by the field code that it becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportOptions {
    /// Code of the model, created where it is missing.
    pub model: String,
    /// Code of the device that recorded the rows, created where it is missing.
    pub device: String,
    /// Code of the device's type, created where it is missing. `None`: the type that the model reads, and for a new
    /// model one that is called like it.
    pub device_type: Option<String>,
    /// The column that holds the time of a row.
    pub time_column: String,
    /// What separates the cells of a CSV file. `None`: a comma.
    pub delimiter: Option<u8>,
    /// How times are written. `None`: as ISO 8601, or whatever a Parquet or Arrow file's own time type says.
    pub time_format: Option<TimeFormat>,
    /// Where clocks showed the times that come without an offset.
    pub time_zone: TimeZone,
    /// The columns' names, for CSV files without a header. A file that begins with a line of just these names has a
    /// header after all.
    pub columns: Option<Vec<String>>,
    /// The columns that are labels; all others but the time are signals.
    pub labels: Vec<String>,
    /// What to do where two lines have one time and different values.
    pub on_duplicate: OnDuplicate,
    /// How many lines may be left out because they cannot be read; with more, nothing is written.
    pub max_rejected: u64,
    /// How many cells, rows × columns, are taken at once; all of them are in memory. `None`: as many as there are.
    pub max_cells: Option<u64>,
}

/// What to do where two lines of one import have the same time and different values. Lines that say the same are one
/// row in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnDuplicate {
    /// Write nothing, and name the lines.
    #[default]
    Error,
    /// The last line counts, in the order of files and lines.
    Last,
    /// The first line counts.
    First,
}

impl ImportOptions {
    /// The defaults: comma, ISO times in UTC, a header, no labels, no line left out, no duplicates.
    pub fn new(model: impl Into<String>, device: impl Into<String>, time_column: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            device: device.into(),
            device_type: None,
            time_column: time_column.into(),
            delimiter: None,
            time_format: None,
            time_zone: TimeZone::UTC,
            columns: None,
            labels: Vec::new(),
            on_duplicate: OnDuplicate::default(),
            max_rejected: 0,
            max_cells: None,
        }
    }

    /// All that makes no sense whatever the files hold: the names of options, and what is wrong with them.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        if let Some(delimiter @ (b'"' | b'\r' | b'\n')) = self.delimiter {
            faults.push(("delimiter", format!("{:?} cannot separate cells", char::from(delimiter))));
        }
        if let Some(twice) = first_repeated(&self.labels) {
            faults.push(("label", format!("`{twice}` is named twice")));
        }
        if let Some(columns) = &self.columns {
            if let Some(twice) = first_repeated(columns) {
                faults.push(("columns", format!("`{twice}` is named twice")));
            }
            if find(columns, &self.time_column).is_none() {
                faults.push(("time_column", format!("`{}` is not among `columns`", self.time_column)));
            }
        }
        faults
    }

    /// Refuses what makes no sense whatever the files hold.
    pub(crate) fn check(&self) -> Result<(), ImportError> {
        match self.faults().into_iter().next() {
            Some((option, problem)) => Err(ImportError::option(option, problem)),
            None => Ok(()),
        }
    }
}

fn first_repeated(names: &[String]) -> Option<&String> {
    names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)).map(|(_, name)| name)
}

/// What separates cells, as options name it: one ASCII character, or `tab`.
pub fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [one] if one.is_ascii() => Ok(*one),
        _ => Err("must be one ASCII character, or `tab`".to_owned()),
    }
}

/// `error`, `last` or `first`.
impl FromStr for OnDuplicate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "error" => Ok(OnDuplicate::Error),
            "last" => Ok(OnDuplicate::Last),
            "first" => Ok(OnDuplicate::First),
            other => Err(format!("`{other}` is not one of error, last, first")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_one_character() {
        assert_eq!(parse_delimiter(";"), Ok(b';'));
        assert_eq!(parse_delimiter("tab"), Ok(b'\t'));
        for text in ["", ";;", "§"] {
            assert!(parse_delimiter(text).is_err(), "{text}");
        }
    }
}
