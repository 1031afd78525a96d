//! From files to one frame, in memory alone.

use std::collections::HashMap;

use fettle_frame::{Frame, Label, LabelType};

use crate::columns::Field;
use crate::order::Unordered;
use crate::progress::{Meter, Stage};
use crate::read;
use crate::table::{Rejected, Table};
use crate::{ColumnReport, ColumnRole, ImportError, ImportOptions, Source};

/// What the files hold.
#[derive(Debug)]
pub struct Gathered {
    /// Signals, then labels, under their codes.
    pub frame: Frame,
    /// The columns of the frame, in the order of the file.
    pub columns: Vec<ColumnReport>,
    pub rejected: Rejected,
    pub identical_duplicates: u64,
    pub overruled_duplicates: u64,
    pub infinite_cells: u64,
    pub warnings: Vec<String>,
}

/// Reads all files and brings their rows into order. `recorded` has the types of labels that the store knows already.
pub fn gather(
    options: &ImportOptions,
    sources: &[Source],
    recorded: &HashMap<String, LabelType>,
    meter: &mut Meter,
) -> Result<Gathered, ImportError> {
    let (table, mut warnings) = read::read(sources, options, meter)?;
    let Table { columns, times, lines, files, signals, labels, rejected, .. } = table;
    if rejected.total > options.max_rejected {
        let Rejected { total, first } = rejected;
        return Err(ImportError::Rejected { total, max_rejected: options.max_rejected, first });
    }
    if times.is_empty() {
        let file = files.into_iter().next().map(|(name, _)| name).unwrap_or_default();
        return Err(ImportError::NoRows { file });
    }
    meter.stage(Stage::Ordering);
    let mut typed = Vec::with_capacity(labels.len());
    for (field, label) in columns.fields.iter().filter(|field| field.is_label).zip(labels) {
        let values = label
            .into_typed(recorded.get(&field.code).copied())
            .map_err(|problem| ImportError::Label { column: field.code.clone(), problem })?;
        match values {
            Some(values) => typed.push(Label { name: field.code.clone(), values }),
            None => warnings.push(format!(
                "label `{}` has no value in any row, so that its type is unknown: it was left out",
                field.name
            )),
        }
    }
    if signals.is_empty() && typed.is_empty() {
        let file = files.into_iter().next().map(|(name, _)| name).unwrap_or_default();
        return Err(ImportError::columns(&file, "no column has a value in any row"));
    }
    let order = Unordered { times: &times, lines: &lines, files: &files, signals: &signals, labels: &typed }
        .order(options.on_duplicate)?;
    drop(lines);
    let mut frame = Frame {
        timestamps: order.times(times),
        signals: signals.into_iter().map(|signal| order.signal(signal)).collect(),
        labels: typed.into_iter().map(|label| order.label(label)).collect(),
    };
    let infinite_cells = frame.without_infinities();
    Ok(Gathered {
        columns: column_reports(&columns.fields, &frame),
        frame,
        rejected,
        identical_duplicates: order.identical,
        overruled_duplicates: order.overruled,
        infinite_cells,
        warnings,
    })
}

/// The fields that are in the frame, with what they are there.
fn column_reports(fields: &[Field], frame: &Frame) -> Vec<ColumnReport> {
    let signals = frame.signals.iter().map(|signal| {
        let missing = signal.values.iter().filter(|value| value.is_nan()).count();
        (signal.name.as_str(), (ColumnRole::Signal, missing))
    });
    let labels = frame.labels.iter().map(|label| {
        (label.name.as_str(), (ColumnRole::Label(label.values.label_type()), label.values.missing_cells()))
    });
    let found: HashMap<&str, (ColumnRole, usize)> = signals.chain(labels).collect();
    fields
        .iter()
        .filter_map(|field| {
            let &(role, missing) = found.get(field.code.as_str())?;
            Some(ColumnReport {
                code: field.code.clone(),
                name: field.name.clone(),
                role,
                missing: missing as u64,
            })
        })
        .collect()
}
