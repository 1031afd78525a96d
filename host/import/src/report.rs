//! What an import did.

use std::fmt;

use fettle_frame::LabelType;
use fettle_metadata::Registered;
use fettle_series::Written;

use crate::error::{and_more, instant};

/// What an import did. Its text is for people.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportReport {
    /// Code of the model.
    pub model: String,
    /// Code of the device type.
    pub device_type: String,
    /// Code of the device.
    pub device: String,
    /// Rows of the import, duplicates counted once.
    pub rows: u64,
    /// What became of them in the store.
    pub written: Written,
    /// What was created in the metadata.
    pub registered: Registered,
    /// The columns in the order of the file, without the time.
    pub columns: Vec<ColumnReport>,
    /// Time of the first row and of the last, UTC nanoseconds.
    pub time_range: (i64, i64),
    /// How many lines were left out because they cannot be read.
    pub rejected: u64,
    /// The first of them.
    pub rejected_lines: Vec<RejectedLine>,
    /// Lines that repeat another, values and all.
    pub identical_duplicates: u64,
    /// Lines that repeat the time of another with different values, and do not count.
    pub overruled_duplicates: u64,
    /// Cells that held an infinity, and are missing now.
    pub infinite_cells: u64,
    /// What else is worth knowing.
    pub warnings: Vec<String>,
}

/// A column of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnReport {
    /// The field code that it got.
    pub code: String,
    /// Its header.
    pub name: String,
    /// What it is.
    pub role: ColumnRole,
    /// How many of the rows have no value in it.
    pub missing: u64,
}

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnRole {
    /// A numeric signal.
    Signal,
    /// A label.
    Label(LabelType),
}

/// A line that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedLine {
    /// The file.
    pub file: String,
    /// The line, counted from 1, where the record begins; of a Parquet or Arrow file, the row.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// `a.csv:17: column `voltage`: `abc` is not a number`
impl fmt::Display for RejectedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)
    }
}

/// `signal`, or `label (int)` and so on.
impl fmt::Display for ColumnRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnRole::Signal => f.pad("signal"),
            ColumnRole::Label(label_type) => f.pad(&format!("label ({label_type})")),
        }
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = self.time_range;
        writeln!(
            f,
            "{} rows of device {} (type {}) for model {}",
            self.rows, self.device, self.device_type, self.model
        )?;
        let Written { rows_new, rows_replaced, rows_identical } = self.written;
        writeln!(f, "  {rows_new} new, {rows_replaced} replaced, {rows_identical} as they were")?;
        writeln!(f, "  from {} to {}", instant(first), instant(last))?;
        self.fmt_created(f)?;
        self.fmt_columns(f)?;
        if self.infinite_cells > 0 {
            writeln!(f, "  infinite cells, now missing: {}", self.infinite_cells)?;
        }
        if self.identical_duplicates > 0 {
            writeln!(f, "  lines that repeat another: {}", self.identical_duplicates)?;
        }
        if self.overruled_duplicates > 0 {
            writeln!(f, "  lines overruled by another of the same time: {}", self.overruled_duplicates)?;
        }
        if self.rejected > 0 {
            let mut lines = String::new();
            for line in &self.rejected_lines {
                lines.push_str(&format!("\n  {line}"));
            }
            and_more(&mut lines, self.rejected, self.rejected_lines.len());
            writeln!(f, "rejected lines: {}{lines}", self.rejected)?;
        }
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        Ok(())
    }
}

impl ImportReport {
    fn fmt_created(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let registered = &self.registered;
        let mut created = Vec::new();
        if registered.device_type_created {
            created.push(format!("device type {}", self.device_type));
        }
        created.extend(registered.devices_created.iter().map(|code| format!("device {code}")));
        created.extend(registered.models_created.iter().map(|code| format!("model {code}")));
        match registered.fields_created.len() {
            0 => {}
            1 => created.push("1 field".to_owned()),
            fields => created.push(format!("{fields} fields")),
        }
        if !created.is_empty() {
            writeln!(f, "  created: {}", created.join(", "))?;
        }
        for model in &registered.models_extended {
            writeln!(f, "  model {model} got the fields that it lacked, as a new revision")?;
        }
        Ok(())
    }

    fn fmt_columns(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.columns.iter().map(|column| column.code.len()).max().unwrap_or(0);
        for column in &self.columns {
            write!(f, "  {:width$}  {:13}  {} missing", column.code, column.role, column.missing)?;
            if column.code != column.name {
                write!(f, "  from `{}`", column.name)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
