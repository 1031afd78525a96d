//! The formats that a dataset is handed out in, each made from its Parquet file in one run and in bounded memory. The
//! same file gives the same bytes.

mod arrow;
mod csv;
mod npy;
mod npz;
mod parquet;

use std::path::Path;

use crate::StorageError;
use crate::table::{Part, TableReader};

/// How a file holds rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A Parquet file, compressed with zstd: how datasets are stored.
    Parquet,
    /// An Arrow IPC stream, which pyarrow, polars and others read from a file as from a connection.
    Arrow,
    /// Text as of RFC 4180, but for lines that end with a mere line feed: a line of names, then a line for each row.
    /// Times are ISO 8601 in UTC, all with the same fraction digits; numbers read back as the same bits; missing cells
    /// are empty.
    Csv,
    /// Arrays for `numpy.load`, without pickle: `X_train`, `y_train`, `X_val`, `y_val`, `feature_names`,
    /// `device_train`, `device_val`, `start_train`, `start_val`. X is float64, a row for each window, NaN where a cell
    /// is missing; y int64, float64, bool or `<U`; `start` the windows' starts, `datetime64[ns]` in UTC.
    Npz,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 4] = [Format::Parquet, Format::Arrow, Format::Csv, Format::Npz];

    /// Its name in requests and how its files' names end, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Arrow => "arrow",
            Format::Csv => "csv",
            Format::Npz => "npz",
        }
    }

    /// As in `Content-Type`.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Parquet => "application/vnd.apache.parquet",
            Format::Arrow => "application/vnd.apache.arrow.stream",
            Format::Csv => "text/csv; charset=utf-8; header=present",
            // There is none of its own: it is a zip of arrays.
            Format::Npz => "application/zip",
        }
    }
}

/// A file that a dataset can be had as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Artifact {
    format: Format,
    part: Part,
}

/// An npz file holds both sides, and there is none of a part of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an npz file always has both sides")]
pub struct NpzHasBothSides;

impl Artifact {
    /// The Parquet file of all rows: what is stored when a dataset is built, and all others are made from.
    pub const DATA: Artifact = Artifact { format: Format::Parquet, part: Part::All };

    /// A part of a dataset in a format.
    pub fn new(format: Format, part: Part) -> Result<Self, NpzHasBothSides> {
        if format == Format::Npz && part != Part::All {
            return Err(NpzHasBothSides);
        }
        Ok(Self { format, part })
    }

    /// Its format.
    pub fn format(self) -> Format {
        self.format
    }

    /// The rows it holds.
    pub fn part(self) -> Part {
        self.part
    }

    /// What its file is called: `data.parquet` for [`DATA`](Artifact::DATA), else as `train.csv`.
    pub fn file_name(self) -> String {
        let stem = if self == Artifact::DATA { "data" } else { self.part.as_str() };
        format!("{stem}.{}", self.format.extension())
    }
}

/// Makes `artifact` from the dataset's Parquet file at `data`, as a local file at `to`, in the place of one that is
/// there. Blocks until it is done; what failed half way is left for the caller to remove. From data that is damaged
/// nothing is made.
pub fn make(artifact: Artifact, data: &Path, to: &Path) -> Result<(), StorageError> {
    let table = TableReader::open(data)?;
    table.verify()?;
    match artifact.format {
        Format::Parquet => parquet::write(&table, artifact.part, to),
        Format::Arrow => arrow::write(&table, artifact.part, to),
        Format::Csv => csv::write(&table, artifact.part, to),
        Format::Npz => npz::write(&table, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_artifact_has_a_name_of_its_own() {
        let mut names = Vec::new();
        for format in Format::ALL {
            for part in [Part::All, Part::Train, Part::Val] {
                names.extend(Artifact::new(format, part).map(Artifact::file_name));
            }
        }
        assert_eq!(
            names,
            [
                "data.parquet",
                "train.parquet",
                "val.parquet",
                "all.arrow",
                "train.arrow",
                "val.arrow",
                "all.csv",
                "train.csv",
                "val.csv",
                "all.npz"
            ]
        );
    }
}
