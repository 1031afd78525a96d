//! Reading models.

use sqlx::Row as _;

use super::dialect::{self, Connection, Row, is_storable, read_id};
use super::lists::{self, List, Value as Condition};
use super::text::{read_model_type, read_optional_json, read_role};
use crate::{FieldRole, ModelConfig, ModelField, ModelFilter, ModelLabel, ModelSummary, Page, Paged};

/// Models with all their fields in one query, and so in one state of the database: a row for each field, or one row
/// with NULLs for a model without fields. A field that a model uses as a label counts as one, whatever it is. In a table
/// that was there before us, a model may have no name.
macro_rules! select_models {
    ($condition:literal) => {
        concat!(
            "SELECT model.model_code, COALESCE(model.model_name, model.model_code) AS model_name,
                model.model_type, model.device_type_id,
                COALESCE(model.is_active, FALSE) AS is_active, model.revision, model.defaults, device_type.type_code,
                mapping.role, mapping.rename, mapping.scale_factor, mapping.scale_offset,
                field.field_code, field.data_type, COALESCE(mapping.unit, field.unit) AS unit
            FROM t_device_data_model AS model
            JOIN t_device_type AS device_type ON device_type.id = model.device_type_id
            LEFT JOIN t_model_field_mapping AS mapping ON mapping.model_id = model.id
            LEFT JOIN t_device_field AS field ON field.id = mapping.field_id
            WHERE ",
            $condition,
            " AND ",
            dialect::is_known_type!("model.model_type"),
            " ORDER BY model.model_code, mapping.position"
        )
    };
}

pub(in super::super) const MODEL: &str = select_models!("model.model_code = $1");
pub(in super::super) const ACTIVE_MODELS: &str = select_models!("model.is_active = TRUE");

/// The lists differ in their conditions alone; each is spelt out so that its index can serve it.
macro_rules! list_models {
    ($condition:literal, $limit:literal) => {
        List {
            page: concat!(
                "SELECT model_code, COALESCE(model_name, model_code) AS model_name, model_type,
                    COALESCE(is_active, FALSE) AS is_active, revision, type_code
                FROM t_device_data_model JOIN t_device_type ON t_device_type.id = device_type_id
                WHERE ",
                $condition,
                dialect::is_known_type!("model_type"),
                " ORDER BY model_code ",
                $limit
            ),
            count: dialect::count_of!(
                "FROM t_device_data_model JOIN t_device_type ON t_device_type.id = device_type_id WHERE ",
                $condition,
                dialect::is_known_type!("model_type")
            ),
        }
    };
}

const ALL: List = list_models!("", "LIMIT $1 OFFSET $2");
pub(in super::super) const ACTIVE: List = list_models!("is_active = TRUE AND ", "LIMIT $1 OFFSET $2");
const INACTIVE: List = list_models!("is_active = FALSE AND ", "LIMIT $1 OFFSET $2");
const OF_TYPE: List = list_models!("model_type = $1 AND ", "LIMIT $2 OFFSET $3");
pub(in super::super) const OF_TYPE_AND_STATUS: List =
    list_models!("model_type = $1 AND is_active = $2 AND ", "LIMIT $3 OFFSET $4");

pub async fn model(connection: &mut Connection, code: &str) -> sqlx::Result<Option<ModelConfig>> {
    if !is_storable(code) {
        return Ok(None);
    }
    let rows = sqlx::query(MODEL).bind(code).fetch_all(connection).await?;
    Ok(read_models(&rows)?.pop())
}

pub async fn active(connection: &mut Connection) -> sqlx::Result<Vec<ModelConfig>> {
    read_models(&sqlx::query(ACTIVE_MODELS).fetch_all(connection).await?)
}

pub async fn models(
    connection: &mut Connection,
    filter: ModelFilter,
    page: Page,
) -> sqlx::Result<Paged<ModelSummary>> {
    let (list, values) = match (filter.model_type, filter.is_active) {
        (None, None) => (&ALL, vec![]),
        (None, Some(true)) => (&ACTIVE, vec![]),
        (None, Some(false)) => (&INACTIVE, vec![]),
        (Some(model_type), None) => (&OF_TYPE, vec![Condition::Text(model_type.as_str())]),
        (Some(model_type), Some(is_active)) => {
            let values = vec![Condition::Text(model_type.as_str()), Condition::Flag(is_active)];
            (&OF_TYPE_AND_STATUS, values)
        }
    };
    lists::read(connection, list, &values, page, read_summary).await
}

/// Models from rows that come sorted by model.
fn read_models(rows: &[Row]) -> sqlx::Result<Vec<ModelConfig>> {
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
fn read_head(row: &Row) -> sqlx::Result<ModelConfig> {
    Ok(ModelConfig {
        model_code: row.try_get("model_code")?,
        name: row.try_get("model_name")?,
        model_type: read_model_type(row)?,
        device_type_code: row.try_get("type_code")?,
        device_type_id: read_id(row, "device_type_id")?,
        is_active: row.try_get("is_active")?,
        revision: read_id(row, "revision")?,
        signals: Vec::new(),
        labels: Vec::new(),
        defaults: read_optional_json(row, "defaults")?.unwrap_or_default(),
    })
}

/// Adds one field to the signals or the labels.
fn read_mapping(row: &Row, field_code: String, model: &mut ModelConfig) -> sqlx::Result<()> {
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

fn read_summary(row: &Row) -> sqlx::Result<ModelSummary> {
    Ok(ModelSummary {
        model_code: row.try_get("model_code")?,
        name: row.try_get("model_name")?,
        model_type: read_model_type(row)?,
        device_type_code: row.try_get("type_code")?,
        is_active: row.try_get("is_active")?,
        revision: read_id(row, "revision")?,
    })
}
