//! What a month's file holds, as short as it can be said.

use std::collections::HashMap;

use fettle_frame::TIME_COLUMN;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::file::statistics::Statistics;

use super::encoding::stored_columns;
use crate::{ColumnKind, StoredColumn};

/// Columns and row groups of a file.
#[derive(Debug)]
pub struct Outline {
    /// The columns behind the time column.
    pub columns: Vec<StoredColumn>,
    /// The row groups, in the order of time.
    pub groups: Vec<Group>,
    kinds: HashMap<String, ColumnKind>,
}

/// A row group.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// How many rows it has.
    pub rows: usize,
    /// Time of its first row.
    pub first: i64,
    /// Time of its last row.
    pub last: i64,
}

impl Outline {
    /// Of a file with this footer. The error says what no month's file has.
    pub fn of(footer: &ArrowReaderMetadata) -> Result<Self, String> {
        let metadata = footer.metadata();
        let columns = stored_columns(footer.schema(), metadata.file_metadata().key_value_metadata())?;
        let kinds = columns.iter().map(|column| (column.name.clone(), column.kind)).collect();
        let groups = metadata.row_groups().iter().enumerate().map(|(number, group)| {
            let times = match group.column(0).statistics() {
                Some(Statistics::Int64(times)) => times.min_opt().copied().zip(times.max_opt().copied()),
                _ => None,
            };
            let (first, last) = times.ok_or_else(|| {
                format!("row group {number} does not say from when to when `{TIME_COLUMN}` runs")
            })?;
            let rows = usize::try_from(group.num_rows())
                .map_err(|_| format!("row group {number} has {} rows", group.num_rows()))?;
            Ok(Group { rows, first, last })
        });
        Ok(Self { groups: groups.collect::<Result<_, String>>()?, columns, kinds })
    }

    /// What a column holds, if the file has it.
    pub fn kind(&self, column: &str) -> Option<ColumnKind> {
        self.kinds.get(column).copied()
    }

    /// About how many bytes it takes up.
    pub fn bytes(&self) -> usize {
        let names: usize = self.columns.iter().map(|column| 2 * column.name.len() + 96).sum();
        names + self.groups.len() * size_of::<Group>() + size_of::<Self>()
    }
}
