//! Why an import wrote nothing.

use std::fmt;
use std::io;

use fettle_metadata::MetadataError;
use fettle_series::SeriesError;
use jiff::Timestamp;

use crate::RejectedLine;

/// Why nothing was imported. Only [`Series`](ImportError::Series) and [`Metadata`](ImportError::Metadata) can come after
/// some months were written; the same import once more completes them.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// An option that makes no sense, or none with these files.
    #[error("`{option}`: {problem}")]
    Option {
        /// Its name.
        option: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A file cannot be opened or read.
    #[error("{file} cannot be read")]
    Unreadable {
        /// The file.
        file: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file without a single line.
    #[error("{file}: is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// A file that has columns and no rows, or none that can be read.
    #[error("{file}: has columns, and no row that can be read")]
    NoRows {
        /// The file.
        file: String,
    },
    /// A CSV file in another encoding.
    #[error("{file}:{line}: column {column} is not UTF-8 text; save the file as UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// The column, counted from 1.
        column: usize,
    },
    /// A CSV file with a quote that opens a cell and is closed far away, or never.
    #[error("{file}:{line}: a quote opens a cell here and is not closed where the cell ends")]
    OpenQuote {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
    },
    /// A file that says it is Parquet, and cannot be read as such.
    #[error("{file}: cannot be read as Parquet: {problem}")]
    Parquet {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A file that says it is Arrow, and cannot be read as such.
    #[error("{file}: cannot be read as Arrow: {problem}")]
    Arrow {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// More cells, rows × columns, than are allowed.
    #[error(
        "{file}: more than {max_rows} rows of {columns} columns; an import takes {max_cells} cells at once, split it"
    )]
    TooLarge {
        /// The file in which the limit was passed.
        file: String,
        /// Columns, the time among them.
        columns: usize,
        /// Rows of so many columns that are allowed.
        max_rows: usize,
        /// See [`ImportOptions::max_cells`](crate::ImportOptions::max_cells).
        max_cells: u64,
    },
    /// A column that is missing, or cannot be what it should be.
    #[error("{file}: {problem}")]
    Columns {
        /// The file.
        file: String,
        /// Which column, and what is wrong with it.
        problem: String,
    },
    /// A label column whose cells are of no one type, or of another than is recorded.
    #[error("label `{column}` {problem}")]
    Label {
        /// Its code.
        column: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Too many lines that cannot be read.
    #[error("{}", rejected(*.total, *.max_rejected, .first))]
    Rejected {
        /// How many.
        total: u64,
        /// How many were allowed.
        max_rejected: u64,
        /// The first of them.
        first: Vec<RejectedLine>,
    },
    /// Lines of one time and different values.
    #[error("{}", duplicates(*.total, .first))]
    Duplicates {
        /// How many lines repeat the time of another with different values.
        total: u64,
        /// The first of them.
        first: Vec<Duplicate>,
    },
    /// The metadata contradicts the import, or cannot be reached.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The rows cannot be written.
    #[error(transparent)]
    Series(#[from] SeriesError),
    /// The program is shutting down and takes on no more work.
    #[error("the program is shutting down")]
    Stopped,
}

/// Two lines of one time and different values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// Their time, UTC nanoseconds.
    pub time: i64,
    /// File and line of the one.
    pub first: (String, u64),
    /// File and line of the other.
    pub second: (String, u64),
}

impl ImportError {
    pub(crate) fn option(option: &'static str, problem: impl Into<String>) -> Self {
        ImportError::Option { option, problem: problem.into() }
    }

    pub(crate) fn unreadable(file: &str, source: io::Error) -> Self {
        ImportError::Unreadable { file: file.to_owned(), source }
    }

    pub(crate) fn columns(file: &str, problem: impl Into<String>) -> Self {
        ImportError::Columns { file: file.to_owned(), problem: problem.into() }
    }
}

/// `2025-11-01T00:00:00Z: a.csv:5 and b.csv:9`
impl fmt::Display for Duplicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((one, line), (other, other_line)) = (&self.first, &self.second);
        write!(f, "{}: {one}:{line} and {other}:{other_line}", instant(self.time))
    }
}

/// An instant of UTC nanoseconds, as people read it.
pub(crate) fn instant(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanoseconds))
        .expect("an i64 of nanoseconds reaches from 1677 to 2262, a Timestamp much further")
}

fn rejected(total: u64, max_rejected: u64, first: &[RejectedLine]) -> String {
    let mut text = match (total, max_rejected) {
        (1, 0) => "a line cannot be read; nothing was written".to_owned(),
        (total, 0) => format!("{total} lines cannot be read; nothing was written"),
        (total, allowed) => {
            format!("{total} lines cannot be read, {allowed} are allowed; nothing was written")
        }
    };
    for line in first {
        text.push_str(&format!("\n  {line}"));
    }
    and_more(&mut text, total, first.len());
    text
}

fn duplicates(total: u64, first: &[Duplicate]) -> String {
    let mut text = match total {
        1 => "a line repeats the time of another with different values; nothing was written".to_owned(),
        total => {
            format!("{total} lines repeat the time of another with different values; nothing was written")
        }
    };
    for duplicate in first {
        text.push_str(&format!("\n  {duplicate}"));
    }
    and_more(&mut text, total, first.len());
    text
}

/// Says how many of `total` are not among the `listed`.
pub(crate) fn and_more(text: &mut String, total: u64, listed: usize) {
    if let more @ 1.. = total.saturating_sub(listed as u64) {
        text.push_str(&format!("\n  and {more} more"));
    }
}
