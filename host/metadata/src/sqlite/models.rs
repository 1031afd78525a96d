//! Reading models.

use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};

use super::text::{read, read_model_type, read_role};
use crate::{FieldRole, ModelConfig, ModelField, ModelFilter, ModelLabel, ModelSummary};

/// A model with all its fields in one query, and so in one state of the database: a row for each field, or one row
/// with NULLs for a model without fields. A field that the model uses as a label counts as one, whatever it is.
pub(super) const MODEL: &str =
    "SELECT model.model_code, model.model_name, model.model_type, model.device_type_id,
        model.is_active, model.revision, model.defaults, device_type.type_code,
        mapping.role, mapping.rename, mapping.scale_factor, mapping.scale_offset,
        field.field_code, field.data_type, COALESCE(mapping.unit, field.unit) AS unit
    FROM t_device_data_model AS model
    JOIN t_device_type AS device_type ON device_type.id = model.device_type_id
    LEFT JOIN t_model_field_mapping AS mapping ON mapping.model_id = model.id
    LEFT JOIN t_device_field AS field ON field.id = mapping.field_id
    WHERE model.model_code = ?1
    ORDER BY mapping.position";

/// The lists differ in their conditions alone; each is spelt out so that its index can serve it.
macro_rules! list_models {
    ($condition:literal) => {
        concat!(
            "SELECT model_code, model_name, model_type, is_active, revision, type_code
            FROM t_device_data_model JOIN t_device_type ON t_device_type.id = device_type_id ",
            $condition,
            " ORDER BY model_code"
        )
    };
}

const ALL: &str = list_models!("");
pub(super) const ACTIVE: &str = list_models!("WHERE is_active = TRUE");
const INACTIVE: &str = list_models!("WHERE is_active = FALSE");
const OF_TYPE: &str = list_models!("WHERE model_type = ?1");
pub(super) const OF_TYPE_AND_STATUS: &str = list_models!("WHERE model_type = ?1 AND is_active = ?2");

pub async fn model(pool: &SqlitePool, code: &str) -> sqlx::Result<Option<ModelConfig>> {
    let rows = sqlx::query(MODEL).bind(code).fetch_all(pool).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut model = read_head(first)?;
    for row in &rows {
        // The one row of a model without fields has no field code.
        if let Some(field_code) = row.try_get("field_code")? {
            read_mapping(row, field_code, &mut model)?;
        }
    }
    Ok(Some(model))
}

pub async fn models(pool: &SqlitePool, filter: ModelFilter) -> sqlx::Result<Vec<ModelSummary>> {
    let query = match (filter.model_type, filter.is_active) {
        (None, None) => sqlx::query(ALL),
        (None, Some(true)) => sqlx::query(ACTIVE),
        (None, Some(false)) => sqlx::query(INACTIVE),
        (Some(model_type), None) => sqlx::query(OF_TYPE).bind(model_type.as_str()),
        (Some(model_type), Some(is_active)) => {
            sqlx::query(OF_TYPE_AND_STATUS).bind(model_type.as_str()).bind(is_active)
        }
    };
    query.try_map(|row| read_summary(&row)).fetch_all(pool).await
}

/// All of a model but its fields.
fn read_head(row: &SqliteRow) -> sqlx::Result<ModelConfig> {
    Ok(ModelConfig {
        model_code: row.try_get("model_code")?,
        name: row.try_get("model_name")?,
        model_type: read_model_type(row)?,
        device_type_code: row.try_get("type_code")?,
        device_type_id: row.try_get("device_type_id")?,
        is_active: row.try_get("is_active")?,
        revision: row.try_get("revision")?,
        signals: Vec::new(),
        labels: Vec::new(),
        defaults: read_defaults(row)?,
    })
}

fn read_defaults(row: &SqliteRow) -> sqlx::Result<Map<String, Value>> {
    match row.try_get::<Option<&str>, _>("defaults")? {
        None => Ok(Map::new()),
        Some(_) => read(row, "defaults", |text| serde_json::from_str(text).ok()),
    }
}

/// Adds one field to the signals or the labels.
fn read_mapping(row: &SqliteRow, field_code: String, model: &mut ModelConfig) -> sqlx::Result<()> {
    let name = row.try_get::<Option<String>, _>("rename")?.unwrap_or_else(|| field_code.clone());
    match read_role(row)? {
        FieldRole::Label(kind) => model.labels.push(ModelLabel { field_code, name, kind }),
        FieldRole::Signal => model.signals.push(ModelField {
            field_code,
            name,
            unit: row.try_get("unit")?,
            scale: row.try_get("scale_factor")?,
            offset: row.try_get("scale_offset")?,
        }),
    }
    Ok(())
}

fn read_summary(row: &SqliteRow) -> sqlx::Result<ModelSummary> {
    Ok(ModelSummary {
        model_code: row.try_get("model_code")?,
        name: row.try_get("model_name")?,
        model_type: read_model_type(row)?,
        device_type_code: row.try_get("type_code")?,
        is_active: row.try_get("is_active")?,
        revision: row.try_get("revision")?,
    })
}
