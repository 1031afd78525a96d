//! What can go wrong with a dataset's files.

use std::error::Error;
use std::fmt::Display;
use std::io::ErrorKind;

type Cause = Box<dyn Error + Send + Sync>;

/// Why a file or an object could not be written or read. Each names it, and says what whoever runs the program would
/// do about it: make room, wait, look at the damage.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A place for datasets that cannot be one.
    #[error("`{location}` is no place for datasets: {problem}")]
    Location {
        /// As it was given.
        location: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is nothing of this name.
    #[error("{what} does not exist")]
    NotFound {
        /// Of which file or object.
        what: String,
    },
    /// There is something of this name already, and it stays as it is.
    #[error("{what} exists already")]
    Exists {
        /// Of which file or object.
        what: String,
    },
    /// The disk or the bucket is full, or what may be taken of it is used up.
    #[error("{what} cannot be written, there is no space left: {source}")]
    StorageFull {
        /// Of which file or object.
        what: String,
        /// As the operating system or the object store said it.
        source: Cause,
    },
    /// The operating system or the object store refused, or did not answer.
    #[error("{what} cannot be reached: {source}")]
    Unavailable {
        /// Of which file or object.
        what: String,
        /// As the operating system or the object store said it.
        source: Cause,
    },
    /// It holds something else than was once written there.
    #[error("{what} is damaged: {problem}")]
    Damaged {
        /// Of which file or object.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl StorageError {
    /// What came of writing `what`.
    pub(crate) fn writing(what: impl Display, error: impl Into<Cause>) -> Self {
        let (what, source) = (what.to_string(), error.into());
        if says_full(source.as_ref()) {
            StorageError::StorageFull { what, source }
        } else {
            StorageError::Unavailable { what, source }
        }
    }

    /// What came of reading `what`: where the operating system is not behind it, its content is.
    pub(crate) fn reading(what: impl Display, error: impl Into<Cause>) -> Self {
        let (what, source) = (what.to_string(), error.into());
        match io_kind(source.as_ref()) {
            Some(kind) if !matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::InvalidData) => {
                StorageError::Unavailable { what, source }
            }
            _ => StorageError::Damaged { what, problem: source.to_string() },
        }
    }

    /// What an object store says of the object `what`.
    pub(crate) fn object(what: impl Display, error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => StorageError::NotFound { what: what.to_string() },
            object_store::Error::AlreadyExists { .. } => StorageError::Exists { what: what.to_string() },
            other => StorageError::writing(what, other),
        }
    }

    pub(crate) fn damaged(what: impl Display, problem: impl Display) -> Self {
        StorageError::Damaged { what: what.to_string(), problem: problem.to_string() }
    }
}

fn says_full(error: &(dyn Error + 'static)) -> bool {
    // EFBIG is what a process is told that has used up the file size it may write (ulimit -f).
    matches!(
        io_kind(error),
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
    ) || chain(error).any(says_insufficient_storage)
}

/// Whether an S3-compatible store that runs on disks of its own (MinIO, Ceph) has filled them. `object_store` shows the
/// status of an answer in its text alone.
fn says_insufficient_storage(error: &(dyn Error + 'static)) -> bool {
    error.to_string().contains("507 Insufficient Storage")
}

/// What the operating system says at the root of an error, if it is there.
fn io_kind(error: &(dyn Error + 'static)) -> Option<ErrorKind> {
    chain(error).find_map(|error| error.downcast_ref::<std::io::Error>()).map(std::io::Error::kind)
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use std::io;

    use arrow::error::ArrowError;
    use parquet::errors::ParquetError;

    use super::*;

    #[test]
    fn a_full_disk_is_told_from_others_however_deep_it_is_wrapped() {
        let full = || io::Error::from(ErrorKind::StorageFull);
        let away = || io::Error::from(ErrorKind::PermissionDenied);
        let wrapped = |error: io::Error| object_store::Error::Generic { store: "test", source: error.into() };
        for (error, is_full) in [
            (StorageError::writing("a", full()), true),
            (StorageError::writing("a", io::Error::from(ErrorKind::QuotaExceeded)), true),
            (StorageError::writing("a", ParquetError::from(full())), true),
            (StorageError::writing("a", ArrowError::from(full())), true),
            (StorageError::writing("a", zip::result::ZipError::from(full())), true),
            (StorageError::object("a", wrapped(full())), true),
            (
                StorageError::object("a", wrapped(io::Error::other("status code: 507 Insufficient Storage"))),
                true,
            ),
            (StorageError::writing("a", ParquetError::from(away())), false),
            (StorageError::object("a", wrapped(away())), false),
        ] {
            match error {
                StorageError::StorageFull { .. } => assert!(is_full, "{error}"),
                StorageError::Unavailable { .. } => assert!(!is_full, "{error}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_damaged_unless_the_operating_system_refused() {
        let refused = io::Error::from(ErrorKind::PermissionDenied);
        assert!(matches!(
            StorageError::reading("a", ParquetError::from(refused)),
            StorageError::Unavailable { .. }
        ));
        for error in [
            ParquetError::from(io::Error::from(ErrorKind::UnexpectedEof)),
            ParquetError::General("no footer".to_owned()),
        ] {
            assert!(matches!(StorageError::reading("a", error), StorageError::Damaged { .. }));
        }
    }
}
