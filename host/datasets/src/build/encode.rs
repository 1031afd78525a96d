//! Writing the table.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use fettle_features::label::{LabelColumn, LabelMeaning};
use fettle_features::split::Side;
use fettle_frame::LabelType;
use tempfile::TempPath;

use super::compute::Computed;
use super::scan::Scan;
use super::sides::Split;
use super::units::Units;
use super::windows::Windows;
use super::work::Work;
use crate::recipe::Recipe;
use crate::table::{TableSchema, TableWriter, WrittenTable, feature_cells, time_cells};
use crate::{DatasetError, StorageError};

/// Cells of a batch: 1 MiB.
const BATCH_CELLS: usize = 1 << 17;

/// A table in a temporary file.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) table: WrittenTable,
    pub(super) path: TempPath,
}

/// Writes training windows, then validation windows, each side in its order; `devices` are the codes of each window's.
pub(super) fn write(
    work: &Work<'_>,
    recipe: &Recipe,
    devices: &[&str],
    windows: &Windows,
    split: &Split,
    computed: &Computed,
    scratch: &Path,
) -> Result<Written, DatasetError> {
    let path = tempfile::Builder::new()
        .prefix("dataset-")
        .suffix(".parquet")
        .tempfile_in(scratch)
        .map_err(|error| StorageError::writing(scratch.display(), error))?
        .into_temp_path();
    let label_type = label_type(windows.labels.meaning());
    let feature_names = &recipe.pipeline.feature_names;
    let schema = TableSchema::new(feature_names, &recipe.model.label.name, label_type)
        .map_err(|clash| StorageError::damaged("the dataset's columns", clash))?;
    let mut writer = TableWriter::create(&path, &schema)?;

    let rows_at_once = (BATCH_CELLS / feature_names.len().max(1)).max(1);
    for (side, places) in [(Side::Train, &split.train), (Side::Val, &split.val)] {
        for places in places.chunks(rows_at_once) {
            work.go_on()?;
            let mut columns: Vec<ArrayRef> = vec![
                Arc::new(StringArray::from_iter_values(places.iter().map(|&place| devices[place as usize]))),
                Arc::new(time_cells(places.iter().map(|&place| windows.first(place as usize)).collect())),
                Arc::new(time_cells(places.iter().map(|&place| windows.last(place as usize)).collect())),
                Arc::new(StringArray::from_iter_values(places.iter().map(|_| side.as_str()))),
            ];
            columns.extend(features(computed, places)?);
            columns.push(labels(&windows.labels.column(), places));
            let batch = RecordBatch::try_new(Arc::clone(schema.arrow()), columns)
                .map_err(|error| StorageError::damaged("the dataset's rows", error))?;
            writer.write(&batch)?;
        }
    }
    Ok(Written { table: writer.finish()?, path })
}

/// What a label is in a table.
pub(crate) fn label_type(meaning: LabelMeaning) -> LabelType {
    match meaning {
        LabelMeaning::IntClass => LabelType::Int,
        LabelMeaning::BoolClass => LabelType::Bool,
        LabelMeaning::TextClass => LabelType::Text,
        LabelMeaning::Number => LabelType::Float,
    }
}

/// The code of each window's device.
pub(super) fn device_of_each<'s>(scan: &'s Scan, units: &Units, windows: &Windows) -> Vec<&'s str> {
    let mut devices = vec![""; windows.len()];
    for (unit, of_unit) in units.units.iter().zip(&windows.of_unit) {
        devices[of_unit.places.clone()].fill(&scan.devices[unit.device].code);
    }
    devices
}

/// The features of some windows: neighbours are read together.
fn features(computed: &Computed, places: &[u32]) -> Result<Vec<ArrayRef>, StorageError> {
    let width = computed.features.width();
    let mut columns: Vec<Vec<f64>> = (0..width).map(|_| Vec::with_capacity(places.len())).collect();
    for run in places.chunk_by(|one, next| *next == one + 1) {
        let read = computed.features.read(run[0] as usize, run.len())?;
        for cells in read.chunks_exact(width) {
            for (column, value) in columns.iter_mut().zip(cells) {
                column.push(*value);
            }
        }
    }
    Ok(columns.into_iter().map(|column| Arc::new(feature_cells(column)) as ArrayRef).collect())
}

fn labels(labels: &LabelColumn<'_>, places: &[u32]) -> ArrayRef {
    let places = places.iter().map(|&place| place as usize);
    match labels {
        LabelColumn::Int(values) => Arc::new(Int64Array::from_iter_values(places.map(|place| values[place]))),
        LabelColumn::Bool(values) => {
            Arc::new(BooleanArray::from(places.map(|place| values[place]).collect::<Vec<bool>>()))
        }
        LabelColumn::Number(values) => {
            Arc::new(Float64Array::from_iter_values(places.map(|place| values[place])))
        }
        LabelColumn::Text { codes, texts } => {
            let text = |place: usize| texts.get_index(codes[place] as usize).map_or("", String::as_str);
            Arc::new(StringArray::from_iter_values(places.map(text)))
        }
    }
}
