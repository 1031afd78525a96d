//! How values stand in the database as text.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::{FieldRole, LabelKind, ModelType};

/// UTC with six digits of a second, so that times sort as texts; finer digits are cut off.
pub fn time(instant: Timestamp) -> String {
    format!("{instant:.6}")
}

/// A time column.
pub fn read_time(row: &SqliteRow, column: &str) -> sqlx::Result<Timestamp> {
    read(row, column, |text| text.parse().ok())
}

/// A time column that may be NULL.
pub fn read_optional_time(row: &SqliteRow, column: &str) -> sqlx::Result<Option<Timestamp>> {
    read_optional(row, column, |text| text.parse().ok())
}

/// A JSON column.
pub fn read_json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> sqlx::Result<T> {
    read(row, column, |text| serde_json::from_str(text).ok())
}

/// A JSON column that may be NULL.
pub fn read_optional_json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> sqlx::Result<Option<T>> {
    read_optional(row, column, |text| serde_json::from_str(text).ok())
}

/// A count as the database keeps it: its integers have a sign. No count comes near the limit.
pub fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Decodes a text column by `decode`, which answers `None` for a text that the column must not hold.
pub fn read<T>(row: &SqliteRow, column: &str, decode: impl FnOnce(&str) -> Option<T>) -> sqlx::Result<T> {
    let text: &str = row.try_get(column)?;
    decode(text).ok_or_else(|| sqlx::Error::ColumnDecode {
        index: column.to_string(),
        source: format!("unexpected value `{text}`").into(),
    })
}

/// Likewise, where the column may be NULL.
fn read_optional<T>(
    row: &SqliteRow,
    column: &str,
    decode: impl FnOnce(&str) -> Option<T>,
) -> sqlx::Result<Option<T>> {
    match row.try_get::<Option<&str>, _>(column)? {
        None => Ok(None),
        Some(_) => read(row, column, decode).map(Some),
    }
}

/// The columns `role` and `data_type` of a field.
pub fn role_columns(role: FieldRole) -> (&'static str, &'static str) {
    match role {
        FieldRole::Signal => ("signal", LabelKind::Float.as_str()),
        FieldRole::Label(kind) => ("label", kind.as_str()),
    }
}

/// A role from the columns `role` and `data_type`.
pub fn read_role(row: &SqliteRow) -> sqlx::Result<FieldRole> {
    let kind = read(row, "data_type", |text| {
        [LabelKind::Int, LabelKind::Float, LabelKind::Bool, LabelKind::Text]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    })?;
    read(row, "role", |text| match text {
        "signal" => Some(FieldRole::Signal),
        "label" => Some(FieldRole::Label(kind)),
        _ => None,
    })
}

/// The column `model_type`.
pub fn read_model_type(row: &SqliteRow) -> sqlx::Result<ModelType> {
    read(row, "model_type", |text| {
        [ModelType::Realtime, ModelType::Statistics, ModelType::AiAnalysis]
            .into_iter()
            .find(|model_type| model_type.as_str() == text)
    })
}
