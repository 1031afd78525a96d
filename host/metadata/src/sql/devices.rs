//! Reading device types, fields and devices. In tables that were there before us, names may be missing.

use sqlx::Row as _;

use super::dialect::{self, Connection, Row, is_storable, read_id};
use super::lists::{self, List, Value, list};
use super::text::{read_count, read_role};
use crate::{Device, DeviceFilter, DeviceType, DeviceTypeSummary, Field, Page, Paged};

const DEVICE_TYPE: &str = "SELECT id, type_code, COALESCE(type_name, type_code) AS type_name
    FROM t_device_type WHERE type_code = $1";

const DEVICE_TYPE_ID: &str = "SELECT id FROM t_device_type WHERE type_code = $1";

const FIELDS: &str =
    "SELECT field_code, COALESCE(field_name, field_code) AS field_name, role, data_type, unit
    FROM t_device_field WHERE device_type_id = $1 ORDER BY id";

const IS_DEVICE_TYPE: &str = "SELECT COUNT(*) FROM t_device_type WHERE id = $1";

/// A row for each field of each type, or one row with NULLs for a type without fields.
const ALL_FIELDS: &str = "SELECT t_device_type.id, type_code, COALESCE(type_name, type_code) AS type_name,
        field_code, COALESCE(field_name, field_code) AS field_name, role, data_type, unit
    FROM t_device_type LEFT JOIN t_device_field ON t_device_field.device_type_id = t_device_type.id
    ORDER BY type_code, t_device_type.id, t_device_field.id";

const DEVICE_TYPES: List = list!(
    "type_code, COALESCE(type_name, type_code) AS type_name,
        (SELECT COUNT(*) FROM t_device_field WHERE device_type_id = t_device_type.id) AS fields,
        (SELECT COUNT(*) FROM t_device WHERE device_type_id = t_device_type.id) AS devices",
    "FROM t_device_type",
    "ORDER BY type_code LIMIT $1 OFFSET $2"
);

/// Devices up to a condition.
macro_rules! select_devices {
    ($condition:literal) => {
        concat!(
            "SELECT device_code, COALESCE(device_name, device_code) AS device_name, type_code,
                COALESCE(is_active, FALSE) AS is_active
            FROM t_device JOIN t_device_type ON t_device_type.id = t_device.device_type_id ",
            $condition
        )
    };
}

const DEVICE: &str = select_devices!("WHERE device_code = $1");

/// The lists differ in their conditions alone; each is spelt out so that an index can serve it.
macro_rules! list_devices {
    ($condition:literal, $limit:literal) => {
        List {
            page: concat!(select_devices!($condition), " ORDER BY device_code ", $limit),
            count: dialect::count_of!(
                "FROM t_device JOIN t_device_type ON t_device_type.id = t_device.device_type_id ",
                $condition
            ),
        }
    };
}

const DEVICES: List = list_devices!("", "LIMIT $1 OFFSET $2");
const DEVICES_OF_TYPE: List = list_devices!("WHERE device_type_id = $1", "LIMIT $2 OFFSET $3");
const DEVICES_OF_STATUS: List = list_devices!("WHERE is_active = $1", "LIMIT $2 OFFSET $3");
const DEVICES_OF_TYPE_AND_STATUS: List =
    list_devices!("WHERE device_type_id = $1 AND is_active = $2", "LIMIT $3 OFFSET $4");

/// A device type with its fields: two reads, so the caller gives a connection inside a transaction.
pub async fn device_type(connection: &mut Connection, code: &str) -> sqlx::Result<Option<DeviceType>> {
    if !is_storable(code) {
        return Ok(None);
    }
    let Some(row) = sqlx::query(DEVICE_TYPE).bind(code).fetch_optional(&mut *connection).await? else {
        return Ok(None);
    };
    let id = read_id(&row, "id")?;
    let fields = sqlx::query(FIELDS).bind(id).try_map(|row| read_field(&row)).fetch_all(connection).await?;
    Ok(Some(DeviceType { id, code: row.try_get("type_code")?, name: row.try_get("type_name")?, fields }))
}

