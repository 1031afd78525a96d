//! Features of all windows in a file, a row of fixed width for each window, so that any row is one read away.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::StorageError;

/// Rows of `width` values, little-endian f64, in a file without a name: nothing is left of it, however the program ends.
#[derive(Debug)]
pub(crate) struct Spill {
    file: File,
    width: usize,
    rows: usize,
}

impl Spill {
    /// An empty one in `scratch`.
    pub(crate) fn create(scratch: &Path, width: usize) -> Result<Self, StorageError> {
        let file = tempfile::tempfile_in(scratch)
            .map_err(|error| StorageError::writing(scratch.display(), error))?;
        Ok(Self { file, width, rows: 0 })
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many values a row has.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Puts rows behind those that are there; a slice for each column.
    pub(crate) fn append(&mut self, columns: &[Vec<f64>]) -> Result<(), StorageError> {
        let rows = columns.first().map_or(0, Vec::len);
        self.write(self.rows, columns)?;
        self.rows += rows;
        Ok(())
    }

    /// Writes rows from the `first` on; a slice for each column.
    pub(super) fn write(&self, first: usize, columns: &[Vec<f64>]) -> Result<(), StorageError> {
        /// Values that are written at once.
        const AT_ONCE: usize = 1 << 16;
        let rows = columns.first().map_or(0, Vec::len);
        let block = (AT_ONCE / self.width.max(1)).max(1);
        let mut bytes = Vec::with_capacity(block.min(rows) * self.row_bytes());
        for begin in (0..rows).step_by(block) {
            bytes.clear();
            for row in begin..rows.min(begin + block) {
                for column in columns {
                    bytes.extend_from_slice(&column[row].to_le_bytes());
                }
            }
            let at = self.offset(first + begin);
            self.file.write_all_at(&bytes, at).map_err(|error| StorageError::writing(NAME, error))?;
        }
        Ok(())
    }

    /// Reads `rows` rows from the `first` on: value after value.
    pub(crate) fn read(&self, first: usize, rows: usize) -> Result<Vec<f64>, StorageError> {
        let mut bytes = vec![0; rows * self.row_bytes()];
        self.file.read_exact_at(&mut bytes, self.offset(first)).map_err(unreadable)?;
        let (values, _) = bytes.as_chunks::<{ size_of::<f64>() }>();
        Ok(values.iter().map(|value| f64::from_le_bytes(*value)).collect())
    }

    fn row_bytes(&self) -> usize {
        self.width * size_of::<f64>()
    }

    fn offset(&self, row: usize) -> u64 {
        row as u64 * self.row_bytes() as u64
    }
}

/// What messages call it.
const NAME: &str = "the temporary file of features";

fn unreadable(error: io::Error) -> StorageError {
    StorageError::reading(NAME, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_to_the_bit_wherever_they_stand() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::create(folder.path(), 2).unwrap();
        spill.append(&[vec![1.0, f64::NAN], vec![-0.0, 4.0]]).unwrap();
        spill.append(&[vec![5.0], vec![6.0]]).unwrap();
        spill.write(1, &[vec![7.0], vec![8.0]]).unwrap();
        assert_eq!((spill.rows(), spill.width()), (3, 2));
        assert_eq!(spill.read(1, 2).unwrap(), [7.0, 8.0, 5.0, 6.0]);
        let first = spill.read(0, 1).unwrap();
        assert_eq!((first[0], first[1].to_bits()), (1.0, (-0.0f64).to_bits()));
        assert!(spill.read(3, 1).is_err());
    }

    #[test]
    fn many_rows_are_written_in_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::create(folder.path(), 3).unwrap();
        let column = |from: f64| (0..100_000).map(|row| f64::from(row) + from).collect::<Vec<f64>>();
        spill.append(&[column(0.0), column(0.25), column(0.5)]).unwrap();
        assert_eq!(spill.read(99_999, 1).unwrap(), [99_999.0, 99_999.25, 99_999.5]);
        assert_eq!(spill.read(43_210, 1).unwrap(), [43_210.0, 43_210.25, 43_210.5]);
    }
}
