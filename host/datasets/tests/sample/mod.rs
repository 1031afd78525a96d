//! A dataset's table with everything in it that formats are prone to get wrong.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use fettle_datasets::table::{TableSchema, TableWriter, WrittenTable, feature_cells, time_cells};
use fettle_frame::LabelType;

/// Quotes would be right too, but polars does not take the doubled ones of CSV for single ones in a name.
pub const FEATURES: [&str; 3] = ["current_mean", "voltage, raw_std", "温度_max"];
pub const LABEL: &str = "quality";

/// One window.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub device: &'static str,
    /// Nanoseconds since the Unix epoch.
    pub start: i64,
    pub end: i64,
    pub split: &'static str,
    /// NaN where missing.
    pub features: [f64; 3],
    pub label: Label,
}

/// A label's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Label {
    Int(i64),
    Float(f64),
    Bool(bool),
    Text(&'static str),
}

/// So many windows, of both sides in turns.
pub fn rows(label_type: LabelType, count: usize) -> Vec<Row> {
    const DEVICES: [&str; 3] = ["welder-1", "press \"A\", left", "焊机7"];
    const VALUES: [f64; 12] = [
        0.1,
        -0.0,
        0.0,
        f64::NAN,
        1.0 / 3.0,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        -1e-308,
        1e6 + 1e-9,
        9_007_199_254_740_993.0,
        42.0,
    ];
    const START: i64 = 1_761_955_200_000_000_000; // 2025-11-01T00:00:00Z
    const MINUTE: i64 = 60_000_000_000;
    (0..count)
        .map(|row| {
            // The first one lies before the epoch, the second one needs nine digits.
            let start = match row {
                0 => -1_500_000_000,
                1 => START + 1,
                _ => START + row as i64 * MINUTE,
            };
            Row {
                device: DEVICES[row % 3],
                start,
                end: start + MINUTE,
                split: if row % 5 == 1 { "val" } else { "train" },
                features: [VALUES[row % 12], VALUES[(row / 12 + 3) % 12], (row as f64).sqrt()],
                label: match label_type {
                    LabelType::Int => Label::Int([0, 1, i64::MAX, -5][row % 4]),
                    LabelType::Float => Label::Float([0.1, -0.0, 1e300, 2.0][row % 4]),
                    LabelType::Bool => Label::Bool(row % 3 == 0),
                    LabelType::Text => Label::Text(["good", "a \"bad\", one", "焊", "line\nfeed"][row % 4]),
                },
            }
        })
        .collect()
}

pub fn schema(label_type: LabelType) -> TableSchema {
    let about = [("dataset".to_owned(), "{\"dataset_id\": \"ds_20251103_001\"}".to_owned())].into();
    TableSchema::new(&FEATURES.map(str::to_owned), LABEL, label_type).unwrap().with_metadata(about)
}

pub fn batch(schema: &TableSchema, rows: &[Row]) -> RecordBatch {
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.device))),
        Arc::new(time_cells(rows.iter().map(|row| row.start).collect())),
        Arc::new(time_cells(rows.iter().map(|row| row.end).collect())),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.split))),
    ];
    for feature in 0..FEATURES.len() {
        columns.push(Arc::new(feature_cells(rows.iter().map(|row| row.features[feature]).collect())));
    }
    columns.push(labels(schema.label_type(), rows));
    RecordBatch::try_new(Arc::clone(schema.arrow()), columns).unwrap()
}

/// Writes a table of these rows, so many in each batch.
pub fn write(path: &Path, label_type: LabelType, rows: &[Row], in_each: usize) -> WrittenTable {
    let schema = schema(label_type);
    let mut table = TableWriter::create(path, &schema).unwrap();
    for rows in rows.chunks(in_each) {
        table.write(&batch(&schema, rows)).unwrap();
    }
    table.finish().unwrap()
}

fn labels(label_type: LabelType, rows: &[Row]) -> ArrayRef {
    let labels = rows.iter().map(|row| &row.label);
    match label_type {
        LabelType::Int => Arc::new(labels.filter_map(Label::int).collect::<Int64Array>()),
        LabelType::Float => Arc::new(labels.filter_map(Label::float).collect::<Float64Array>()),
        LabelType::Bool => Arc::new(labels.filter_map(Label::bool).map(Some).collect::<BooleanArray>()),
        LabelType::Text => Arc::new(StringArray::from_iter_values(labels.filter_map(Label::text))),
    }
}

impl Label {
    pub fn int(&self) -> Option<i64> {
        if let Label::Int(value) = self { Some(*value) } else { None }
    }

    pub fn float(&self) -> Option<f64> {
        if let Label::Float(value) = self { Some(*value) } else { None }
    }

    pub fn bool(&self) -> Option<bool> {
        if let Label::Bool(value) = self { Some(*value) } else { None }
    }

    pub fn text(&self) -> Option<&'static str> {
        if let Label::Text(value) = self { Some(value) } else { None }
    }
}
