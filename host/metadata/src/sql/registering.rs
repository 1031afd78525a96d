//! Registering: read what exists, compare, write what is missing.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;
use sqlx::Row as _;

use super::dialect::{self, Connection, List, json, list, time};
use super::text::role_columns;
use super::{INSERT_MAPPING, devices};
use crate::additions::{Additions, Existing, ExistingModel, roles_after};
use crate::{
    FieldRole, MetadataError, NewDevice, NewField, NewModel, NewModelField, Registered, Registration,
};

/// In tables that were there before us, a device or a model may be of no type.
const DEVICE_TYPES_OF_DEVICES: &str = concat!(
    "SELECT device_code, COALESCE(type_code, '') AS type_code
    FROM t_device LEFT JOIN t_device_type ON t_device_type.id = t_device.device_type_id
    WHERE ",
    dialect::one_of!("device_code", "$1")
);

/// A row for each field of each model, or one row with NULLs for a model without fields.
const FIELDS_OF_MODELS: &str = concat!(
    "SELECT model.model_code, COALESCE(device_type.type_code, '') AS type_code, field.field_code,
        COALESCE(mapping.rename, field.field_code) AS name, mapping.position
    FROM t_device_data_model AS model
    LEFT JOIN t_device_type AS device_type ON device_type.id = model.device_type_id
    LEFT JOIN t_model_field_mapping AS mapping ON mapping.model_id = model.id
    LEFT JOIN t_device_field AS field ON field.id = mapping.field_id
    WHERE ",
    dialect::one_of!("model.model_code", "$1"),
    " ORDER BY model.model_code, mapping.position"
);

const INSERT_DEVICE_TYPE: &str =
    "INSERT INTO t_device_type (type_code, type_name, created_at, updated_at) VALUES ($1, $2, $3, $3)";

const INSERT_FIELD: &str = "INSERT INTO t_device_field
        (device_type_id, field_code, field_name, role, data_type, unit, created_at, updated_at)
    SELECT id, $2, $3, $4, $5, $6, $7, $7 FROM t_device_type WHERE type_code = $1";

const INSERT_DEVICE: &str =
    "INSERT INTO t_device (device_code, device_name, device_type_id, created_at, updated_at)
    SELECT $2, $3, id, $4, $4 FROM t_device_type WHERE type_code = $1";

const INSERT_MODEL: &str = "INSERT INTO t_device_data_model
        (model_code, model_name, model_type, device_type_id, defaults, created_at, updated_at)
    SELECT $2, $3, $4, id, $5, $6, $6 FROM t_device_type WHERE type_code = $1";

const NEXT_REVISION: &str =
    "UPDATE t_device_data_model SET revision = revision + 1, updated_at = $2 WHERE model_code = $1";

/// What [`register`] would add. Reads several times, so the caller gives a connection inside a transaction.
pub async fn check(
    connection: &mut Connection,
    registration: &Registration,
) -> Result<Registered, MetadataError> {
    let existing = read_existing(connection, registration).await?;
    Ok(Additions::plan(registration, &existing)?.summary())
}

/// Adds what is missing. The caller gives a connection inside a transaction that holds the write lock.
pub async fn register(
    connection: &mut Connection,
    registration: &Registration,
    now: Timestamp,
) -> Result<Registered, MetadataError> {
    let existing = read_existing(connection, registration).await?;
    let additions = Additions::plan(registration, &existing)?;
    write(connection, registration, &existing, &additions, now).await?;
    Ok(additions.summary())
}

async fn read_existing(connection: &mut Connection, registration: &Registration) -> sqlx::Result<Existing> {
    let device_type = devices::device_type(connection, &registration.device_type.code).await?;
    let mut existing = Existing { device_type: device_type.is_some(), ..Existing::default() };
    let fields = device_type.into_iter().flat_map(|device_type| device_type.fields);
    existing.fields = fields.map(|field| (field.code, field.role)).collect();

    let codes = list(registration.devices.iter().map(|device| device.code.as_str()));
    for row in sqlx::query(DEVICE_TYPES_OF_DEVICES).bind(codes).fetch_all(&mut *connection).await? {
        existing.devices.insert(row.try_get("device_code")?, row.try_get("type_code")?);
    }
    let codes = list(registration.models.iter().map(|model| model.code.as_str()));
    existing.models = read_models(connection, codes).await?;
    Ok(existing)
}

