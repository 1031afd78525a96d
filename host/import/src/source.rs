//! A file to import.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use crate::ImportError;

/// A file, and what messages call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// What messages and the report call it.
    pub name: String,
    /// What it is. `None`: a file that begins like Parquet, or is named `.parquet`, is that; every other is CSV.
    pub format: Option<Format>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines of separated cells.
    Csv,
    /// Apache Parquet.
    Parquet,
}

/// What every Parquet file begins and ends with.
const PARQUET_MAGIC: [u8; 4] = *b"PAR1";

impl Source {
    /// The file at `path`, called by its path.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { name: path.display().to_string(), path, format: None }
    }

    /// Opens the file: what it is, and how many bytes it has.
    pub(crate) fn open(&self) -> Result<(File, Format, u64), ImportError> {
        let unreadable = |error| ImportError::unreadable(&self.name, error);
        let file = File::open(&self.path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()));
        }
        if metadata.is_file() && metadata.len() == 0 {
            return Err(ImportError::Empty { file: self.name.clone() });
        }
        let format = match self.format {
            Some(format) => format,
            None if self.path.extension().is_some_and(|extension| extension == "parquet") => Format::Parquet,
            None if metadata.is_file() && begins_like_parquet(&self.path).map_err(unreadable)? => {
                Format::Parquet
            }
            None => Format::Csv,
        };
        Ok((file, format, metadata.len()))
    }
}

/// Looks through a handle of its own, so that the other one stays at the beginning.
fn begins_like_parquet(path: &std::path::Path) -> io::Result<bool> {
    let mut beginning = Vec::new();
    File::open(path)?.take(PARQUET_MAGIC.len() as u64).read_to_end(&mut beginning)?;
    Ok(beginning == PARQUET_MAGIC)
}
