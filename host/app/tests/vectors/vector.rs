//! Vectors as their files hold them.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Map, Value};

/// A request and its answer.
pub struct Vector {
    /// Which rows it is about.
    pub recording: String,
    /// What it is about, for people.
    pub case: String,
    /// The fields of the request, without model and device.
    pub request: Map<String, Value>,
    /// What comes of it: features, or the code of a problem.
    pub expected: Result<Expected, String>,
}

/// Features.
pub struct Expected {
    pub names: Vec<String>,
    /// UTC nanoseconds since the Unix epoch.
    pub timestamps: Vec<i64>,
    /// Window by window.
    pub values: Vec<Option<f64>>,
    /// How far from each value an answer may be.
    pub tolerated: Vec<f64>,
    /// Members that the answer's metadata has to have.
    pub metadata: Map<String, Value>,
    /// Signals whose outlier bounds coincide though values differ.
    pub degenerate: BTreeSet<String>,
}

/// All vectors of a file.
pub fn read(file: &Path) -> Vec<Vector> {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap().build().unwrap();
    reader
        .map(Result::unwrap)
        .flat_map(|batch| (0..batch.num_rows()).map(|row| vector(&batch, row)).collect::<Vec<_>>())
        .collect()
}

fn vector(batch: &RecordBatch, row: usize) -> Vector {
    let text = |name: &str| {
        let column = batch.column_by_name(name).unwrap().as_string::<i32>();
        (!column.is_null(row)).then(|| column.value(row).to_owned())
    };
    let list = |name: &str| -> ArrayRef { batch.column_by_name(name).unwrap().as_list::<i32>().value(row) };
    let texts = |name: &str| -> Vec<String> {
        list(name).as_string::<i32>().iter().map(|text| text.unwrap().to_owned()).collect()
    };
    let numbers =
        |name: &str| -> Vec<Option<f64>> { list(name).as_primitive::<Float64Type>().iter().collect() };
    let expected = match text("refused") {
        Some(code) => Err(code),
        None => Ok(Expected {
            names: texts("names"),
            timestamps: list("timestamps").as_primitive::<Int64Type>().values().to_vec(),
            values: numbers("expected"),
            tolerated: numbers("tolerated").into_iter().map(Option::unwrap).collect(),
            metadata: serde_json::from_str(&text("metadata").unwrap()).unwrap(),
            degenerate: texts("degenerate").into_iter().collect(),
        }),
    };
    Vector {
        recording: text("recording").unwrap(),
        case: text("case").unwrap(),
        request: serde_json::from_str(&text("request").unwrap()).unwrap(),
        expected,
    }
}