/// The fields of a device type: two reads.
pub async fn fields(connection: &mut Connection, id: i64) -> sqlx::Result<Option<Vec<Field>>> {
    if sqlx::query_scalar::<_, i64>(IS_DEVICE_TYPE).bind(id).fetch_one(&mut *connection).await? == 0 {
        return Ok(None);
    }
    sqlx::query(FIELDS).bind(id).try_map(|row| read_field(&row)).fetch_all(connection).await.map(Some)
}

pub async fn all_device_types(connection: &mut Connection) -> sqlx::Result<Vec<DeviceType>> {
    let mut types: Vec<DeviceType> = Vec::new();
    for row in sqlx::query(ALL_FIELDS).fetch_all(connection).await? {
        let id = read_id(&row, "id")?;
        if types.last().is_none_or(|last| last.id != id) {
            let (code, name) = (row.try_get("type_code")?, row.try_get("type_name")?);
            types.push(DeviceType { id, code, name, fields: Vec::new() });
        }
        if let Some(last) = types.last_mut()
            && row.try_get::<Option<&str>, _>("field_code")?.is_some()
        {
            last.fields.push(read_field(&row)?);
        }
    }
    Ok(types)
}

pub async fn device_types(connection: &mut Connection, page: Page) -> sqlx::Result<Paged<DeviceTypeSummary>> {
    lists::read(connection, &DEVICE_TYPES, &[], page, read_type_summary).await
}

pub async fn device(connection: &mut Connection, code: &str) -> sqlx::Result<Option<Device>> {
    if !is_storable(code) {
        return Ok(None);
    }
    sqlx::query(DEVICE).bind(code).try_map(|row| read_device(&row)).fetch_optional(connection).await
}

/// Looks up the device type first: how many devices there are of it is estimated from its number, not from its code.
pub async fn devices(
    connection: &mut Connection,
    filter: &DeviceFilter,
    page: Page,
) -> sqlx::Result<Paged<Device>> {
    let id = match &filter.device_type {
        None => None,
        Some(code) => match device_type_id(connection, code).await? {
            None => return Ok(Paged::counted(Vec::new(), page, 0)),
            id => id,
        },
    };
    let (list, values) = match (id, filter.is_active) {
        (None, None) => (&DEVICES, vec![]),
        (Some(id), None) => (&DEVICES_OF_TYPE, vec![Value::Id(id)]),
        (None, Some(is_active)) => (&DEVICES_OF_STATUS, vec![Value::Flag(is_active)]),
        (Some(id), Some(is_active)) => {
            (&DEVICES_OF_TYPE_AND_STATUS, vec![Value::Id(id), Value::Flag(is_active)])
        }
    };
    lists::read(connection, list, &values, page, read_device).await
}

async fn device_type_id(connection: &mut Connection, code: &str) -> sqlx::Result<Option<i64>> {
    if !is_storable(code) {
        return Ok(None);
    }
    let query = sqlx::query(DEVICE_TYPE_ID).bind(code).try_map(|row: Row| read_id(&row, "id"));
    query.fetch_optional(connection).await
}

fn read_field(row: &Row) -> sqlx::Result<Field> {
    Ok(Field {
        code: row.try_get("field_code")?,
        name: row.try_get("field_name")?,
        role: read_role(row)?,
        unit: row.try_get("unit")?,
    })
}

fn read_device(row: &Row) -> sqlx::Result<Device> {
    Ok(Device {
        code: row.try_get("device_code")?,
        name: row.try_get("device_name")?,
        device_type_code: row.try_get("type_code")?,
        is_active: row.try_get("is_active")?,
    })
}

fn read_type_summary(row: &Row) -> sqlx::Result<DeviceTypeSummary> {
    Ok(DeviceTypeSummary {
        code: row.try_get("type_code")?,
        name: row.try_get("type_name")?,
        fields: read_count(row, "fields")?,
        devices: read_count(row, "devices")?,
    })
}
