//! A list of columns, and rows brought into its form.

use std::collections::{HashMap, HashSet};

use fettle_frame::{Frame, Label, LabelType, LabelValues, Signal};

use crate::{ColumnKind, Columns, SeriesError, StoredColumn};

/// Columns with their types: of a file behind `timestamp`, or of a read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    pub signals: Vec<String>,
    pub labels: Vec<(String, LabelType)>,
}

impl Layout {
    /// The columns that are stored.
    pub fn stored(columns: &[StoredColumn]) -> Self {
        let mut layout = Layout::default();
        for column in columns {
            match column.kind {
                ColumnKind::Signal => layout.signals.push(column.name.clone()),
                ColumnKind::Label(label_type) => layout.labels.push((column.name.clone(), label_type)),
            }
        }
        layout
    }

    /// The columns that are stored, and behind them those that only `frame` has. Their kinds do not contradict.
    pub fn join(stored: &[StoredColumn], frame: &Frame) -> Self {
        let mut layout = Self::stored(stored);
        let known: HashSet<&str> = stored.iter().map(|column| column.name.as_str()).collect();
        for signal in frame.signals.iter().filter(|signal| !known.contains(signal.name.as_str())) {
            layout.signals.push(signal.name.clone());
        }
        for label in frame.labels.iter().filter(|label| !known.contains(label.name.as_str())) {
            layout.labels.push((label.name.clone(), label.values.label_type()));
        }
        layout
    }

    /// The columns of a read as they are stored, `kinds` telling of which kinds a column is in the files that are read.
    /// The error names one that does not fit.
    pub fn of(columns: &Columns, kinds: impl Fn(&str) -> Vec<ColumnKind>) -> Result<Self, SeriesError> {
        let mut names = HashSet::new();
        if let Some(twice) = columns.signals.iter().chain(&columns.labels).find(|name| !names.insert(*name)) {
            return Err(SeriesError::column(twice, "is asked for twice"));
        }
        for name in &columns.signals {
            if let Some(other) = kinds(name).iter().find(|kind| **kind != ColumnKind::Signal) {
                return Err(SeriesError::column(name, format!("is {other}, not a signal")));
            }
        }
        let mut labels = Vec::new();
        for name in &columns.labels {
            let types: Vec<LabelType> = kinds(name)
                .into_iter()
                .map(|kind| match kind {
                    ColumnKind::Signal => LabelType::Float,
                    ColumnKind::Label(label_type) => label_type,
                })
                .collect();
            // A label that no file has is missing in every row; any type will do.
            let label_type = types.first().copied().unwrap_or(LabelType::Float);
            if let Some(other) = types.iter().find(|other| **other != label_type) {
                let problem = format!("is of type {label_type} in one month and {other} in another");
                return Err(SeriesError::column(name, problem));
            }
            labels.push((name.clone(), label_type));
        }
        Ok(Layout { signals: columns.signals.clone(), labels })
    }

    /// The rows of `found` with these columns in this order; a column that it lacks is missing throughout.
    pub fn arrange(&self, found: Frame) -> Frame {
        let rows = found.rows();
        let mut signals: HashMap<String, Vec<f64>> =
            found.signals.into_iter().map(|signal| (signal.name, signal.values)).collect();
        let mut labels: HashMap<String, LabelValues> =
            found.labels.into_iter().map(|label| (label.name, label.values)).collect();
        Frame {
            timestamps: found.timestamps,
            signals: self
                .signals
                .iter()
                .map(|name| Signal {
                    name: name.clone(),
                    values: signals.remove(name).unwrap_or_else(|| vec![f64::NAN; rows]),
                })
                .collect(),
            labels: self
                .labels
                .iter()
                .map(|(name, label_type)| Label {
                    name: name.clone(),
                    values: labels.remove(name).unwrap_or_else(|| LabelValues::missing(*label_type, rows)),
                })
                .collect(),
        }
    }

    /// No rows of these columns, with room for `rows` of them.
    pub fn with_capacity(&self, rows: usize) -> Frame {
        let mut frame = self.arrange(Frame::default());
        frame.timestamps.reserve_exact(rows);
        for signal in &mut frame.signals {
            signal.values.reserve_exact(rows);
        }
        frame
    }
}
