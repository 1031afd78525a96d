//! A file to import.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::ImportError;

/// A file, and what messages call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// What messages and the report call it.
    pub name: String,
    /// What it is. `None`: a file that begins like Parquet or Arrow, or is named like it (`.parquet`, `.arrow`,
    /// `.arrows`, `.feather`), is that; every other is CSV.
    pub format: Option<Format>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines of separated cells.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow's file format, with a footer; Feather is another name for it.
    ArrowFile,
    /// Apache Arrow's stream format.
    ArrowStream,
}

/// What files begin with; no text in UTF-8 begins like the last of them.
const MAGIC: [(&[u8], Format); 3] = [
    (b"PAR1", Format::Parquet),
    (b"ARROW1", Format::ArrowFile),
    (&[0xFF, 0xFF, 0xFF, 0xFF], Format::ArrowStream),
];

/// What files are by their names, whatever they begin with: of one that is broken, that is told.
const EXTENSIONS: [(&str, Format); 4] = [
    ("parquet", Format::Parquet),
    ("arrow", Format::ArrowFile),
    ("feather", Format::ArrowFile),
    ("arrows", Format::ArrowStream),
];

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
            None if metadata.is_file() => {
                let begun = begins_like(&self.path).map_err(unreadable)?;
                begun.or_else(|| named_like(&self.path)).unwrap_or(Format::Csv)
            }
            None => named_like(&self.path).unwrap_or(Format::Csv),
        };
        Ok((file, format, metadata.len()))
    }
}

/// Looks through a handle of its own, so that the other one stays at the beginning.
fn begins_like(path: &Path) -> io::Result<Option<Format>> {
    let mut beginning = Vec::new();
    let longest = MAGIC.iter().map(|(magic, _)| magic.len()).max().unwrap_or(0);
    File::open(path)?.take(longest as u64).read_to_end(&mut beginning)?;
    Ok(MAGIC.iter().find(|(magic, _)| beginning.starts_with(magic)).map(|(_, format)| *format))
}

fn named_like(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    EXTENSIONS.iter().find(|(named, _)| *named == extension).map(|(_, format)| *format)
}
