//! Label columns, kept in the type that they were recorded in.

use std::fmt;
use std::ops::Range;

use crate::FrameError;

/// One label column, of the type that it was recorded in.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// What the model calls it.
    pub name: String,
    /// One value a row.
    pub values: LabelValues,
}

/// The values of a label column; `None` is a missing cell.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelValues {
    /// Whole numbers.
    Int(Vec<Option<i64>>),
    /// Other numbers, never NaN.
    Float(Vec<Option<f64>>),
    /// Truth values.
    Bool(Vec<Option<bool>>),
    /// Strings.
    Text(Vec<Option<String>>),
}

/// The type that a label was recorded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LabelType {
    /// Whole numbers.
    Int,
    /// Other numbers.
    Float,
    /// Truth values.
    Bool,
    /// Strings.
    Text,
}

impl Label {
    /// The cells at `kept`.
    pub fn take(&self, kept: &[usize]) -> Label {
        Label { name: self.name.clone(), values: self.values.take(kept) }
    }
}

impl LabelValues {
    /// How many cells there are, missing ones among them.
    pub fn len(&self) -> usize {
        match self {
            LabelValues::Int(values) => values.len(),
            LabelValues::Float(values) => values.len(),
            LabelValues::Bool(values) => values.len(),
            LabelValues::Text(values) => values.len(),
        }
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cells at `kept`.
    pub fn take(&self, kept: &[usize]) -> LabelValues {
        fn pick<T: Clone>(values: &[Option<T>], kept: &[usize]) -> Vec<Option<T>> {
            kept.iter().map(|&row| values[row].clone()).collect()
        }
        match self {
            LabelValues::Int(values) => LabelValues::Int(pick(values, kept)),
            LabelValues::Float(values) => LabelValues::Float(pick(values, kept)),
            LabelValues::Bool(values) => LabelValues::Bool(pick(values, kept)),
            LabelValues::Text(values) => LabelValues::Text(pick(values, kept)),
        }
    }

    /// The cells `rows`.
    pub fn slice(&self, rows: Range<usize>) -> LabelValues {
        match self {
            LabelValues::Int(values) => LabelValues::Int(values[rows].to_vec()),
            LabelValues::Float(values) => LabelValues::Float(values[rows].to_vec()),
            LabelValues::Bool(values) => LabelValues::Bool(values[rows].to_vec()),
            LabelValues::Text(values) => LabelValues::Text(values[rows].to_vec()),
        }
    }

    /// `cells` missing cells of a type.
    pub fn missing(label_type: LabelType, cells: usize) -> LabelValues {
        match label_type {
            LabelType::Int => LabelValues::Int(vec![None; cells]),
            LabelType::Float => LabelValues::Float(vec![None; cells]),
            LabelType::Bool => LabelValues::Bool(vec![None; cells]),
            LabelType::Text => LabelValues::Text(vec![None; cells]),
        }
    }

    /// The type that these were recorded in.
    pub fn label_type(&self) -> LabelType {
        match self {
            LabelValues::Int(_) => LabelType::Int,
            LabelValues::Float(_) => LabelType::Float,
            LabelValues::Bool(_) => LabelType::Bool,
            LabelValues::Text(_) => LabelType::Text,
        }
    }

    /// How many cells are missing.
    pub fn missing_cells(&self) -> usize {
        fn absent<T>(values: &[Option<T>]) -> usize {
            values.iter().filter(|cell| cell.is_none()).count()
        }
        match self {
            LabelValues::Int(values) => absent(values),
            LabelValues::Float(values) => absent(values),
            LabelValues::Bool(values) => absent(values),
            LabelValues::Text(values) => absent(values),
        }
    }

    /// Puts more cells of the same type behind these.
    pub fn append(&mut self, more: LabelValues) -> Result<(), FrameError> {
        match (self, more) {
            (LabelValues::Int(values), LabelValues::Int(more)) => values.extend(more),
            (LabelValues::Float(values), LabelValues::Float(more)) => values.extend(more),
            (LabelValues::Bool(values), LabelValues::Bool(more)) => values.extend(more),
            (LabelValues::Text(values), LabelValues::Text(more)) => values.extend(more),
            (values, more) => {
                return Err(FrameError::LabelType {
                    expected: values.label_type(),
                    found: more.label_type(),
                });
            }
        }
        Ok(())
    }
}

impl LabelType {
    /// Its name in files and in texts.
    pub fn as_str(self) -> &'static str {
        match self {
            LabelType::Int => "int",
            LabelType::Float => "float",
            LabelType::Bool => "bool",
            LabelType::Text => "text",
        }
    }
}

impl fmt::Display for LabelType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
