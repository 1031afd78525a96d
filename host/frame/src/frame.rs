//! Frames: timestamps, signals and labels of equal length.

use std::ops::Range;

use crate::{Label, LabelType, LabelValues};

/// A device's rows: as many values in every column as there are timestamps.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frame {
    /// UTC nanoseconds since the Unix epoch, strictly ascending.
    pub timestamps: Vec<i64>,
    /// The numeric signals, in the order that was asked for.
    pub signals: Vec<Signal>,
    /// The label columns; no step ever sees them.
    pub labels: Vec<Label>,
}

/// One numeric column. A missing cell is NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// What the model calls it.
    pub name: String,
    /// One value a row; NaN where missing, never infinite.
    pub values: Vec<f64>,
}

/// Rows `[start, end)` of a frame; not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Index of the first row.
    pub start: usize,
    /// Index after the last row.
    pub end: usize,
}

/// Columns that do not make a frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A column has more or fewer values than there are rows.
    #[error("column `{column}` has {values} values for {rows} rows")]
    Length {
        /// The column's name.
        column: String,
        /// How many values it has.
        values: usize,
        /// How many timestamps there are.
        rows: usize,
    },
    /// Timestamps that do not ascend.
    #[error("timestamps do not ascend at row {0}")]
    Order(usize),
    /// Two frames that were to be one have other columns.
    #[error("{0} where another column was expected")]
    Columns(String),
    /// Label cells of two types that were to be one column.
    #[error("label cells of type {found} behind cells of type {expected}")]
    LabelType {
        /// The type of the cells that are there.
        expected: LabelType,
        /// The type of the cells that were to come behind them.
        found: LabelType,
    },
}

impl Frame {
    /// A frame of checked columns.
    pub fn new(timestamps: Vec<i64>, signals: Vec<Signal>, labels: Vec<Label>) -> Result<Self, FrameError> {
        let rows = timestamps.len();
        if let Some(at) = timestamps.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(FrameError::Order(at + 1));
        }
        let lengths = signals
            .iter()
            .map(|signal| (&signal.name, signal.values.len()))
            .chain(labels.iter().map(|label| (&label.name, label.values.len())));
        for (name, values) in lengths {
            if values != rows {
                return Err(FrameError::Length { column: name.clone(), values, rows });
            }
        }
        Ok(Self { timestamps, signals, labels })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.timestamps.len()
    }

    /// The rows at `kept`, ascending indices into this frame.
    pub fn take(&self, kept: &[usize]) -> Frame {
        Frame {
            timestamps: kept.iter().map(|&row| self.timestamps[row]).collect(),
            signals: self
                .signals
                .iter()
                .map(|signal| Signal {
                    name: signal.name.clone(),
                    values: kept.iter().map(|&row| signal.values[row]).collect(),
                })
                .collect(),
            labels: self.labels.iter().map(|label| label.take(kept)).collect(),
        }
    }

    /// The rows `rows`, indices into this frame.
    pub fn slice(&self, rows: Range<usize>) -> Frame {
        Frame {
            timestamps: self.timestamps[rows.clone()].to_vec(),
            signals: self
                .signals
                .iter()
                .map(|signal| Signal {
                    name: signal.name.clone(),
                    values: signal.values[rows.clone()].to_vec(),
                })
                .collect(),
            labels: self
                .labels
                .iter()
                .map(|label| Label { name: label.name.clone(), values: label.values.slice(rows.clone()) })
                .collect(),
        }
    }

    /// Puts later rows behind these. An empty frame without columns takes over those of `later`; otherwise both have
    /// the same columns in the same order, and a frame that was refused is left as it was.
    pub fn append(&mut self, later: Frame) -> Result<(), FrameError> {
        if self.timestamps.is_empty() && self.signals.is_empty() && self.labels.is_empty() {
            *self = later;
            return Ok(());
        }
        self.same_columns(&later)?;
        if let (Some(last), Some(next)) = (self.timestamps.last(), later.timestamps.first())
            && last >= next
        {
            return Err(FrameError::Order(self.rows()));
        }
        self.timestamps.extend(later.timestamps);
        for (signal, more) in self.signals.iter_mut().zip(later.signals) {
            signal.values.extend(more.values);
        }
        for (label, more) in self.labels.iter_mut().zip(later.labels) {
            label.values.append(more.values)?;
        }
        Ok(())
    }

    /// Makes infinite cells missing, of signals and labels, and says how many there were.
    pub fn without_infinities(&mut self) -> u64 {
        let mut count = 0;
        for signal in &mut self.signals {
            for value in signal.values.iter_mut().filter(|value| value.is_infinite()) {
                *value = f64::NAN;
                count += 1;
            }
        }
        for label in &mut self.labels {
            if let LabelValues::Float(values) = &mut label.values {
                for value in values.iter_mut().filter(|value| value.is_some_and(f64::is_infinite)) {
                    *value = None;
                    count += 1;
                }
            }
        }
        count
    }

    fn same_columns(&self, other: &Frame) -> Result<(), FrameError> {
        fn kinds(frame: &Frame) -> Vec<(&str, Option<LabelType>)> {
            let signals = frame.signals.iter().map(|signal| (signal.name.as_str(), None));
            let labels =
                frame.labels.iter().map(|label| (label.name.as_str(), Some(label.values.label_type())));
            signals.chain(labels).collect()
        }
        let (mine, theirs) = (kinds(self), kinds(other));
        if mine == theirs {
            return Ok(());
        }
        let stranger = theirs.iter().zip(&mine).find(|(theirs, mine)| theirs != mine);
        let text = match stranger {
            Some(((name, None), _)) => format!("signal `{name}`"),
            Some(((name, Some(label_type)), _)) => format!("label `{name}` ({label_type})"),
            None => format!("{} columns", theirs.len()),
        };
        Err(FrameError::Columns(text))
    }
}
