//! What a table holds, in 32 bytes.

use std::fmt;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use sha2::{Digest, Sha256};

use super::cells::{Cells, or_nan};
use super::schema::TableSchema;

/// What a file calls the digest of its content, in its metadata.
pub(super) const CONTENT_DIGEST: &str = "content_sha256";

/// The NaN that stands for a missing cell.
const MISSING: u64 = 0x7ff8_0000_0000_0000;

/// The sha256 of a table's content: the names and types of its columns and every value in its order. It says nothing
/// of file formats, compression, metadata, or how the rows were cut into batches, so that the same content has the
/// same digest for ever.
///
/// What is hashed: the number of columns; for each its name and its type (`utf8`, `time`, `float64`, `int64`, `bool`);
/// then the cells row by row. Numbers are 64 bits, little-endian; times are nanoseconds since the Unix epoch; a truth
/// value is one byte, 0 or 1; before a text stands its length in bytes. A missing cell is the NaN
/// `0x7ff8000000000000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentDigest([u8; 32]);

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// A content digest in the making.
#[derive(Debug)]
pub(super) struct ContentHasher {
    hash: Sha256,
    /// The row that is being taken in.
    row: Vec<u8>,
}

impl ContentHasher {
    pub(super) fn new(schema: &TableSchema) -> Self {
        let fields = schema.arrow().fields();
        let mut start = Vec::new();
        push_length(fields.len(), &mut start);
        for field in fields {
            push_text(field.name(), &mut start);
            push_text(type_name(field.data_type()), &mut start);
        }
        Self { hash: Sha256::new_with_prefix(start), row: Vec::new() }
    }

    /// Takes in the next rows, which must have the columns that it was made for.
    pub(super) fn update(&mut self, rows: &RecordBatch) {
        let columns: Vec<_> = rows.columns().iter().map(|column| Cells::of(column.as_ref())).collect();
        for row in 0..rows.num_rows() {
            self.row.clear();
            for column in &columns {
                push_cell(column, row, &mut self.row);
            }
            self.hash.update(&self.row);
        }
    }

    /// The digest of all that was taken in.
    pub(super) fn finish(self) -> ContentDigest {
        ContentDigest(self.hash.finalize().into())
    }
}

fn push_cell(column: &Cells<'_>, row: usize, into: &mut Vec<u8>) {
    match column {
        Cells::Text(cells) => push_text(cells.value(row), into),
        Cells::Time(cells) => into.extend(cells.value(row).to_le_bytes()),
        Cells::Float(cells) => {
            let value = or_nan(cells, row);
            let bits = if value.is_nan() { MISSING } else { value.to_bits() };
            into.extend(bits.to_le_bytes());
        }
        Cells::Int(cells) => into.extend(cells.value(row).to_le_bytes()),
        Cells::Bool(cells) => into.push(cells.value(row).into()),
    }
}

/// The types of [`TableSchema`], and no others.
fn type_name(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Utf8 => "utf8",
        DataType::Float64 => "float64",
        DataType::Int64 => "int64",
        DataType::Boolean => "bool",
        _ => "time",
    }
}

fn push_text(text: &str, into: &mut Vec<u8>) {
    push_length(text.len(), into);
    into.extend(text.as_bytes());
}

