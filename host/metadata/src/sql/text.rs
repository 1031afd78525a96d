//! How values stand in columns, beside what each database has its own way with.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::Row as _;

use super::dialect::{Row, read_json_text, read_optional_time};
use crate::{FieldRole, LabelKind, ModelType};

/// A time column.
pub fn read_time(row: &Row, column: &str) -> sqlx::Result<Timestamp> {
    read_optional_time(row, column)?.ok_or_else(|| unexpected(column, "NULL"))
}

/// A JSON column.
pub fn read_json<T: DeserializeOwned>(row: &Row, column: &str) -> sqlx::Result<T> {
    read_optional_json(row, column)?.ok_or_else(|| unexpected(column, "NULL"))
}

/// A JSON column that may be NULL.
pub fn read_optional_json<T: DeserializeOwned>(row: &Row, column: &str) -> sqlx::Result<Option<T>> {
    let Some(text) = read_json_text(row, column)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|_| unexpected(column, &text))
}

/// A count as the database keeps it: its integers have a sign. No count comes near the limit.
pub fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A column that holds a count.
pub fn read_count(row: &Row, column: &str) -> sqlx::Result<u64> {
    Ok(row.try_get::<i64, _>(column)?.unsigned_abs())
}

/// Decodes a text column by `decode`, which answers `None` for a text that the column must not hold.
pub fn read<T>(row: &Row, column: &str, decode: impl FnOnce(&str) -> Option<T>) -> sqlx::Result<T> {
    let text: &str = row.try_get(column)?;
    decode(text).ok_or_else(|| unexpected(column, text))
}

/// The columns `role` and `data_type` of a field.
pub fn role_columns(role: FieldRole) -> (&'static str, &'static str) {
    match role {
        FieldRole::Signal => ("signal", LabelKind::Float.as_str()),
        FieldRole::Label(kind) => ("label", kind.as_str()),
    }
}

/// A role from the columns `role` and `data_type`. A table that was there before us has types under other names, and
/// no roles: what is a number is a signal there.
pub fn read_role(row: &Row) -> sqlx::Result<FieldRole> {
    let kind = label_kind(row.try_get::<Option<&str>, _>("data_type")?.unwrap_or_default());
    Ok(match row.try_get::<Option<&str>, _>("role")? {
        Some("signal") => FieldRole::Signal,
        Some("label") => FieldRole::Label(kind),
        _ if matches!(kind, LabelKind::Int | LabelKind::Float) => FieldRole::Signal,
        _ => FieldRole::Label(kind),
    })
}

/// The kind of a data type by its name in one of several databases, such as `int`, `DOUBLE PRECISION` or `varchar(64)`.
fn label_kind(data_type: &str) -> LabelKind {
    let name = data_type.to_ascii_lowercase();
    let word = name.split([' ', '(']).next().unwrap_or_default();
    match word {
        "int" | "integer" | "int2" | "int4" | "int8" | "smallint" | "tinyint" | "bigint" | "long" => {
            LabelKind::Int
        }
        "float" | "float4" | "float8" | "real" | "double" | "numeric" | "decimal" | "number" => {
            LabelKind::Float
        }
        "bool" | "boolean" => LabelKind::Bool,
        _ => LabelKind::Text,
    }
}

/// The column `model_type`.
pub fn read_model_type(row: &Row) -> sqlx::Result<ModelType> {
    read(row, "model_type", |text| {
        [ModelType::Realtime, ModelType::Statistics, ModelType::AiAnalysis]
            .into_iter()
            .find(|model_type| model_type.as_str() == text)
    })
}

fn unexpected(column: &str, text: &str) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("unexpected value `{text}`").into(),
    }
}
