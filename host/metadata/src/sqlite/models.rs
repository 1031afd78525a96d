//! Reading models.

use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteExecutor, SqlitePool};

use super::text::{count, read, read_model_type, read_role};
use crate::{FieldRole, ModelConfig, ModelField, ModelFilter, ModelLabel, ModelSummary, Page, Paged};

/// Models with all their fields in one query, and so in one state of the database: a row for each field, or one row
/// with NULLs for a model without fields. A field that a model uses as a label counts as one, whatever it is.
macro_rules! select_models {
    ($condition:literal) => {
        concat!(
            "SELECT model.model_code, model.model_name, model.model_type, model.device_type_id,
                model.is_active, model.revision, model.defaults, device_type.type_code,
                mapping.role, mapping.rename, mapping.scale_factor, mapping.scale_offset,
                field.field_code, field.data_type, COALESCE(mapping.unit, field.unit) AS unit
            FROM t_device_data_model AS model
            JOIN t_device_type AS device_type ON device_type.id = model.device_type_id
            LEFT JOIN t_model_field_mapping AS mapping ON mapping.model_id = model.id
            LEFT JOIN t_device_field AS field ON field.id = mapping.field_id
            WHERE ",
            $condition,
            " ORDER BY model.model_code, mapping.position"
        )
    };
}

pub(super) const MODEL: &str = select_models!("model.model_code = ?1");
pub(super) const ACTIVE_MODELS: &str = select_models!("model.is_active = TRUE");

/// The lists differ in their conditions alone; each is spelt out so that its index can serve it.
macro_rules! list_models {
    ($condition:literal) => {
        (
            concat!(
                "SELECT model_code, model_name, model_type, is_active, revision, type_code
                FROM t_device_data_model JOIN t_device_type ON t_device_type.id = device_type_id ",
                $condition,
                " ORDER BY model_code LIMIT ?1 OFFSET ?2"
            ),
            concat!("SELECT COUNT(*) FROM t_device_data_model ", $condition),
        )
    };
}

/// Two queries: a page of a list, and how many items the list has. The limit and the offset are ?1 and ?2.
type List = (&'static str, &'static str);

const ALL: List = list_models!("");
pub(super) const ACTIVE: List = list_models!("WHERE is_active = TRUE");
const INACTIVE: List = list_models!("WHERE is_active = FALSE");
const OF_TYPE: List = list_models!("WHERE model_type = ?3");
pub(super) const OF_TYPE_AND_STATUS: List = list_models!("WHERE model_type = ?3 AND is_active = ?4");

pub async fn model(executor: impl SqliteExecutor<'_>, code: &str) -> sqlx::Result<Option<ModelConfig>> {
    let rows = sqlx::query(MODEL).bind(code).fetch_all(executor).await?;
    Ok(read_models(&rows)?.pop())
}

pub async fn active(pool: &SqlitePool) -> sqlx::Result<Vec<ModelConfig>> {
    read_models(&sqlx::query(ACTIVE_MODELS).fetch_all(pool).await?)
}

/// Counts and reads in one state of the database.
pub async fn models(pool: &SqlitePool, filter: ModelFilter, page: Page) -> sqlx::Result<Paged<ModelSummary>> {
    let (list, total) = match (filter.model_type, filter.is_active) {
        (None, None) => ALL,
        (None, Some(true)) => ACTIVE,
        (None, Some(false)) => INACTIVE,
        (Some(_), None) => OF_TYPE,
        (Some(_), Some(_)) => OF_TYPE_AND_STATUS,
    };
    let mut snapshot = pool.begin().await?;
    let (limit, offset) = (page.size.get(), count(page.offset()));
    let (mut items, mut total) = (sqlx::query(list), sqlx::query_scalar::<_, i64>(total));
    (items, total) = (items.bind(limit).bind(offset), total.bind(limit).bind(offset));
    if let Some(model_type) = filter.model_type {
        (items, total) = (items.bind(model_type.as_str()), total.bind(model_type.as_str()));
        if let Some(is_active) = filter.is_active {
            (items, total) = (items.bind(is_active), total.bind(is_active));
        }
    }
    let total = total.fetch_one(&mut *snapshot).await?.unsigned_abs();
    let items = items.try_map(|row| read_summary(&row)).fetch_all(&mut *snapshot).await?;
    Ok(Paged::counted(items, page, total))
}

/// Models from rows that come sorted by model.
fn read_models(rows: &[SqliteRow]) -> sqlx::Result<Vec<ModelConfig>> {
    let mut models: Vec<ModelConfig> = Vec::new();
    for row in rows {
        let code: &str = row.try_get("model_code")?;
        if models.last().is_none_or(|last| last.model_code != code) {
            models.push(read_head(row)?);
        }
        // The one row of a model without fields has no field code.
        if let Some(model) = models.last_mut()
            && let Some(field_code) = row.try_get("field_code")?
        {
            read_mapping(row, field_code, model)?;
        }
    }
    Ok(models)
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
