//! Reading device types, fields and devices.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqlitePool};

use super::text::read_role;
use crate::{Device, DeviceType, Field};

const DEVICE_TYPE: &str = "SELECT id, type_code, type_name FROM t_device_type WHERE type_code = ?1";

const FIELDS: &str = "SELECT field_code, field_name, role, data_type, unit FROM t_device_field WHERE device_type_id = ?1 ORDER BY id";

const DEVICE: &str = "SELECT device_code, device_name, type_code, is_active
    FROM t_device JOIN t_device_type ON t_device_type.id = t_device.device_type_id
    WHERE device_code = ?1";

const DEVICES: &str = "SELECT device_code, device_name, type_code, is_active
    FROM t_device JOIN t_device_type ON t_device_type.id = t_device.device_type_id
    ORDER BY device_code";

/// A device type with its fields: two reads, so the caller gives a connection inside a transaction.
pub async fn device_type(connection: &mut SqliteConnection, code: &str) -> sqlx::Result<Option<DeviceType>> {
    let Some(row) = sqlx::query(DEVICE_TYPE).bind(code).fetch_optional(&mut *connection).await? else {
        return Ok(None);
    };
    let id: i64 = row.try_get("id")?;
    let fields = sqlx::query(FIELDS).bind(id).try_map(|row| read_field(&row)).fetch_all(connection).await?;
    Ok(Some(DeviceType { id, code: row.try_get("type_code")?, name: row.try_get("type_name")?, fields }))
}

pub async fn device(pool: &SqlitePool, code: &str) -> sqlx::Result<Option<Device>> {
    sqlx::query(DEVICE).bind(code).try_map(|row| read_device(&row)).fetch_optional(pool).await
}

pub async fn devices(pool: &SqlitePool) -> sqlx::Result<Vec<Device>> {
    sqlx::query(DEVICES).try_map(|row| read_device(&row)).fetch_all(pool).await
}

fn read_field(row: &SqliteRow) -> sqlx::Result<Field> {
    Ok(Field {
        code: row.try_get("field_code")?,
        name: row.try_get("field_name")?,
        role: read_role(row)?,
        unit: row.try_get("unit")?,
    })
}

fn read_device(row: &SqliteRow) -> sqlx::Result<Device> {
    Ok(Device {
        code: row.try_get("device_code")?,
        name: row.try_get("device_name")?,
        device_type_code: row.try_get("type_code")?,
        is_active: row.try_get("is_active")?,
    })
}
