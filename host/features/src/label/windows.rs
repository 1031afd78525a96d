//! The labels of windows.

use std::ops::Range;

use fettle_frame::{LabelValues, Window};
use indexmap::IndexSet;

use super::cells::{self, Text};
use super::choice;
use super::rule::{Choice, Reduction, Rule};
use super::{ClassCodes, LabelError, LabelMeaning, LabelRule, LabelStatistics};

/// The labels of windows, device after device: a column without missing cells.
#[derive(Debug, Clone)]
pub struct WindowLabels {
    rule: LabelRule,
    column: Column,
}

/// The labels, each type with how it chooses.
#[derive(Debug, Clone)]
enum Column {
    Any(Vec<i64>),
    Int(Choice, Vec<i64>),
    Bool(Choice, Vec<bool>),
    Text(Choice, Codes),
    Number(Reduction, Vec<f64>),
}

/// Strings, each kept once.
#[derive(Debug, Clone, Default)]
struct Codes {
    codes: Vec<u32>,
    texts: IndexSet<String>,
}

/// The labels of windows by their type, for writing a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LabelColumn<'a> {
    /// Whole numbers.
    Int(&'a [i64]),
    /// Truth values.
    Bool(&'a [bool]),
    /// Other numbers.
    Number(&'a [f64]),
    /// Strings.
    Text {
        /// One a window: an index into `texts`.
        codes: &'a [u32],
        /// The strings, in no particular order; not each need occur.
        texts: &'a IndexSet<String>,
    },
}

impl WindowLabels {
    /// No windows yet.
    pub fn new(rule: LabelRule) -> Self {
        let column = match rule.0 {
            Rule::Any => Column::Any(Vec::new()),
            Rule::Int(choice) => Column::Int(choice, Vec::new()),
            Rule::Bool(choice) => Column::Bool(choice, Vec::new()),
            Rule::Text(choice) => Column::Text(choice, Codes::default()),
            Rule::Number(reduction) => Column::Number(reduction, Vec::new()),
        };
        Self { rule, column }
    }

    /// Labels the windows of a device's rows: those that have a label get a place behind the ones before. Answers which
    /// they are, one flag a window; a window without a label goes out.
    ///
    /// # Errors
    /// [`LabelError::Changed`] where `values` are not what the scan has seen; then nothing is added.
    pub fn push_windows(
        &mut self,
        values: &LabelValues,
        windows: &[Window],
    ) -> Result<Vec<bool>, LabelError> {
        match &mut self.column {
            Column::Any(labels) => {
                let cells = cells::flags(values)?;
                Ok(push(labels, windows, |window| choice::any(&cells[rows(window)]).map(i64::from)))
            }
            Column::Int(choice, labels) => {
                let (cells, mut scratch) = (cells::ints(values)?, Vec::new());
                Ok(push(labels, windows, |window| choice.of(&cells[rows(window)], &mut scratch)))
            }
            Column::Bool(choice, labels) => {
                let (cells, mut scratch) = (cells::truth_values(values)?, Vec::new());
                Ok(push(labels, windows, |window| choice.of(&cells[rows(window)], &mut scratch)))
            }
            Column::Text(choice, Codes { codes, texts }) => {
                let (Text { ranks, distinct }, mut scratch) = (Text::new(values)?, Vec::new());
                Ok(push(codes, windows, |window| {
                    let rank = choice.of(&ranks[rows(window)], &mut scratch)?;
                    Some(code_of(distinct[rank], texts))
                }))
            }
            Column::Number(reduction, labels) => {
                let (cells, mut scratch) = (cells::numbers(values)?, Vec::new());
                Ok(push(labels, windows, |window| reduction.of(&cells[rows(window)], &mut scratch)))
            }
        }
    }

    /// Keeps the windows that are flagged. One flag a window.
    pub fn retain(&mut self, kept: &[bool]) {
        match &mut self.column {
            Column::Any(labels) | Column::Int(_, labels) => retain(labels, kept),
            Column::Bool(_, labels) => retain(labels, kept),
            Column::Text(_, labels) => retain(&mut labels.codes, kept),
            Column::Number(_, labels) => retain(labels, kept),
        }
    }

    /// How many windows there are.
    pub fn len(&self) -> usize {
        match &self.column {
            Column::Any(labels) | Column::Int(_, labels) => labels.len(),
            Column::Bool(_, labels) => labels.len(),
            Column::Text(_, labels) => labels.codes.len(),
            Column::Number(_, labels) => labels.len(),
        }
    }

    /// Whether there is no window.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the labels are.
    pub fn meaning(&self) -> LabelMeaning {
        self.rule.meaning()
    }

    /// The labels, one a window.
    pub fn column(&self) -> LabelColumn<'_> {
        match &self.column {
            Column::Any(labels) | Column::Int(_, labels) => LabelColumn::Int(labels),
            Column::Bool(_, labels) => LabelColumn::Bool(labels),
            Column::Text(_, Codes { codes, texts }) => LabelColumn::Text { codes, texts },
            Column::Number(_, labels) => LabelColumn::Number(labels),
        }
    }

    /// The class of each window; `None` of a number label, which has none.
    pub fn class_codes(&self) -> Option<ClassCodes> {
        match self.column() {
            LabelColumn::Int(labels) => Some(ClassCodes::new(labels, |label| label.to_string())),
            LabelColumn::Bool(labels) => Some(ClassCodes::new(labels, |label| label.to_string())),
            LabelColumn::Text { codes, texts } => {
                let labels: Vec<&str> = codes.iter().map(|&code| texts[code as usize].as_str()).collect();
                Some(ClassCodes::new(&labels, str::to_owned))
            }
            LabelColumn::Number(_) => None,
        }
    }

    /// How the numbers are distributed; `None` of a class label.
    pub fn statistics(&self) -> Option<LabelStatistics> {
        match self.column() {
            LabelColumn::Number(labels) => Some(LabelStatistics::of(labels.iter().copied())),
            LabelColumn::Int(_) | LabelColumn::Bool(_) | LabelColumn::Text { .. } => None,
        }
    }

    /// How the numbers of these windows are distributed; `None` of a class label.
    pub fn statistics_of(&self, windows: &[u32]) -> Option<LabelStatistics> {
        match self.column() {
            LabelColumn::Number(labels) => {
                Some(LabelStatistics::of(windows.iter().map(|&window| labels[window as usize])))
            }
            LabelColumn::Int(_) | LabelColumn::Bool(_) | LabelColumn::Text { .. } => None,
        }
    }
}

fn rows(window: &Window) -> Range<usize> {
    window.start..window.end
}

fn push<T>(
    labels: &mut Vec<T>,
    windows: &[Window],
    mut label_of: impl FnMut(&Window) -> Option<T>,
) -> Vec<bool> {
    let mut labelled = Vec::with_capacity(windows.len());
    labels.extend(windows.iter().filter_map(|window| {
        let label = label_of(window);
        labelled.push(label.is_some());
        label
    }));
    labelled
}

/// The code of a text, which is taken in if it is new.
fn code_of(text: &str, texts: &mut IndexSet<String>) -> u32 {
    let place = texts.get_index_of(text).unwrap_or_else(|| texts.insert_full(text.to_owned()).0);
    u32::try_from(place).expect("each text takes more than a byte, so memory ends before u32 does")
}

fn retain<T>(labels: &mut Vec<T>, kept: &[bool]) {
    assert_eq!(labels.len(), kept.len(), "one flag a window");
    let mut kept = kept.iter();
    labels.retain(|_| kept.next() == Some(&true));
}