async fn read_models(
    connection: &mut Connection,
    codes: List,
) -> sqlx::Result<HashMap<String, ExistingModel>> {
    let mut models = HashMap::new();
    for row in sqlx::query(FIELDS_OF_MODELS).bind(codes).fetch_all(connection).await? {
        let device_type = row.try_get("type_code")?;
        let model = models.entry(row.try_get("model_code")?).or_insert_with(|| ExistingModel {
            device_type,
            fields: Vec::new(),
            next_position: 0,
        });
        if let Some(field_code) = row.try_get("field_code")? {
            model.fields.push((field_code, row.try_get("name")?));
        }
        // A field may have been deleted by others; its place is not given to another.
        if let Some(position) = row.try_get::<Option<i64>, _>("position")? {
            model.next_position = position + 1;
        }
    }
    Ok(models)
}

async fn write(
    connection: &mut Connection,
    registration: &Registration,
    existing: &Existing,
    additions: &Additions<'_>,
    now: Timestamp,
) -> sqlx::Result<()> {
    let device_type = &registration.device_type;
    if additions.device_type {
        let query = sqlx::query(INSERT_DEVICE_TYPE).bind(&device_type.code).bind(&device_type.name);
        query.bind(time(now)).execute(&mut *connection).await?;
    }
    for field in &additions.fields {
        insert_field(connection, &device_type.code, field, now).await?;
    }
    for device in &additions.devices {
        insert_device(connection, &device_type.code, device, now).await?;
    }
    let roles = roles_after(registration, existing);
    for model in &additions.models {
        insert_model(connection, &device_type.code, model, now).await?;
        insert_mappings(connection, &model.code, (0..).zip(&model.fields), &roles).await?;
    }
    for extension in &additions.extensions {
        let fields = (extension.first_position..).zip(extension.fields.iter().copied());
        insert_mappings(connection, extension.model, fields, &roles).await?;
        sqlx::query(NEXT_REVISION).bind(extension.model).bind(time(now)).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn insert_field(
    connection: &mut Connection,
    device_type: &str,
    field: &NewField,
    now: Timestamp,
) -> sqlx::Result<()> {
    let (role, data_type) = role_columns(field.role);
    let query = sqlx::query(INSERT_FIELD).bind(device_type).bind(&field.code).bind(&field.name);
    query.bind(role).bind(data_type).bind(&field.unit).bind(time(now)).execute(connection).await?;
    Ok(())
}

async fn insert_device(
    connection: &mut Connection,
    device_type: &str,
    device: &NewDevice,
    now: Timestamp,
) -> sqlx::Result<()> {
    let query = sqlx::query(INSERT_DEVICE).bind(device_type).bind(&device.code).bind(&device.name);
    query.bind(time(now)).execute(connection).await?;
    Ok(())
}

async fn insert_model(
    connection: &mut Connection,
    device_type: &str,
    model: &NewModel,
    now: Timestamp,
) -> sqlx::Result<()> {
    let defaults = (!model.defaults.is_empty()).then(|| json(&Value::Object(model.defaults.clone())));
    let query = sqlx::query(INSERT_MODEL).bind(device_type).bind(&model.code).bind(&model.name);
    query.bind(model.model_type.as_str()).bind(defaults).bind(time(now)).execute(connection).await?;
    Ok(())
}

/// Maps fields that exist by now, each in the role that it has in the device type.
async fn insert_mappings<'a>(
    connection: &mut Connection,
    model: &str,
    fields: impl Iterator<Item = (i64, &'a NewModelField)>,
    roles: &HashMap<&str, FieldRole>,
) -> sqlx::Result<()> {
    for (position, field) in fields {
        let (role, _) = role_columns(roles[field.field_code.as_str()]);
        let query = sqlx::query(INSERT_MAPPING).bind(model).bind(&field.field_code).bind(position);
        let query = query.bind(role).bind(&field.rename).bind(&field.unit).bind(field.scale);
        query.bind(field.offset).execute(&mut *connection).await?;
    }
    Ok(())
}
