//! What can go wrong with a device's rows.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use parquet::errors::ParquetError;

/// Why a series store did not do what it was asked. A write that failed may have written some months of its frame, each
/// of them whole; writing the same frame again completes it.
#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    /// A code that no folder may be called by.
    #[error(
        "{what} code `{code}`: must be 1 to 128 of A-Z, a-z, 0-9, `_`, `.` and `-`, not beginning with `.` or `-`"
    )]
    Code {
        /// Whose code: `device` or `device type`.
        what: &'static str,
        /// The code.
        code: String,
    },
    /// A column that cannot be read or written as it was asked. Nothing was written.
    #[error("column `{column}`: {problem}")]
    Column {
        /// The column's name.
        column: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The range holds more rows than were allowed.
    #[error("there are {rows} rows in the range, and at most {max_rows} may be read at once")]
    TooManyRows {
        /// How many there are.
        rows: u64,
        /// How many were allowed.
        max_rows: u64,
    },
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// Of which file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A file that this store has not written, or that was damaged since.
    #[error("{}: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The program is shutting down and takes on no more work.
    #[error("the program is shutting down")]
    Stopped,
}

impl SeriesError {
    /// Whether the disk is full, or what the user may take of it is used up.
    pub fn is_storage_full(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match self {
            SeriesError::Io { source, .. } => {
                matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge)
            }
            _ => false,
        }
    }

    pub(crate) fn column(column: &str, problem: impl Into<String>) -> Self {
        SeriesError::Column { column: column.to_owned(), problem: problem.into() }
    }

    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        SeriesError::Io { path: path.to_owned(), source }
    }

    pub(crate) fn damaged(path: &Path, problem: &dyn fmt::Display) -> Self {
        SeriesError::Damaged { path: path.to_owned(), problem: problem.to_string() }
    }

    /// What the Parquet library says of the file at `path`: where the operating system was behind it, its own words.
    pub(crate) fn parquet(path: &Path, error: ParquetError) -> Self {
        match error {
            ParquetError::External(cause) => match cause.downcast::<io::Error>() {
                Ok(source) => SeriesError::io(path, *source),
                Err(cause) => SeriesError::damaged(path, &cause),
            },
            other => SeriesError::damaged(path, &other),
        }
    }
}
