//! Creating, replacing and removing models. The caller gives a connection inside a transaction that holds the write lock.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::Row as _;

use super::devices;
use super::dialect::{self, Connection, Json, is_storable, json, time};
use super::text::read_count;
use crate::definition::resolve;
use crate::{Conflict, Invalid, MetadataError, ModelConfig, ModelDefinition, NewModelField};

/// A table that was there before us may let a code stand twice.
const INSERT_MODEL: &str = "INSERT INTO t_device_data_model
        (model_code, model_name, model_type, device_type_id, is_active, defaults, created_at, updated_at)
    SELECT $2, $3, $4, id, $5, $6, $7, $7 FROM t_device_type
    WHERE type_code = $1 AND NOT EXISTS (SELECT 1 FROM t_device_data_model WHERE model_code = $2)
    ON CONFLICT DO NOTHING";

const UPDATE_MODEL: &str = "UPDATE t_device_data_model SET model_name = $2, model_type = $3, is_active = $4,
        defaults = $5, revision = revision + 1, updated_at = $6
    WHERE model_code = $1";

/// Maps a field of the model's device type.
pub const INSERT_MAPPING: &str = "INSERT INTO t_model_field_mapping
        (model_id, field_id, position, role, rename, unit, scale_factor, scale_offset)
    SELECT model.id, field.id, $3, $4, $5, $6, $7, $8
    FROM t_device_data_model AS model
    JOIN t_device_field AS field ON field.device_type_id = model.device_type_id AND field.field_code = $2
    WHERE model.model_code = $1";

const DELETE_MAPPINGS: &str = "DELETE FROM t_model_field_mapping
    WHERE model_id = (SELECT id FROM t_device_data_model WHERE model_code = $1)";

/// Models of types that are not ours are not ours to remove.
const DELETE_MODEL: &str = concat!(
    "DELETE FROM t_device_data_model WHERE model_code = $1 AND ",
    dialect::is_known_type!("model_type")
);

const DATASETS: &str =
    "SELECT COUNT(*) AS datasets, (SELECT dataset_id FROM t_ai_dataset WHERE model_code = $1 ORDER BY id DESC LIMIT 1)
        AS newest
    FROM t_ai_dataset WHERE model_code = $1";

pub async fn create(
    connection: &mut Connection,
    model: &ModelDefinition,
    now: Timestamp,
) -> Result<ModelConfig, MetadataError> {
    let created = resolved(connection, model, 1).await?;
    let query = sqlx::query(INSERT_MODEL).bind(&model.device_type).bind(&model.code).bind(&model.name);
    let query = query.bind(model.model_type.as_str()).bind(model.is_active).bind(defaults(model));
    if query.bind(time(now)).execute(&mut *connection).await?.rows_affected() == 0 {
        return Err(Conflict::ModelExists(model.code.clone()).into());
    }
    insert_mappings(connection, model).await?;
    Ok(created)
}

/// Puts `model` in the place of `found`.
pub async fn replace(
    connection: &mut Connection,
    found: ModelConfig,
    model: &ModelDefinition,
    expected: Option<i64>,
    now: Timestamp,
) -> Result<ModelConfig, MetadataError> {
    let (code, revision) = (found.model_code.clone(), found.revision);
    if let Some(expected) = expected.filter(|expected| *expected != revision) {
        return Err(Conflict::ModelRevision { model: code, expected, found: revision }.into());
    }
    if found.device_type_code != model.device_type {
        let (existing, requested) = (found.device_type_code, model.device_type.clone());
        return Err(Conflict::ModelOfOtherType { model: code, existing, requested }.into());
    }
    let next = resolved(connection, model, revision + 1).await?;
    if next == (ModelConfig { revision: next.revision, ..found.clone() }) {
        return Ok(found);
    }
    let query = sqlx::query(UPDATE_MODEL).bind(&code).bind(&model.name).bind(model.model_type.as_str());
    let query = query.bind(model.is_active).bind(defaults(model)).bind(time(now));
    query.execute(&mut *connection).await?;
    sqlx::query(DELETE_MAPPINGS).bind(&code).execute(&mut *connection).await?;
    insert_mappings(connection, model).await?;
    Ok(next)
}

pub async fn delete(connection: &mut Connection, code: &str) -> Result<bool, MetadataError> {
    if !is_storable(code) {
        return Ok(false);
    }
    let row = sqlx::query(DATASETS).bind(code).fetch_one(&mut *connection).await?;
    if let Some(newest) = row.try_get("newest")? {
        let datasets = read_count(&row, "datasets")?;
        return Err(Conflict::ModelInUse { model: code.to_owned(), datasets, newest }.into());
    }
    sqlx::query(DELETE_MAPPINGS).bind(code).execute(&mut *connection).await?;
    Ok(sqlx::query(DELETE_MODEL).bind(code).execute(connection).await?.rows_affected() > 0)
}

/// The model that a definition makes of its device type.
async fn resolved(
    connection: &mut Connection,
    model: &ModelDefinition,
    revision: i64,
) -> Result<ModelConfig, MetadataError> {
    let device_type = devices::device_type(connection, &model.device_type).await?;
    let device_type = device_type.ok_or_else(|| Invalid::UnknownDeviceType(model.device_type.clone()))?;
    Ok(resolve(model, &device_type, revision)?)
}

async fn insert_mappings(connection: &mut Connection, model: &ModelDefinition) -> sqlx::Result<()> {
    let role = |role: &'static str| move |field| (role, field);
    let fields = model.signals.iter().map(role("signal")).chain(model.labels.iter().map(role("label")));
    for (position, (role, field)) in (0i64..).zip(fields) {
        let NewModelField { field_code, rename, unit, scale, offset } = field;
        let query = sqlx::query(INSERT_MAPPING).bind(&model.code).bind(field_code).bind(position).bind(role);
        query.bind(rename).bind(unit).bind(scale).bind(offset).execute(&mut *connection).await?;
    }
    Ok(())
}

fn defaults(model: &ModelDefinition) -> Option<Json> {
    (!model.defaults.is_empty()).then(|| json(&Value::Object(model.defaults.clone())))
}
