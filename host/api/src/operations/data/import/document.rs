//! What an import did, as JSON.

use fettle_import::{ColumnReport, ColumnRole, ImportReport, RejectedLine};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::TimeWriter;
use crate::request::TimeForm;

/// What an import did.
#[derive(Serialize, ToSchema)]
#[schema(as = Import)]
pub(super) struct ImportDocument {
    /// Code of the model.
    #[schema(example = "welding_ai_model")]
    model: String,
    /// Code of the device type.
    #[schema(example = "welder")]
    device_type: String,
    /// Code of the device.
    #[schema(example = "WLD001")]
    device: String,
    /// Rows of the file, duplicates counted once.
    #[schema(example = 8640)]
    rows: u64,
    /// Rows at times at which there was none.
    #[schema(example = 8640)]
    rows_new: u64,
    /// Rows that replaced another one.
    #[schema(example = 0)]
    rows_replaced: u64,
    /// Rows that were there already, with the same values.
    #[schema(example = 0)]
    rows_identical: u64,
    /// Time of the first row, UTC.
    #[schema(example = "2025-11-01T00:00:00Z")]
    first_time: String,
    /// Time of the last row, UTC.
    #[schema(example = "2025-11-01T23:59:50Z")]
    last_time: String,
    /// What was made because it was missing.
    created: CreatedDocument,
    /// The columns as fields, in the order of the file, without the time.
    fields: Vec<FieldDocument>,
    /// Lines that were left out because they cannot be read.
    #[schema(example = 0)]
    rejected: u64,
    /// The first of them.
    rejected_lines: Vec<LineDocument>,
    /// Lines that repeat another, values and all.
    #[schema(example = 0)]
    identical_duplicates: u64,
    /// Lines that repeat the time of another with different values, and do not count.
    #[schema(example = 0)]
    overruled_duplicates: u64,
    /// Cells that held an infinity, and are missing now.
    #[schema(example = 0)]
    infinite_cells: u64,
    /// What else is worth knowing.
    warnings: Vec<String>,
}

/// What an import made because it was missing.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportCreated)]
struct CreatedDocument {
    /// Whether the device type is new.
    #[schema(example = true)]
    device_type: bool,
    /// Codes of new devices.
    #[schema(example = json!(["WLD001"]))]
    devices: Vec<String>,
    /// Codes of new models.
    #[schema(example = json!(["welding_ai_model"]))]
    models: Vec<String>,
    /// Codes of models that got the fields that they lacked, as a new revision.
    #[schema(example = json!([]))]
    models_extended: Vec<String>,
    /// Codes of new fields of the device type.
    #[schema(example = json!(["current", "voltage"]))]
    fields: Vec<String>,
}

/// A column of the file, as a field.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportField)]
struct FieldDocument {
    /// The code that it got.
    #[schema(example = "current")]
    field_code: String,
    /// Its name in the file.
    #[schema(example = "current")]
    name: String,
    /// `signal` or `label`.
    #[schema(example = "signal")]
    role: &'static str,
    /// The type of a label: `int`, `float`, `bool` or `text`; `null` of a signal.
    #[schema(value_type = Option<String>, example = json!(null))]
    label_type: Option<&'static str>,
    /// How many of the rows have no value in it.
    #[schema(example = 12)]
    missing: u64,
}

/// A line that was left out.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportRejectedLine)]
struct LineDocument {
    /// The line, counted from 1; of a Parquet or Arrow file, the row.
    #[schema(example = 17)]
    line: u64,
    /// Why it cannot be read.
    #[schema(example = "column `voltage`: `abc` is not a number")]
    reason: String,
}

impl ImportDocument {
    /// That of an import.
    pub(super) fn of(report: ImportReport) -> Self {
        let (first, last) = report.time_range;
        let writer = TimeWriter::new(TimeForm::utc(), &[first, last]);
        let registered = report.registered;
        Self {
            rows: report.rows,
            rows_new: report.written.rows_new,
            rows_replaced: report.written.rows_replaced,
            rows_identical: report.written.rows_identical,
            first_time: writer.text(first),
            last_time: writer.text(last),
            created: CreatedDocument {
                device_type: registered.device_type_created,
                devices: registered.devices_created,
                models: registered.models_created,
                models_extended: registered.models_extended,
                fields: registered.fields_created,
            },
            fields: report.columns.into_iter().map(FieldDocument::of).collect(),
            rejected: report.rejected,
            rejected_lines: report.rejected_lines.into_iter().map(LineDocument::of).collect(),
            identical_duplicates: report.identical_duplicates,
            overruled_duplicates: report.overruled_duplicates,
            infinite_cells: report.infinite_cells,
            warnings: report.warnings,
            model: report.model,
            device_type: report.device_type,
            device: report.device,
        }
    }
}

impl FieldDocument {
    fn of(column: ColumnReport) -> Self {
        let (role, label_type) = match column.role {
            ColumnRole::Signal => ("signal", None),
            ColumnRole::Label(label_type) => ("label", Some(label_type.as_str())),
        };
        Self { field_code: column.code, name: column.name, role, label_type, missing: column.missing }
    }
}

impl LineDocument {
    fn of(RejectedLine { line, reason, .. }: RejectedLine) -> Self {
        Self { line, reason }
    }
}