fn push_length(length: usize, into: &mut Vec<u8>) {
    into.extend((length as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
    use fettle_frame::LabelType;

    use super::super::schema::{feature_cells, time_cells};
    use super::*;

    /// A row: device, start, end, side, two features, label.
    type Row = (&'static str, i64, i64, &'static str, f64, f64, i64);

    const ROWS: [Row; 3] = [
        ("welder-1", 0, 10, "train", 0.5, f64::NAN, 1),
        ("welder-1", 5, 15, "train", -0.0, 2.0, 0),
        ("welder-2", 0, 10, "val", 1e300, 3.0, 1),
    ];

    fn schema(features: [&str; 2], label: &str) -> TableSchema {
        TableSchema::new(&features.map(str::to_owned), label, LabelType::Int).unwrap()
    }

    fn batch(schema: &TableSchema, rows: &[Row]) -> RecordBatch {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.0))),
            Arc::new(time_cells(rows.iter().map(|row| row.1).collect())),
            Arc::new(time_cells(rows.iter().map(|row| row.2).collect())),
            Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.3))),
            Arc::new(feature_cells(rows.iter().map(|row| row.4).collect())),
            Arc::new(feature_cells(rows.iter().map(|row| row.5).collect())),
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.6))),
        ];
        RecordBatch::try_new(Arc::clone(schema.arrow()), columns).unwrap()
    }

    fn digest(schema: &TableSchema, batches: &[RecordBatch]) -> String {
        let mut hasher = ContentHasher::new(schema);
        for batch in batches {
            hasher.update(batch);
        }
        hasher.finish().to_string()
    }

    fn digest_of(rows: &[Row]) -> String {
        let schema = schema(["a", "b"], "y");
        digest(&schema, &[batch(&schema, rows)])
    }

    #[test]
    fn it_is_the_same_in_every_version_of_the_program() {
        let digest = "1cdcbe4947f948096c2b4d4a70b5889cb2dac1d9498585068acc75b8eab9411b";
        assert_eq!(digest_of(&ROWS), digest);
    }

    #[test]
    fn where_the_rows_are_cut_into_batches_does_not_matter() {
        let schema = schema(["a", "b"], "y");
        let whole = batch(&schema, &ROWS);
        let expected = digest(&schema, std::slice::from_ref(&whole));
        for cut in 0..=ROWS.len() {
            let parts = [whole.slice(0, cut), whole.slice(cut, ROWS.len() - cut)];
            assert_eq!(digest(&schema, &parts), expected, "cut at {cut}");
        }
    }

    #[test]
    fn neither_metadata_nor_how_a_cell_is_missing_matters() {
        let plain = schema(["a", "b"], "y");
        let about = [("fettle".to_owned(), "{}".to_owned())].into();
        let rows = batch(&plain, &ROWS);
        let mut columns = rows.columns().to_vec();
        let mut values: Vec<_> = ROWS.iter().map(|row| row.5).collect();
        values[0] = f64::from_bits(0xfff8_0000_0000_0042);
        columns[5] = Arc::new(Float64Array::from(values));
        let with_nan = RecordBatch::try_new(Arc::clone(plain.arrow()), columns).unwrap();
        assert_eq!(digest(&plain.clone().with_metadata(about), &[with_nan]), digest(&plain, &[rows]));
    }

    #[test]
    fn any_change_of_a_cell_an_order_or_a_name_changes_it() {
        let mut digests = vec![digest_of(&ROWS), digest_of(&ROWS[..2]), digest_of(&[])];
        let changes: [fn(&mut Row); 8] = [
            |row| row.0 = "welder-3",
            |row| row.1 += 1,
            |row| row.2 += 1,
            |row| row.3 = "other",
            |row| row.4 = f64::from_bits(row.4.to_bits() ^ 1),
            |row| row.4 = -row.4,
            |row| row.5 = 0.0,
            |row| row.6 = 7,
        ];
        for at in 0..ROWS.len() {
            for change in changes {
                let mut rows = ROWS;
                change(&mut rows[at]);
                digests.push(digest_of(&rows));
            }
        }
        digests.push(digest_of(&[ROWS[1], ROWS[0], ROWS[2]]));
        // What moves from one text into the next one, or from one name into another.
        digests.push(digest_of(&[("welder-", 1, 10, "1train", 0.5, f64::NAN, 1)]));
        digests.push(digest_of(&[("welder-1", 1, 10, "train", 0.5, f64::NAN, 1)]));
        for (features, label) in [(["b", "a"], "y"), (["a", "c"], "y"), (["a", "b"], "z"), (["ab", "c"], "y")]
        {
            let schema = schema(features, label);
            digests.push(digest(&schema, &[batch(&schema, &ROWS)]));
        }
        let told_apart: std::collections::HashSet<_> = digests.iter().collect();
        assert_eq!(told_apart.len(), digests.len());
    }
}
