//! Frames to and from Arrow record batches.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, TimeUnit, TimestampNanosecondType};

use crate::{Frame, FrameError, Label, LabelValues, Signal};

/// The name of the time column in a frame's record batch.
pub const TIME_COLUMN: &str = "timestamp";

/// A record batch that is no frame.
#[derive(Debug, thiserror::Error)]
pub enum ArrowError {
    /// A column is absent, or holds something else than a frame can.
    #[error("column `{column}`: {problem}")]
    Column {
        /// The column's name.
        column: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The columns do not fit together.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Arrow itself refused.
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
}

impl Frame {
    /// The frame as one batch: `timestamp`, the signals, the labels. NaN becomes null.
    pub fn to_record_batch(&self) -> Result<RecordBatch, ArrowError> {
        let mut fields = vec![Field::new(
            TIME_COLUMN,
            DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            false,
        )];
        let mut columns: Vec<ArrayRef> =
            vec![Arc::new(TimestampNanosecondArray::from(self.timestamps.clone()).with_timezone("UTC"))];
        for signal in &self.signals {
            fields.push(Field::new(&signal.name, DataType::Float64, true));
            let present = signal.values.iter().map(|&value| (!value.is_nan()).then_some(value));
            columns.push(Arc::new(Float64Array::from_iter(present)));
        }
        for label in &self.labels {
            let column = label.values.to_array();
            fields.push(Field::new(&label.name, column.data_type().clone(), true));
            columns.push(column);
        }
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
    }

    /// The frame in a batch that [`to_record_batch`](Frame::to_record_batch) wrote, its labels told by name.
    pub fn from_record_batch(
        batch: &RecordBatch,
        is_label: impl Fn(&str) -> bool,
    ) -> Result<Frame, ArrowError> {
        let mut frame = Frame::default();
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let name = field.name();
            if name == TIME_COLUMN {
                let times = column.as_primitive_opt::<TimestampNanosecondType>().ok_or_else(|| {
                    wrong(name, format!("is {}, not a timestamp in nanoseconds", column.data_type()))
                })?;
                frame.timestamps = times.values().to_vec();
            } else if is_label(name) {
                frame
                    .labels
                    .push(Label { name: name.clone(), values: LabelValues::from_array(name, column)? });
            } else {
                frame.signals.push(Signal { name: name.clone(), values: signal_values(name, column)? });
            }
        }
        Ok(Frame::new(frame.timestamps, frame.signals, frame.labels)?)
    }
}

impl LabelValues {
    fn to_array(&self) -> ArrayRef {
        match self {
            LabelValues::Int(values) => Arc::new(Int64Array::from(values.clone())),
            LabelValues::Float(values) => Arc::new(Float64Array::from(values.clone())),
            LabelValues::Bool(values) => Arc::new(BooleanArray::from(values.clone())),
            LabelValues::Text(values) => Arc::new(StringArray::from(values.clone())),
        }
    }

    fn from_array(name: &str, column: &ArrayRef) -> Result<Self, ArrowError> {
        match column.data_type() {
            DataType::Int64 => Ok(LabelValues::Int(column.as_primitive::<Int64Type>().iter().collect())),
            DataType::Float64 => {
                let numbers = column.as_primitive::<Float64Type>().iter();
                Ok(LabelValues::Float(numbers.map(|cell| cell.filter(|number| !number.is_nan())).collect()))
            }
            DataType::Boolean => Ok(LabelValues::Bool(column.as_boolean().iter().collect())),
            DataType::Utf8 => Ok(LabelValues::Text(
                column.as_string::<i32>().iter().map(|cell| cell.map(Into::into)).collect(),
            )),
            other => Err(wrong(name, format!("is {other}, which no label is"))),
        }
    }
}

fn signal_values(name: &str, column: &ArrayRef) -> Result<Vec<f64>, ArrowError> {
    let numbers = column
        .as_primitive_opt::<Float64Type>()
        .ok_or_else(|| wrong(name, format!("is {}, not a number column", column.data_type())))?;
    let mut values = numbers.values().to_vec();
    if let Some(nulls) = numbers.nulls() {
        for (value, present) in values.iter_mut().zip(nulls.iter()) {
            if !present {
                *value = f64::NAN;
            }
        }
    }
    Ok(values)
}

fn wrong(column: &str, problem: String) -> ArrowError {
    ArrowError::Column { column: column.to_owned(), problem }
}
