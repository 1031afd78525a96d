//! The columns of a dataset's table.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Float64Array, TimestampNanosecondArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use fettle_frame::LabelType;

use super::content_digest::CONTENT_DIGEST;

/// The first column: whose window it is.
pub const DEVICE_CODE: &str = "device_code";
/// The second column: the time of the window's first row.
pub const WINDOW_START: &str = "window_start";
/// The third column: where the window ends.
pub const WINDOW_END: &str = "window_end";
/// The fourth column: the side that the window is on, [`TRAIN`] or [`VAL`].
pub const SPLIT: &str = "split";

/// The side to train on.
pub const TRAIN: &str = "train";
/// The side to validate on.
pub const VAL: &str = "val";

const UTC: &str = "UTC";
/// How many columns stand before the features.
const LEADING: usize = 4;

/// A label or a feature that would be called as another column is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two columns would be called `{0}`")]
pub struct NameClash(pub String);

/// The columns of a dataset's table: `device_code` utf8, `window_start` and `window_end` timestamp[ns, UTC], `split`
/// utf8, the features float64 and nullable, the label under its own name as int64, float64, bool or utf8. No name
/// stands twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSchema {
    arrow: SchemaRef,
    label_type: LabelType,
}

impl TableSchema {
    /// For these features, in this order, and this label.
    pub fn new(features: &[String], label: &str, label_type: LabelType) -> Result<Self, NameClash> {
        let time = || DataType::Timestamp(TimeUnit::Nanosecond, Some(UTC.into()));
        let mut fields = vec![
            Field::new(DEVICE_CODE, DataType::Utf8, false),
            Field::new(WINDOW_START, time(), false),
            Field::new(WINDOW_END, time(), false),
            Field::new(SPLIT, DataType::Utf8, false),
        ];
        fields.extend(features.iter().map(|name| Field::new(name, DataType::Float64, true)));
        fields.push(Field::new(label, label_data_type(label_type), false));
        let mut names = HashSet::new();
        if let Some(twice) = fields.iter().find(|field| !names.insert(field.name())) {
            return Err(NameClash(twice.name().clone()));
        }
        Ok(Self { arrow: Arc::new(Schema::new(fields)), label_type })
    }

    /// The schema of a file that holds such a table, or what it holds instead.
    pub(super) fn of_file(arrow: &SchemaRef) -> Result<Self, String> {
        let fields = arrow.fields();
        if fields.len() <= LEADING {
            return Err(format!("it has {} columns, fewer than any dataset", fields.len()));
        }
        let label = &fields[fields.len() - 1];
        let label_type = [LabelType::Int, LabelType::Float, LabelType::Bool, LabelType::Text]
            .into_iter()
            .find(|&label_type| label_data_type(label_type) == *label.data_type())
            .ok_or_else(|| {
                format!("its last column `{}` is {}, no label", label.name(), label.data_type())
            })?;
        let features: Vec<_> =
            fields[LEADING..fields.len() - 1].iter().map(|field| field.name().clone()).collect();
        // Of the file, and not of its columns.
        let about = arrow.metadata().iter().filter(|(key, _)| key.as_str() != CONTENT_DIGEST);
        let about = about.map(|(key, text)| (key.clone(), text.clone())).collect();
        let expected = Self::new(&features, label.name(), label_type).map_err(|clash| clash.to_string())?;
        match expected.arrow.fields().iter().zip(fields).find(|(expected, found)| expected != found) {
            Some((expected, found)) => Err(format!("there is {found} where {expected} belongs")),
            None => Ok(expected.with_metadata(about)),
        }
    }

    /// The same columns, with more said of the table: texts by their keys, which Parquet and Arrow files carry along.
    pub fn with_metadata(self, about: BTreeMap<String, String>) -> Self {
        let arrow = Schema::new_with_metadata(self.arrow.fields().clone(), about);
        Self { arrow: Arc::new(arrow), ..self }
    }

    /// The columns as Arrow sees them, which is how every batch of rows has them.
    pub fn arrow(&self) -> &SchemaRef {
        &self.arrow
    }

    /// The names of the features.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.arrow.fields()[self.feature_columns()].iter().map(|field| field.name().as_str())
    }

    /// The name of the label.
    pub fn label(&self) -> &str {
        self.arrow.field(self.label_column()).name()
    }

    /// What the label's values are.
    pub fn label_type(&self) -> LabelType {
        self.label_type
    }

    /// Where the features stand among the columns.
    pub fn feature_columns(&self) -> Range<usize> {
        LEADING..self.label_column()
    }

    /// Where the label stands: it is the last column.
    pub fn label_column(&self) -> usize {
        self.arrow.fields().len() - 1
    }
}

/// A feature's column, null where a value is NaN.
pub fn feature_cells(values: Vec<f64>) -> Float64Array {
    let missing = values.iter().any(|value| value.is_nan());
    let present = missing.then(|| values.iter().map(|value| !value.is_nan()).collect::<NullBuffer>());
    Float64Array::new(ScalarBuffer::from(values), present)
}

/// A column of times, in nanoseconds since the Unix epoch.
pub fn time_cells(nanoseconds: Vec<i64>) -> TimestampNanosecondArray {
    TimestampNanosecondArray::from(nanoseconds).with_timezone(UTC)
}

fn label_data_type(label_type: LabelType) -> DataType {
    match label_type {
        LabelType::Int => DataType::Int64,
        LabelType::Float => DataType::Float64,
        LabelType::Bool => DataType::Boolean,
        LabelType::Text => DataType::Utf8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(features: &[&str], label: &str) -> Result<TableSchema, NameClash> {
        let features: Vec<_> = features.iter().map(|&name| name.to_owned()).collect();
        TableSchema::new(&features, label, LabelType::Int)
    }

    #[test]
    fn columns_stand_in_one_order() {
        let schema = schema(&["a_mean", "a_std"], "quality").unwrap();
        let names: Vec<_> = schema.arrow().fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(
            names,
            ["device_code", "window_start", "window_end", "split", "a_mean", "a_std", "quality"]
        );
        assert_eq!(schema.features().collect::<Vec<_>>(), ["a_mean", "a_std"]);
        assert_eq!((schema.label(), schema.feature_columns(), schema.label_column()), ("quality", 4..6, 6));
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_by_name() {
        for (features, label, twice) in [
            (vec!["a", "b"], "split", "split"),
            (vec!["a", "window_end"], "y", "window_end"),
            (vec!["a", "a"], "y", "a"),
            (vec!["a", "y"], "y", "y"),
        ] {
            assert_eq!(schema(&features, label), Err(NameClash(twice.to_owned())));
        }
        assert!(schema(&["a", "Split"], "b").is_ok());
    }

    #[test]
    fn a_file_of_something_else_is_told() {
        let known = schema(&["a"], "y").unwrap();
        assert_eq!(TableSchema::of_file(known.arrow()), Ok(known.clone()));
        let fields = known.arrow().fields();
        let of = |places: &[usize]| places.iter().map(|&at| Arc::clone(&fields[at])).collect::<Vec<_>>();
        for (fields, problem) in [
            (of(&[0, 1, 2]), "3 columns"),
            (of(&[0, 2, 3, 4, 1]), "no label"),
            (of(&[0, 1, 2, 3, 4, 4]), "would be called `a`"),
            (of(&[0, 2, 1, 3, 4, 5]), "where"),
            (of(&[0, 1, 2, 4, 4, 5]), "where"),
        ] {
            let told = TableSchema::of_file(&Arc::new(Schema::new(fields))).unwrap_err();
            assert!(told.contains(problem), "{told}");
        }
    }
}
