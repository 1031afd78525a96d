//! A dataset as arrays: a zip of `.npy` files, not compressed, so that numpy reads them as fast as the disk does.
//!
//! Arrays lie one behind the other and each says its shape first. So the table is read once to count its rows and to
//! measure its texts, and then once for each array, of which only that array's columns are read.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use arrow::array::{Array, AsArray, Float64Array, RecordBatch};
use arrow::datatypes::Float64Type;
use fettle_frame::LabelType;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::npy::{self, Element};
use crate::StorageError;
use crate::table::{Cells, Part, TableReader, or_nan};

const DEVICE_COLUMN: usize = 0;
const START_COLUMN: usize = 1;

pub(super) fn write(table: &TableReader, to: &Path) -> Result<(), StorageError> {
    let mut arrays = Arrays::create(to)?;
    let label = table.schema().label_column();
    let sides = [Side::measure(table, Part::Train)?, Side::measure(table, Part::Val)?];
    for side in &sides {
        write_features(table, side, &mut arrays)?;
        write_column(table, side, "y", label, side.label, &mut arrays)?;
    }
    write_feature_names(table, &mut arrays)?;
    for side in &sides {
        write_column(table, side, "device", DEVICE_COLUMN, Element::Text(side.device_width), &mut arrays)?;
    }
    for side in &sides {
        write_column(table, side, "start", START_COLUMN, Element::Time, &mut arrays)?;
    }
    arrays.finish()
}

/// What must be known of a side before its arrays can be written.
struct Side {
    part: Part,
    rows: u64,
    /// How many characters the longest device code has.
    device_width: usize,
    label: Element,
}

impl Side {
    fn measure(table: &TableReader, part: Part) -> Result<Self, StorageError> {
        let mut rows = 0;
        let (mut device_width, mut label_width) = (1, 1);
        for batch in table.columns(part, [DEVICE_COLUMN, table.schema().label_column()])? {
            let batch = batch?;
            rows += batch.num_rows() as u64;
            device_width = device_width.max(widest(&batch, 0));
            label_width = label_width.max(widest(&batch, 1));
        }
        let label = match table.schema().label_type() {
            LabelType::Int => Element::Int,
            LabelType::Float => Element::Float,
            LabelType::Bool => Element::Bool,
            LabelType::Text => Element::Text(label_width),
        };
        Ok(Self { part, rows, device_width, label })
    }

    /// What an array of this side is called.
    fn name(&self, array: &str) -> String {
        format!("{array}_{}", self.part.as_str())
    }
}

/// The width of the longest text in a column; 0 where it holds something else.
fn widest(rows: &RecordBatch, column: usize) -> usize {
    match Cells::of(rows.column(column)) {
        Cells::Text(cells) => cells.iter().flatten().map(npy::width).max().unwrap_or(0),
        _ => 0,
    }
}

fn write_features(table: &TableReader, side: &Side, arrays: &mut Arrays<'_>) -> Result<(), StorageError> {
    let columns = table.schema().feature_columns();
    arrays.begin(&side.name("X"), Element::Float, &[side.rows, columns.len() as u64])?;
    let mut bytes = Vec::new();
    for rows in table.columns(side.part, columns)? {
        let rows = rows?;
        let columns: Vec<&Float64Array> =
            rows.columns().iter().map(AsArray::as_primitive::<Float64Type>).collect();
        bytes.clear();
        for row in 0..rows.num_rows() {
            bytes.extend(columns.iter().flat_map(|cells| or_nan(cells, row).to_le_bytes()));
        }
        arrays.write(&bytes)?;
    }
    Ok(())
}

/// Writes the array of one column.
fn write_column(
    table: &TableReader,
    side: &Side,
    name: &str,
    column: usize,
    element: Element,
    arrays: &mut Arrays<'_>,
) -> Result<(), StorageError> {
    arrays.begin(&side.name(name), element, &[side.rows])?;
    let mut bytes = Vec::new();
    for rows in table.columns(side.part, [column])? {
        let rows = rows?;
        bytes.clear();
        push_cells(rows.column(0).as_ref(), element, &mut bytes);
        arrays.write(&bytes)?;
    }
    Ok(())
}

fn push_cells(column: &dyn Array, element: Element, bytes: &mut Vec<u8>) {
    match Cells::of(column) {
        Cells::Text(cells) => {
            cells.iter().flatten().for_each(|text| npy::push_text(text, element.characters(), bytes));
        }
        Cells::Time(cells) => bytes.extend(cells.values().iter().flat_map(|cell| cell.to_le_bytes())),
        Cells::Float(cells) => bytes.extend(cells.values().iter().flat_map(|cell| cell.to_le_bytes())),
        Cells::Int(cells) => bytes.extend(cells.values().iter().flat_map(|cell| cell.to_le_bytes())),
        Cells::Bool(cells) => bytes.extend(cells.values().iter().map(u8::from)),
    }
}

fn write_feature_names(table: &TableReader, arrays: &mut Arrays<'_>) -> Result<(), StorageError> {
    let names: Vec<&str> = table.schema().features().collect();
    let width = names.iter().map(|name| npy::width(name)).max().unwrap_or(1);
    arrays.begin("feature_names", Element::Text(width), &[names.len() as u64])?;
    let mut bytes = Vec::new();
    names.iter().for_each(|name| npy::push_text(name, width, &mut bytes));
    arrays.write(&bytes)
}

/// The zip file in the making.
struct Arrays<'a> {
    path: &'a Path,
    zip: ZipWriter<BufWriter<File>>,
}

impl<'a> Arrays<'a> {
    fn create(path: &'a Path) -> Result<Self, StorageError> {
        let file = File::create(path).map_err(|error| StorageError::writing(path.display(), error))?;
        Ok(Self { path, zip: ZipWriter::new(BufWriter::new(file)) })
    }

    /// Begins an array; its elements are what is written from then on.
    fn begin(&mut self, name: &str, element: Element, shape: &[u64]) -> Result<(), StorageError> {
        let header = npy::header(element, shape);
        let bytes = header.len() as u64 + element.bytes() * shape.iter().product::<u64>();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            // The same whenever it is made.
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(0o644)
            // zip64, which takes a few bytes more.
            .large_file(bytes >= u64::from(u32::MAX));
        let begun = self.zip.start_file(format!("{name}.npy"), options);
        begun.map_err(|error| StorageError::writing(self.path.display(), error))?;
        self.write(&header)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        self.zip.write_all(bytes).map_err(|error| StorageError::writing(self.path.display(), error))
    }

    fn finish(self) -> Result<(), StorageError> {
        let mut file =
            self.zip.finish().map_err(|error| StorageError::writing(self.path.display(), error))?;
        file.flush().map_err(|error| StorageError::writing(self.path.display(), error))
    }
}
